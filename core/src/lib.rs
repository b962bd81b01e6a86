//! The engine of [evermemo](https://docs.rs/evermemo): memoized async functions that refresh ahead,
//! load once however many callers ask, and keep serving.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod configuration;
mod entry;
mod entry_builder;
mod error;
mod eviction;
mod freshness;
mod key;
mod postprocessing;
mod runtime;
mod statuses;
mod storage;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

#[doc(hidden)]
pub use crate::runtime::Portable;
#[cfg(feature = "std")]
pub use crate::time::SystemWallClock;
pub use crate::{
    configuration::{
        CacheConfiguration, Components, ConfigurationSource, DefaultInMemoryCacheConfiguration,
        Fixed, FixedCacheConfiguration, MutableCacheConfiguration, SharedStorage,
        SharedStorageError,
    },
    entry::{CacheEntry, WallEntry},
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    error::{Error, Failure, StorageError},
    eviction::{EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy, NoEvictionStrategy},
    key::{ArgumentsKeyExtractor, KeyExtractor, Lookup, MethodName, Sought},
    postprocessing::{DeepcopyPostprocessing, NoPostprocessing, Postprocessing},
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task, ThreadingModel,
    },
    statuses::{InMemoryLocks, InMemoryTicket, InMemoryWait, Turn, UpdateStatuses},
    storage::{CacheStorage, CountStorage, Found, LocalInMemoryCacheStorage, Policy},
    time::{Instant, Timestamp, WallClock},
};
