//! Memoized async functions that refresh ahead, load once however many callers ask, and keep
//! serving, on any runtime.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate alloc;

#[cfg(feature = "std")]
mod auto;

#[cfg(feature = "std")]
pub use crate::auto::{Auto, AutoSleep};
#[cfg(feature = "async-std")]
pub use evermemo_async_std::AsyncStd;
#[cfg(feature = "smol")]
pub use evermemo_smol::{Smol, SmolLocal, SmolSleep};
#[cfg(feature = "tokio")]
pub use evermemo_tokio::{Tokio, TokioLocal};

#[doc(hidden)]
pub use evermemo_core::Portable;
#[cfg(feature = "std")]
pub use evermemo_core::SystemWallClock;
#[cfg(feature = "testing")]
pub use evermemo_core::testing;
// The configuration of a cache, and its parts.
pub use evermemo_core::{
    ArgumentsKeyExtractor, CacheConfiguration, CacheEntry, CacheEntryBuilder, CacheStorage,
    Components, ConfigurationSource, CountStorage, DeepcopyPostprocessing,
    DefaultInMemoryCacheConfiguration, EvictionStrategy, Fixed, FixedCacheConfiguration, Found,
    InMemoryLocks, InMemoryTicket, InMemoryWait, KeyExtractor,
    LeastRecentlyUpdatedEvictionStrategy, LocalInMemoryCacheStorage, Lookup, MethodName,
    MutableCacheConfiguration, NoEvictionStrategy, NoPostprocessing, Policy, Postprocessing,
    ProvidedLifeSpanCacheEntryBuilder, SharedStorage, SharedStorageError, Sought, Turn,
    UpdateStatuses, WallEntry,
};
// Failures.
pub use evermemo_core::{Error, Failure, StorageError};
// Runtimes and time.
pub use evermemo_core::{
    BoxFuture, Instant, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task,
    ThreadingModel, Timestamp, WallClock,
};
