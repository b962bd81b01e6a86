//! The engine of [evermemo](https://docs.rs/evermemo): memoized async functions that refresh ahead,
//! load once however many callers ask, and keep serving.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod builder;
mod cache;
mod cached;
mod call;
mod configuration;
mod engine;
mod entry;
mod entry_builder;
mod error;
mod eviction;
mod flight;
mod freshness;
mod invalidation;
mod key;
mod load;
mod memo;
mod memoize;
mod observer;
mod parts;
mod postprocessing;
mod reading;
mod resilience;
mod runtime;
#[cfg(feature = "serde")]
mod serde;
mod stats;
mod statuses;
mod storage;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

#[cfg(feature = "std")]
pub use crate::time::SystemWallClock;
pub use crate::{
    builder::{Builder, ConfiguredBuilder},
    cache::Cache,
    cached::Cached,
    call::{Outcome, Source},
    configuration::{
        CacheConfiguration, Components, ConfigurationSource, DefaultInMemoryCacheConfiguration,
        Fixed, FixedCacheConfiguration, MutableCacheConfiguration, SharedStorage,
        SharedStorageError,
    },
    engine::Abandon,
    entry::{CacheEntry, WallEntry},
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    error::{Error, Failure, StorageError},
    eviction::{EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy, NoEvictionStrategy},
    invalidation::{InvalidationSupport, LocalInvalidationSupport},
    key::{ArgumentsKeyExtractor, KeyExtractor, Lookup, MethodName, Seek, Sought},
    memo::Memo,
    observer::{Event, Observer, Operation, Trigger},
    postprocessing::{DeepcopyPostprocessing, NoPostprocessing, Postprocessing},
    resilience::{Backoff, EarlyRefresh, Jitter, OutOfRange},
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task, ThreadingModel,
    },
    stats::Stats,
    statuses::{InMemoryLocks, InMemoryTicket, InMemoryWait, Turn, UpdateStatuses},
    storage::{
        BoundedStorage, CacheStorage, CountStorage, Found, LocalInMemoryCacheStorage, Policy,
    },
    time::{Instant, Timestamp, WallClock},
};
#[doc(hidden)]
pub use crate::{
    builder::{
        Built, EntryBuilderChoice, Given, InMemory, LifeSpan, StorageChoice, Unweighed, Weighed,
    },
    flight::{Driving, Load},
    load::{Called, Launchpad, Method, Resume, Sweeping},
    memoize::{Asking, KeepIf, Loading, Own},
    parts::{Key, Of, Parts, SendParts},
    resilience::{AnyError, Hook, Hooked, Hooks, HooksChoice, Unobserved},
    runtime::Portable,
    storage::{CoarseClock, Departures, Glance, Look},
};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use crate::{
    key::{
        CanonicalKeyExtractor, EncodedMethodNameAndArgsKeyExtractor,
        EncodedMethodReferenceAndArgsKeyExtractor,
    },
    serde::{Converting, JsonSerDe, PostcardSerDe, SerDe, SerDeError, Unconverted, ZlibSerDe},
    storage::{ByteStore, EncodedCacheStorage, EncodedStorageError},
};
