//! The builder of caches.

mod assemble;
mod assembly;
mod ends;
mod errors;
#[cfg(feature = "std")]
mod listed;
mod registry;
mod resilient;
mod types;

#[doc(hidden)]
pub use self::{
    assemble::{Assemble, Assembled, IntoSource, Made, SendIntoSource},
    assembly::{EntryBuilderChoice, StorageChoice},
    errors::ErrorsChoice,
    registry::{RegistryChoice, RegistryObject},
    types::{FailsWith, Holds, Takes},
};
pub use self::{
    assembly::{Assembly, Configured, Given, InMemory, LifeSpan, Unweighed, Weighed},
    errors::{OpaqueErrors, ShownErrors},
    registry::{BuiltIn, Statuses},
};

use core::time::Duration;

#[cfg(feature = "std")]
use crate::caches::Listing;
use crate::{
    engine::{Abandon, Settings},
    key::MethodName,
    resilience::{Hooks, Resilience},
    storage::Policy,
};

/// Builds a cache. It cannot fail, as every value of every setting is legal.
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
pub struct Builder<R, C = Assembly, H = Hooks, U = BuiltIn, Q = ShownErrors> {
    runtime: R,
    components: C,
    hooks: H,
    registry: U,
    calls: CallSettings,
    errors: Q,
}

/// The settings that do not depend on the configuration.
#[derive(Clone, Copy, Debug)]
struct CallSettings {
    name: Option<&'static str>,
    abandon: Abandon,
    storage_timeout: Duration,
    resilience: Resilience,
    #[cfg(feature = "std")]
    listing: Option<Listing>,
}

impl CallSettings {
    const DEFAULT: Self = Self {
        name: None,
        abandon: Abandon::Finish,
        storage_timeout: Duration::from_secs(1),
        resilience: Resilience::DEFAULT,
        #[cfg(feature = "std")]
        listing: None,
    };

    /// A function without a name gets the name of its type.
    fn settings(self, type_name: &'static str) -> Settings {
        Settings {
            method: MethodName::new(self.name.unwrap_or(type_name)),
            abandon: self.abandon,
            storage_timeout: self.storage_timeout,
            resilience: self.resilience,
            #[cfg(feature = "std")]
            listing: self.listing,
        }
    }
}

impl<R> Builder<R> {
    /// Starts with the defaults, on a runtime: 4,096 entries in memory, 2 minutes for a load, stale
    /// after 10 minutes and expired after 30.
    pub const fn on(runtime: R) -> Self {
        Self {
            runtime,
            components: Assembly::DEFAULT,
            hooks: Hooks::NONE,
            registry: BuiltIn,
            calls: CallSettings::DEFAULT,
            errors: ShownErrors,
        }
    }
}

impl<R, W, X, B, T, P, H, U, Q> Builder<R, Assembly<InMemory<W>, X, B, T, P>, H, U, Q> {
    /// Keeps at most `capacity` entries, or entries of that weight if there is a
    /// [`weigher`](Builder::weigher); 4,096 by default. With 0 none is kept, and concurrent callers
    /// still share one load. An eviction strategy replaces this bound.
    pub const fn capacity(mut self, capacity: usize) -> Self {
        self.components.storage.capacity = capacity;
        self
    }

    /// Sets which entry leaves first; [`Policy::S3TinyLfu`] by default.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.components.storage.policy = policy;
        self
    }
}

impl<R, X, B, T, P, H, U, Q> Builder<R, Assembly<InMemory, X, B, T, P>, H, U, Q> {
    /// Makes the capacity a bound of weight, and `weigher` the function that weighs an entry:
    /// `|key: &K, value: &V| -> u32`.
    ///
    /// It is called when an entry is written. A value that alone is heavier than the capacity is
    /// returned to the callers that wait for it, and is not kept; an entry that weighs 0 takes no
    /// room.
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
    pub fn weigher<K, V, W>(
        self,
        weigher: W,
    ) -> Builder<R, Assembly<InMemory<Weighed<W>>, X, B, T, P>, H, U, Q>
    where
        W: Fn(&K, &V) -> u32 + Send + Sync + 'static,
    {
        let InMemory { capacity, policy, .. } = self.components.storage;
        let storage = InMemory { capacity, policy, weigher: Weighed(weigher) };
        self.assembled(|components| components.with_storage(storage))
    }
}

