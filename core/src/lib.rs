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
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub mod caches;
mod call;
mod closing;
mod configuration;
mod defaults;
mod engine;
mod entry;
mod entry_builder;
mod entry_info;
mod error;
mod eviction;
mod flights;
mod form;
mod freshness;
mod front;
mod future;
mod hasher;
mod hidden;
mod key;
mod lanes;
mod limits;
mod load;
pub mod memo;
mod observer;
mod outcome;
mod permits;
mod planted;
mod postprocessing;
mod random;
mod reading;
mod resilience;
mod runtime;
mod sealed;
#[cfg(feature = "serde")]
mod serde;
mod stats;
mod statuses;
mod storage;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod types;

#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use crate::closing::{Drain, Unfinished};
#[cfg(feature = "std")]
#[doc(hidden)]
pub use crate::hasher::assume_seed;
#[cfg(evermemo_planted)]
#[doc(hidden)]
pub use crate::planted::{Fault, plant};
#[cfg(feature = "bzip2")]
#[cfg_attr(docsrs, doc(cfg(feature = "bzip2")))]
pub use crate::serde::Bz2;
#[cfg(feature = "lz4")]
#[cfg_attr(docsrs, doc(cfg(feature = "lz4")))]
pub use crate::serde::Lz4;
#[cfg(feature = "zstd")]
#[cfg_attr(docsrs, doc(cfg(feature = "zstd")))]
pub use crate::serde::Zstd;
#[cfg(all(feature = "std", not(any(shuttle, evermemo_loom, evermemo_critical_section))))]
#[doc(hidden)]
pub use crate::sync::assume_cores;
#[cfg(feature = "std")]
pub use crate::time::SystemWallClock;
pub use crate::{
    builder::Builder,
    cache::{
        Cache, Call, EntryKeys, Failing, FlightInfo, Get, InvalidationSupport, Iter, Keyed,
        LocalInvalidationSupport, Memo, OwnedCall, Remove, Snapshot, Tuned, WithOutcome,
    },
    cached::Cached,
    configuration::{
        CacheConfiguration, Components, ConfigurationSource, DefaultInMemoryCacheConfiguration,
        Fixed, FixedCacheConfiguration, MutableCacheConfiguration, SharedStorage,
    },
    engine::Abandon,
    entry::{CacheEntry, WallEntry},
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    entry_info::EntryInfo,
    error::{
        Boxed, Cause, Error, ErrorKind, Failure, Opaque, SharedStorageError, StorageError,
        StorageFailure, Text, Typed,
    },
    eviction::{EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy, NoEvictionStrategy},
    hasher::KeyHasher,
    key::{ArgumentsKeyExtractor, KeyExtractor, KeyFrom, Lent, Lookup, MethodName, Seek, Sought},
    observer::{Event, Observer, Operation, Trigger},
    outcome::{Outcome, Refresh, Source},
    postprocessing::{DeepcopyPostprocessing, NoPostprocessing, Postprocessing},
    resilience::{Backoff, EarlyRefresh, Jitter, OutOfRange},
    runtime::{
        BoxFuture, Domain, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task, Threading,
        ThreadingOf,
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
        Assemble, Assembled, Assembly, BuiltIn, Configured, EntryBuilderChoice, ErrorsChoice,
        FailsWith, Given, Holds, InMemory, IntoSource, LifeSpan, Made, OpaqueErrors,
        RegistryChoice, RegistryObject, SendIntoSource, ShownErrors, Statuses, StorageChoice,
        Takes, Unweighed, Weighed,
    },
    cache::{
        AskedBy, Asking, Borrowed, ByReference, Carried, Extracted, InHand, Intended, KeepIf,
        LoadOf, Loading, Own, OwnedAsking, Previous, Query, Refreshes, SendFuture, Yields, failing,
        load, load_local,
    },
    configuration::{
        AnyConfiguration, Behind, GlanceAt, HeldSource, KeyIn, Left, Prompt, SendSource,
        SourceObject, SourceOf, Sources, Stage, StoredAs, TypedConfiguration,
    },
    engine::{Evictions, Permits, Sweeps},
    error::{Probe, Unknown, Way},
    form::{Aged, Form, Options, Value, Wants},
    future::Consultation,
    hidden::{AnyError, AnyKey, AnyValue, AsAny, KeyObject},
    key::{AnyLookup, Asked},
    limits::Limits,
    load::RegistryFns,
    resilience::{EveryEntry, EveryError, Hook, Hooked, HookedIn, Hooks, HooksChoice, Unobserved},
    runtime::{
        AnyAnswer, AnyAsk, AnyClock, AnyEngine, AnyGone, Ask, Called, CalledIn, Compute,
        EngineOwner, ErrorOf, EvictionsOf, FlightView, Front, Kept, KeyOf, Load, Make, Missed,
        OneOfMany, PermitsOf, Portable, RegistryFnsOf, Resume, Sent, SweepsOf, TypedIn, ValueOf,
        WaitOf, Waited,
    },
    statuses::{AnyRegistry, Landed},
    storage::{Bounds, Change, Departures, FastLook, Glance, Sweep, Table, Tour, TourStop, Usage},
    time::CoarseClock,
};
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use crate::{
    key::{
        CanonicalKeyExtractor, EncodedMethodNameAndArgsKeyExtractor,
        EncodedMethodReferenceAndArgsKeyExtractor,
    },
    serde::{
        Base64, BinaryEncoding, Converting, EncodingSerDe, Hex, JsonSerDe, PostcardSerDe, SerDe,
        SerDeError, Unconverted, Zip, ZlibSerDe,
    },
    storage::{
        Bare, ByteStore, Compression, EncodedCacheStorage, EncodedStorageError, Enveloped, Wrapping,
    },
};
