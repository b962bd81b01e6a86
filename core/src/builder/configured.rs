//! The ends of a builder whose configuration stands.

use core::{convert::Infallible, future::Future};

use super::Common;
use crate::{
    cache::Cache,
    cached::Cached,
    configuration::{ConfigurationSource, DefaultInMemoryCacheConfiguration},
    engine::Abandon,
    entry::CacheEntry,
    load::{Fallible, Sure},
    memo::Memo,
    parts::{Key, Of, Parts, SendParts},
    resilience::{Hooks, HooksChoice},
    runtime::{Runtime, SingleThreaded},
    statuses::{InMemoryLocks, UpdateStatuses},
};
use core::time::Duration;

/// A builder that has its configuration, from [`Builder::configuration`](super::Builder::configuration).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it wraps a function or builds a cache"]
pub struct ConfiguredBuilder<R, C, H = Hooks> {
    pub(super) runtime: R,
    pub(super) source: C,
    pub(super) common: Common,
    pub(super) hooks: H,
}

/// The registry that a cache has unless it is given another.
type Locks<A, V, E, C> = InMemoryLocks<Key<A, V, C>, V, E>;

impl<R: Runtime, C, H> ConfiguredBuilder<R, C, H> {
    /// Names the function; see [`Builder::name`](super::Builder::name).
    pub const fn name(mut self, name: &'static str) -> Self {
        self.common.name = Some(name);
        self
    }

    /// Sets what happens to a load when its last caller goes away.
    pub const fn on_abandon(mut self, abandon: Abandon) -> Self {
        self.common.abandon = abandon;
        self
    }

    /// Bounds each operation of a storage that waits; see
    /// [`Builder::storage_timeout`](super::Builder::storage_timeout).
    pub const fn storage_timeout(mut self, timeout: Duration) -> Self {
        self.common.storage_timeout = timeout;
        self
    }

    /// Memoizes a function that cannot fail.
    pub fn wrap<A, V, F, Fut>(self, method: F) -> Memo<A, V, Infallible, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, Infallible>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        Of<A, V, Infallible, R, C, Locks<A, V, Infallible, C>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = Infallible>,
    {
        self.wrap_with(InMemoryLocks::default(), method)
    }

    /// Memoizes a function whose errors are answers to those who asked, and are not kept.
    pub fn try_wrap<A, V, E, F, Fut>(self, method: F) -> Memo<A, V, E, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, Locks<A, V, E, C>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.try_wrap_with(InMemoryLocks::default(), method)
    }

    /// Memoizes a function that cannot fail, with a registry of updates of one's own.
    pub fn wrap_with<A, V, U, F, Fut>(
        self,
        statuses: U,
        method: F,
    ) -> Memo<A, V, Infallible, R, C, U>
    where
        A: 'static,
        V: Clone + 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, Infallible>,
        U: UpdateStatuses<Key<A, V, C>, V, Infallible>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        Of<A, V, Infallible, R, C, U>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = Infallible>,
    {
        let cache = self.assembled::<A, V, Infallible, U, F>(statuses);
        Memo::new(cache, move |arguments, _| Sure { value: method(arguments) }, false)
    }

    /// Memoizes a function that can fail, with a registry of updates of one's own.
    pub fn try_wrap_with<A, V, E, U, F, Fut>(self, statuses: U, method: F) -> Memo<A, V, E, R, C, U>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        U: UpdateStatuses<Key<A, V, C>, V, E>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        let cache = self.assembled::<A, V, E, U, F>(statuses);
        Memo::new(cache, move |arguments, _| Fallible { value: method(arguments) }, false)
    }

    /// Memoizes a function that cannot fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn wrap_local<A, V, F, Fut>(self, method: F) -> Memo<A, V, Infallible, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        R: Runtime<Threading = SingleThreaded>,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, Infallible>,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
    {
        let cache = self.assembled::<A, V, Infallible, _, F>(InMemoryLocks::default());
        Memo::local(cache, move |arguments, _| Sure { value: method(arguments) }, false)
    }

    /// Memoizes a function that can fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn try_wrap_local<A, V, E, F, Fut>(self, method: F) -> Memo<A, V, E, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        let cache = self.assembled::<A, V, E, _, F>(InMemoryLocks::default());
        Memo::local(cache, move |arguments, _| Fallible { value: method(arguments) }, false)
    }

    /// Memoizes a function that is handed what it is to replace, and has a say in how its value is
    /// kept: see [`Cache::load_with`] and [`Cached`].
    pub fn wrap_loader<A, V, E, F, Fut>(self, method: F) -> Memo<A, V, E, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
        Of<A, V, E, R, C, Locks<A, V, E, C>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        Memo::new(self.assembled::<A, V, E, _, F>(InMemoryLocks::default()), method, true)
    }

    /// Memoizes a function as [`wrap_loader`](Self::wrap_loader) does, on a single-threaded runtime,
    /// where nothing has to be `Send`.
    pub fn wrap_loader_local<A, V, E, F, Fut>(self, method: F) -> Memo<A, V, E, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Memo::local(self.assembled::<A, V, E, _, F>(InMemoryLocks::default()), method, true)
    }

    /// Builds a cache whose calls bring their loads.
    pub fn build<A, V, E>(self) -> Cache<A, V, E, R, C>
    where
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        Of<A, V, E, R, C, Locks<A, V, E, C>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
        A: 'static,
        V: Clone + 'static,
        E: 'static,
    {
        self.build_with(InMemoryLocks::default())
    }

    /// Builds a cache whose calls bring their loads, with a registry of updates of one's own.
    pub fn build_with<A, V, E, U>(self, statuses: U) -> Cache<A, V, E, R, C, U>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        U: UpdateStatuses<Key<A, V, C>, V, E>,
    {
        self.assembled::<A, V, E, U, Cache<A, V, E, R, C, U>>(statuses)
    }

    /// Builds a cache whose calls bring their loads, on a single-threaded runtime.
    pub fn build_local<A, V, E>(self) -> Cache<A, V, E, R, C>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
    {
        self.build_with(InMemoryLocks::default())
    }

    fn assembled<A, V, E, U, F>(self, statuses: U) -> Cache<A, V, E, R, C, U>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        C: ConfigurationSource<A, V>,
        H: HooksChoice<Key<A, V, C>, V, E>,
        U: UpdateStatuses<Key<A, V, C>, V, E>,
    {
        let settings = self.common.settings::<F>();
        Cache::new(self.runtime, self.source, statuses, settings, self.hooks.make())
    }
}

impl<A, V, E, R> Default for Cache<A, V, E, R>
where
    A: core::hash::Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime + Default,
    Of<A, V, E, R, DefaultInMemoryCacheConfiguration<A, V>, InMemoryLocks<A, V, E>>: Parts,
{
    /// Builds a cache with the defaults of [`Builder::on`](super::Builder::on).
    fn default() -> Self {
        let (runtime, source) = (R::default(), DefaultInMemoryCacheConfiguration::default());
        ConfiguredBuilder { runtime, source, common: Common::DEFAULT, hooks: Hooks::NONE }
            .build_with(InMemoryLocks::default())
    }
}
