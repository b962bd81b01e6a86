//! Memoized async functions that refresh in the background before they expire, load once however
//! many callers ask, and go on serving while a backend fails, on any runtime.
//!
//! ```
//! # #[cfg(all(feature = "macros", feature = "testing"))] {
//! use evermemo::memoize;
//! use std::num::TryFromIntError;
//!
//! /// Asks a slow backend.
//! #[memoize(capacity = 10_000, update_after = "1m", expire_after = "10m")]
//! async fn price(article: u32, currency: &str) -> Result<String, TryFromIntError> {
//!     Ok(format!("{} {currency}", u8::try_from(article)? * 10))
//! }
//!
//! # evermemo::testing::run(async |_| {
//! assert_eq!(price(7, "EUR").await?, "70 EUR"); // runs the body
//! assert_eq!(price(7, "EUR").await?, "70 EUR"); // does not
//! assert_eq!(price::cache().stats().hits, 1);
//! price::invalidate(7, "EUR").await;
//! # Ok::<(), evermemo::Error<TryFromIntError>>(())
//! # }).unwrap();
//! # }
//! ```
//!
//! Values are cached by their arguments, `None` and other plain values too; errors are not. Until
//! `update_after` a call returns the cached value. After that it does the same, and the first such
//! call starts a load in the background. From `expire_after` on it waits for a load. Concurrent
//! callers of a key share one load, which belongs to none of them: they may be dropped, or left
//! unpolled.
//!
//! What to read next:
//!
//! - [`memoize`]: the attribute, with its options, keys, methods and companion,
//! - [`builder`]: the same for closures, and for components of your own; it makes a [`Memo`], or a
//!   [`Cache`] whose calls bring their load,
//! - [`Error`] and [`Failure`]: the errors of a call,
//! - [`caches`]: all caches of a program, to be looked at, and closed when it ends,
//! - [`KeyFrom`]: borrowed forms of a key, so that a hit makes none,
//! - [`Builder::stale_if_error`] and the settings beside it: answers while a backend fails,
//! - [`Cached`]: loads that set how long their value lives; [`Observer`]: events of a cache,
//! - [`InvalidationSupport`]: for code that changes what others have cached,
//! - [`Runtime`]: the executor that loads run on, by default [`Auto`], the one found in context,
//! - [`testing`]: virtual time, which tests expiry without sleeping.
//!
//! # Features
//!
//! - `tokio`, `smol`, `async-std`: the executor. More than one may be on; without any no load runs.
//!   A program on tokio needs `tokio`: with `smol` or `async-std` alone, loads in the background
//!   run on that executor's threads, where code that needs tokio panics.
//! - `macros`, on by default: [`memoize`].
//! - `serde`: storages over bytes, encodings in postcard and JSON, compression, payloads as text,
//!   encoded keys.
//! - `bzip2`, `lz4`, `zstd`: `serde`, and compression as these do it.
//! - `testing`: [`testing`].
//! - `tokio-test-util`: time from tokio's own clock, so that `tokio::time::pause` moves ages too.
//! - `std`, on by default. Without it there is no [`Auto`], and panics are not contained.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate alloc;
#[cfg(any(feature = "macros", feature = "testing"))]
extern crate std;

#[cfg(feature = "std")]
mod auto;
#[cfg(feature = "std")]
mod in_context;
#[cfg(feature = "std")]
pub mod memo;
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod private;
#[cfg(feature = "testing")]
mod scopes;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

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
// The configuration of a cache, and its parts.
#[cfg(feature = "bzip2")]
#[cfg_attr(docsrs, doc(cfg(feature = "bzip2")))]
pub use evermemo_core::Bz2;
#[cfg(feature = "lz4")]
#[cfg_attr(docsrs, doc(cfg(feature = "lz4")))]
pub use evermemo_core::Lz4;
#[cfg(feature = "zstd")]
#[cfg_attr(docsrs, doc(cfg(feature = "zstd")))]
pub use evermemo_core::Zstd;
pub use evermemo_core::{
    ArgumentsKeyExtractor, BoundedStorage, CacheConfiguration, CacheEntry, CacheEntryBuilder,
    CacheStorage, Components, ConfigurationSource, CountStorage, DeepcopyPostprocessing,
    DefaultInMemoryCacheConfiguration, EvictionStrategy, Fixed, FixedCacheConfiguration, Found,
    InMemoryLocks, InMemoryTicket, InMemoryWait, KeyExtractor, KeyFrom, KeyHasher,
    LeastRecentlyUpdatedEvictionStrategy, Lent, LocalInMemoryCacheStorage, Lookup, MethodName,
    MutableCacheConfiguration, NoEvictionStrategy, NoPostprocessing, Policy, Postprocessing,
    ProvidedLifeSpanCacheEntryBuilder, Seek, SharedStorage, SharedStorageError, Sought, Turn,
    UpdateStatuses, WallEntry,
};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use evermemo_core::{
    Bare, Base64, BinaryEncoding, ByteStore, CanonicalKeyExtractor, Compression, Converting,
    EncodedCacheStorage, EncodedMethodNameAndArgsKeyExtractor,
    EncodedMethodReferenceAndArgsKeyExtractor, EncodedStorageError, EncodingSerDe, Enveloped, Hex,
    JsonSerDe, PostcardSerDe, SerDe, SerDeError, Unconverted, Wrapping, Zip, ZlibSerDe,
};
// Building and using.
pub use evermemo_core::{
    Abandon, Builder, Cached, Call, EntryInfo, EntryKeys, Failing, FlightInfo, Get,
    InvalidationSupport, Iter, Keyed, LocalInvalidationSupport, Outcome, OwnedCall, Refresh,
    Remove, Snapshot, Source, Stats, Tuned, WithOutcome,
};
#[cfg(not(feature = "std"))]
pub use evermemo_core::{Cache, Memo, memo};
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use evermemo_core::{Drain, Unfinished, caches};
// Failures, and their handling.
pub use evermemo_core::{
    Backoff, Boxed, Cause, EarlyRefresh, Error, ErrorKind, Failure, Jitter, Opaque, OutOfRange,
    StorageError, StorageFailure, Text, Typed,
};
// Observers.
pub use evermemo_core::{Event, Observer, Operation, Trigger};
// Runtimes and time.
pub use evermemo_core::{
    BoxFuture, Domain, Instant, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task,
    Threading, ThreadingOf, Timestamp, WallClock,
};