impl<R, S, X, T, P, H, U, Q> Builder<R, Assembly<S, X, LifeSpan, T, P>, H, U, Q> {
    /// Refreshes an entry in the background when it is read at this age or later.
    /// [`Duration::MAX`]: never; zero: at every read.
    pub const fn update_after(mut self, update_after: Duration) -> Self {
        self.components.entry_builder.update_after = update_after;
        self
    }

    /// Treats an entry of this age or more as absent. [`Duration::MAX`] means never, zero means at
    /// once. At or below `update_after`, nothing is refreshed in the background.
    pub const fn expire_after(mut self, expire_after: Duration) -> Self {
        self.components.entry_builder.expire_after = expire_after;
        self
    }
}

impl<R, S, X, B, T, P, H, U, Q> Builder<R, Assembly<S, X, B, T, P>, H, U, Q> {
    /// Drops a load that takes longer, even while callers wait for it. `None` or [`Duration::MAX`]
    /// sets no bound, but for the lock timeout of the update statuses (5 minutes by default). With
    /// zero no load ever starts.
    ///
    /// From one second on, it is kept to within the lag of the runtime's coarse clock, which is
    /// some milliseconds where there is one.
    pub fn method_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.components.method_timeout = timeout.into().filter(|&timeout| timeout != Duration::MAX);
        self
    }

    /// Stores entries in `storage`.
    pub fn storage<S2>(self, storage: S2) -> Builder<R, Assembly<Given<S2>, X, B, T, P>, H, U, Q> {
        self.assembled(|components| components.with_storage(Given(storage)))
    }

    /// Bounds the storage by `strategy`; a storage in memory no longer bounds itself.
    pub fn eviction_strategy<T2>(
        self,
        strategy: T2,
    ) -> Builder<R, Assembly<S, X, B, T2, P>, H, U, Q> {
        self.assembled(|components| components.with_eviction_strategy(strategy))
    }

    /// Sets the times of entries by `builder`, which may be a closure `|key: &K, value: V, now:
    /// Instant| -> CacheEntry<V>`.
    pub fn entry_builder<B2>(
        self,
        builder: B2,
    ) -> Builder<R, Assembly<S, X, Given<B2>, T, P>, H, U, Q> {
        self.assembled(|components| components.with_entry_builder(Given(builder)))
    }

    /// Makes keys by `extractor`, which may be a closure `|method: MethodName, arguments: &A| ->
    /// K`.
    ///
    /// Where the arguments are no key themselves, call [`Memo::call_args`](crate::Memo::call_args)
    /// or [`Cache::get_args_with`](crate::Cache::get_args_with).
    pub fn key_extractor<X2>(self, extractor: X2) -> Builder<R, Assembly<S, X2, B, T, P>, H, U, Q> {
        self.assembled(|components| components.with_key_extractor(extractor))
    }

    /// Applies `postprocessing`, which may be a closure `|value: V| -> V`, to each answer.
    pub fn postprocessing<P2>(
        self,
        postprocessing: P2,
    ) -> Builder<R, Assembly<S, X, B, T, P2>, H, U, Q> {
        self.assembled(|components| components.with_postprocessing(postprocessing))
    }

    /// Takes the whole configuration from a source instead: a configuration type of the user's, one
    /// that [stays](crate::Fixed), or one that is [exchanged while calls
    /// run](crate::MutableCacheConfiguration).
    ///
    /// Settings of calls rather than of components are kept: the name, `on_abandon`,
    /// `storage_timeout`, the handling of failures, random times, the observer and the registry.
    pub fn configuration<C>(self, source: C) -> Builder<R, Configured<C>, H, U, Q> {
        self.assembled(|_| Configured(source))
    }
}

