//! How a cache is put together.

mod choice;
mod configured;
mod ends;
mod resilient;

#[doc(hidden)]
pub use self::choice::{EntryBuilderChoice, StorageChoice};
pub use self::{
    choice::{Given, InMemory, LifeSpan, Unweighed, Weighed},
    configured::ConfiguredBuilder,
    ends::Built,
};

use core::time::Duration;

use crate::{
    engine::{Abandon, Settings},
    eviction::NoEvictionStrategy,
    key::{ArgumentsKeyExtractor, MethodName},
    postprocessing::NoPostprocessing,
    resilience::{Hooks, Resilience},
    storage::Policy,
};

/// Puts a cache together; nothing can fail, as every value of every setting is legal.
///
/// Settings that belong to a component go when the component is replaced: a builder with a storage
/// of its own has no `capacity`.
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
/// use std::time::Duration;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime)
///     .capacity(1_000)
///     .update_after(Duration::from_secs(60))
///     .expire_after(Duration::from_secs(600))
///     .wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.call(12).await.unwrap(), 144);
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it wraps a function or builds a cache"]
pub struct Builder<
    R,
    S = InMemory,
    X = ArgumentsKeyExtractor,
    B = LifeSpan,
    T = NoEvictionStrategy,
    P = NoPostprocessing,
    H = Hooks,
> {
    runtime: R,
    method_timeout: Option<Duration>,
    common: Common,
    hooks: H,
    storage: S,
    key_extractor: X,
    entry_builder: B,
    eviction_strategy: T,
    postprocessing: P,
}

/// What is set whatever the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Common {
    name: Option<&'static str>,
    abandon: Abandon,
    storage_timeout: Duration,
    resilience: Resilience,
}

impl Common {
    const DEFAULT: Self = Self {
        name: None,
        abandon: Abandon::Finish,
        storage_timeout: Duration::from_secs(1),
        resilience: Resilience::DEFAULT,
    };

    /// A function without a name is called by its type's.
    fn settings<F>(self) -> Settings {
        Settings {
            method: MethodName::new(self.name.unwrap_or_else(core::any::type_name::<F>)),
            abandon: self.abandon,
            storage_timeout: self.storage_timeout,
            resilience: self.resilience,
        }
    }
}

impl<R> Builder<R> {
    /// Starts with the defaults, on a runtime: 4,096 entries in memory, 2 minutes for a load, stale
    /// after 10 minutes and expired after 30.
    pub const fn on(runtime: R) -> Self {
        Self {
            runtime,
            method_timeout: Some(Duration::from_secs(120)),
            common: Common::DEFAULT,
            hooks: Hooks::NONE,
            storage: InMemory::DEFAULT,
            key_extractor: ArgumentsKeyExtractor,
            entry_builder: LifeSpan::DEFAULT,
            eviction_strategy: NoEvictionStrategy,
            postprocessing: NoPostprocessing,
        }
    }
}

impl<R, W, X, B, T, P, H> Builder<R, InMemory<W>, X, B, T, P, H> {
    /// Keeps at most `capacity` entries, or as many as weigh so much if there is a
    /// [`weigher`](Builder::weigher); 4,096 by default. With 0 none is kept, and concurrent callers
    /// still share one load. An eviction strategy takes the bound over.
    pub const fn capacity(mut self, capacity: usize) -> Self {
        self.storage.capacity = capacity;
        self
    }

    /// Sets which entry leaves first; [`Policy::S3TinyLfu`] by default.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.storage.policy = policy;
        self
    }
}

impl<R, X, B, T, P, H> Builder<R, InMemory, X, B, T, P, H> {
    /// Makes the capacity one of weight, and `weigher` say what an entry weighs:
    /// `|key: &K, value: &V| -> u32`.
    ///
    /// It is asked when an entry is written. What alone is heavier than the capacity is an answer to
    /// those who asked for it, and is not kept; what weighs 0 takes no room.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let lines = Builder::on(runtime)
    ///     .capacity(100)
    ///     .weigher(|_: &usize, line: &String| line.len() as u32)
    ///     .wrap(|length: usize| async move { "-".repeat(length) });
    /// lines.call(60).await.unwrap();
    /// lines.call(70).await.unwrap();
    /// assert_eq!(lines.len(), 1);
    /// # });
    /// ```
    pub fn weigher<K, V, W>(self, weigher: W) -> Builder<R, InMemory<Weighed<W>>, X, B, T, P, H>
    where
        W: Fn(&K, &V) -> u32 + Send + Sync + 'static,
    {
        let InMemory { capacity, policy, .. } = self.storage;
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: InMemory { capacity, policy, weigher: Weighed(weigher) },
            key_extractor: self.key_extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: self.eviction_strategy,
            postprocessing: self.postprocessing,
        }
    }
}

