//! Memoized async functions that refresh ahead, load once however many callers ask, and keep
//! serving, on any runtime.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate alloc;
#[cfg(feature = "macros")]
extern crate std;

#[cfg(feature = "std")]
mod auto;
#[cfg(feature = "std")]
mod in_context;
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod private;

#[cfg(feature = "std")]
pub use crate::{
    auto::{Auto, AutoSleep},
    in_context::{Cache, Memo, Result, builder, wrap},
};
#[cfg(feature = "async-std")]
pub use evermemo_async_std::AsyncStd;
#[cfg(feature = "macros")]
#[cfg_attr(docsrs, doc(cfg(feature = "macros")))]
pub use evermemo_macros::memoize;
#[cfg(feature = "smol")]
pub use evermemo_smol::{Smol, SmolLocal, SmolSleep};
#[cfg(feature = "tokio")]
pub use evermemo_tokio::{Tokio, TokioLocal};

#[cfg(feature = "std")]
pub use evermemo_core::SystemWallClock;
#[cfg(feature = "testing")]
pub use evermemo_core::testing;
#[doc(hidden)]
pub use evermemo_core::{Key, Of, Parts, Portable, SendParts};
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
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use evermemo_core::{
    ByteStore, CanonicalKeyExtractor, Converting, EncodedCacheStorage,
    EncodedMethodNameAndArgsKeyExtractor, EncodedMethodReferenceAndArgsKeyExtractor,
    EncodedStorageError, JsonSerDe, PostcardSerDe, SerDe, SerDeError, Unconverted, ZlibSerDe,
};
// Building and using.
pub use evermemo_core::{
    Abandon, Builder, ConfiguredBuilder, InvalidationSupport, LocalInvalidationSupport, Outcome,
    Source, Stats,
};
#[cfg(not(feature = "std"))]
pub use evermemo_core::{Cache, Memo};
// Failures.
pub use evermemo_core::{Error, Failure, StorageError};
// Runtimes and time.
pub use evermemo_core::{
    BoxFuture, Instant, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task,
    ThreadingModel, Timestamp, WallClock,
};