impl<R, C, H, U, Q> Builder<R, C, H, U, Q> {
    /// Names the function, as `module::name`, for keys that leave the process. Two caches that
    /// share a storage need different names.
    pub const fn name(mut self, name: &'static str) -> Self {
        self.calls.name = Some(name);
        self
    }

    /// Sets what happens to a load when its last caller goes away.
    pub const fn on_abandon(mut self, abandon: Abandon) -> Self {
        self.calls.abandon = abandon;
        self
    }

    /// Bounds the look-ups, offers and evictions of a storage that waits; 1 second by default. An
    /// operation that takes longer counts as a failure of the storage, which fails no call. An
    /// invalidation waits for an offer under way within this bound, and then for its own release
    /// without a bound.
    /// [`Duration::MAX`]: without a bound.
    pub const fn storage_timeout(mut self, timeout: Duration) -> Self {
        self.calls.storage_timeout = timeout;
        self
    }

    /// Lets `statuses` record which keys are being loaded, in place of the engine's own registry;
    /// see [`UpdateStatuses`](crate::UpdateStatuses).
    ///
    /// # Examples
    ///
    /// Here loads without a timeout of their own hold their key for a minute at most:
    ///
    /// ```
    /// use evermemo_core::{Builder, InMemoryLocks};
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime)
    ///     .method_timeout(None)
    ///     .update_statuses(InMemoryLocks::new(Duration::from_secs(60)))
    ///     .wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.call(12).await.unwrap(), 144);
    /// # });
    /// ```
    pub fn update_statuses<U2>(self, statuses: U2) -> Builder<R, C, H, Statuses<U2>, Q> {
        let Self { runtime, components, hooks, calls, errors, .. } = self;
        Builder { runtime, components, hooks, registry: Statuses(statuses), calls, errors }
    }

    /// Requires nothing of the errors of a wrapped method but `E: Send + Sync + 'static`, for a
    /// library that is generic over them.
    ///
    /// Without it each error is a [`Cause`](crate::Cause), which the [`Error`](crate::Error) of a
    /// call shows below its headline. With it the error's text is shown there, if it has one, and
    /// not the errors below it; [`Error::cause`](crate::Error::cause) returns the error in either
    /// case. For a cache whose calls bring their loads the bound is on its calls: there `E:
    /// Cause<M>` is a bound of the library's own function, and `M` one of that function's
    /// parameters.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Memo, Runtime};
    /// use std::future::Future;
    ///
    /// fn pages<E, R, F, Fut>(runtime: R, fetch: F) -> Memo<String, String, E, R>
    /// where
    ///     E: Send + Sync + 'static,
    ///     R: Runtime,
    ///     F: Fn(String) -> Fut + Send + Sync + 'static,
    ///     Fut: Future<Output = Result<String, E>> + Send + 'static,
    /// {
    ///     Builder::on(runtime).opaque_errors().try_wrap(fetch)
    /// }
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let pages = pages(runtime, async |path| if path == "/" { Ok(path) } else { Err(404) });
    /// assert_eq!(pages.call("/about".into()).await.unwrap_err().cause(), Some(&404));
    /// # });
    /// ```
    pub fn opaque_errors(self) -> Builder<R, C, H, U, OpaqueErrors> {
        let Self { runtime, components, hooks, registry, calls, .. } = self;
        Builder { runtime, components, hooks, registry, calls, errors: OpaqueErrors }
    }

    fn assembled<C2>(self, assemble: impl FnOnce(C) -> C2) -> Builder<R, C2, H, U, Q> {
        let Self { runtime, components, hooks, registry, calls, errors } = self;
        Builder { runtime, components: assemble(components), hooks, registry, calls, errors }
    }

    fn hooked<H2>(self, hook: impl FnOnce(H) -> H2) -> Builder<R, C, H2, U, Q> {
        let Self { runtime, components, hooks, registry, calls, errors } = self;
        Builder { runtime, components, hooks: hook(hooks), registry, calls, errors }
    }
}