impl<R, S, X, T, P, H> Builder<R, S, X, LifeSpan, T, P, H> {
    /// Refreshes an entry in the background when it is read at this age or later.
    /// [`Duration::MAX`]: never; zero: at every read.
    pub const fn update_after(mut self, update_after: Duration) -> Self {
        self.entry_builder.update_after = update_after;
        self
    }

    /// Takes an entry of this age or more for absent. [`Duration::MAX`]: never; zero: at once. At or
    /// below `update_after`, nothing is refreshed in the background.
    pub const fn expire_after(mut self, expire_after: Duration) -> Self {
        self.entry_builder.expire_after = expire_after;
        self
    }
}

impl<R, S, X, B, T, P, H> Builder<R, S, X, B, T, P, H> {
    /// Drops a load that takes longer, whoever waits for it. `None` or [`Duration::MAX`]: without a
    /// bound, but for the lock timeout of the update statuses (5 minutes by default). Zero: no load
    /// ever starts.
    ///
    /// From a second on, it is kept to within the lag of the runtime's coarse clock, which is some
    /// milliseconds where there is one.
    pub fn method_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.method_timeout = timeout.into().filter(|&timeout| timeout != Duration::MAX);
        self
    }

    /// Names the function, as `module::name`, for keys that leave the process. Two caches that share
    /// a storage need different names.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.common.name = Some(name);
        self
    }

    /// Sets what happens to a load when its last caller goes away.
    pub const fn on_abandon(mut self, abandon: Abandon) -> Self {
        self.common.abandon = abandon;
        self
    }

    /// Bounds the look-ups, offers and evictions of a storage that waits; 1 second by default. One
    /// that takes longer counts as a failure of the storage, which fails no call. An invalidation
    /// waits so long for an offer under way, and then for its own release without a bound.
    /// [`Duration::MAX`]: without a bound.
    pub const fn storage_timeout(mut self, timeout: Duration) -> Self {
        self.common.storage_timeout = timeout;
        self
    }

    /// Stores entries in `storage`.
    pub fn storage<S2>(self, storage: S2) -> Builder<R, Given<S2>, X, B, T, P, H> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: Given(storage),
            key_extractor: self.key_extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: self.eviction_strategy,
            postprocessing: self.postprocessing,
        }
    }

    /// Bounds the storage by `strategy`; a storage in memory no longer bounds itself.
    pub fn eviction_strategy<T2>(self, strategy: T2) -> Builder<R, S, X, B, T2, P, H> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: self.storage,
            key_extractor: self.key_extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: strategy,
            postprocessing: self.postprocessing,
        }
    }

    /// Gives entries their times by `builder`, which may be a closure
    /// `|key: &K, value: V, now: Instant| -> CacheEntry<V>`.
    pub fn entry_builder<B2>(self, builder: B2) -> Builder<R, S, X, Given<B2>, T, P, H> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: self.storage,
            key_extractor: self.key_extractor,
            entry_builder: Given(builder),
            eviction_strategy: self.eviction_strategy,
            postprocessing: self.postprocessing,
        }
    }

    /// Makes keys by `extractor`, which may be a closure `|method: MethodName, arguments: &A| -> K`.
    pub fn key_extractor<X2>(self, extractor: X2) -> Builder<R, S, X2, B, T, P, H> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: self.storage,
            key_extractor: extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: self.eviction_strategy,
            postprocessing: self.postprocessing,
        }
    }

    /// Applies `postprocessing`, which may be a closure `|value: V| -> V`, to each answer.
    pub fn postprocessing<P2>(self, postprocessing: P2) -> Builder<R, S, X, B, T, P2, H> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: self.hooks,
            storage: self.storage,
            key_extractor: self.key_extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: self.eviction_strategy,
            postprocessing,
        }
    }
}
