//! The ends of a builder that puts its configuration together itself.

use core::{convert::Infallible, future::Future};

use super::{Builder, ConfiguredBuilder, EntryBuilderChoice, StorageChoice};
use crate::{
    cache::Cache,
    cached::Cached,
    configuration::FixedCacheConfiguration,
    entry::CacheEntry,
    eviction::EvictionStrategy,
    key::KeyExtractor,
    memo::Memo,
    parts::{Of, SendParts},
    postprocessing::Postprocessing,
    resilience::HooksChoice,
    runtime::{Runtime, SingleThreaded},
    statuses::{InMemoryLocks, UpdateStatuses},
};

/// The configuration that a builder makes for arguments `A` and values `V`.
pub type Built<A, V, S, X, B, T, P> = FixedCacheConfiguration<
    <S as StorageChoice<<X as KeyExtractor<A>>::Key, V>>::Storage,
    X,
    <B as EntryBuilderChoice<<X as KeyExtractor<A>>::Key, V>>::EntryBuilder,
    T,
    P,
>;

impl<R: Runtime, S, X, B, T, P, H> Builder<R, S, X, B, T, P, H> {
    /// Takes the whole configuration from a source instead.
    ///
    /// What belongs to calls rather than to components is kept: name, `on_abandon`,
    /// `storage_timeout`, what is done about failures, chance and the observer.
    pub fn configuration<C>(self, source: C) -> ConfiguredBuilder<R, C, H> {
        ConfiguredBuilder { runtime: self.runtime, source, common: self.common, hooks: self.hooks }
    }
}

impl<R: Runtime, S, X, B, T, P, H> Builder<R, S, X, B, T, P, H> {
    fn configured<A, V>(self) -> ConfiguredBuilder<R, Built<A, V, S, X, B, T, P>, H>
    where
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
    {
        let source = FixedCacheConfiguration::new(
            self.method_timeout,
            self.storage.make(),
            self.key_extractor,
            self.entry_builder.make(),
            self.eviction_strategy,
            self.postprocessing,
        );
        ConfiguredBuilder { runtime: self.runtime, source, common: self.common, hooks: self.hooks }
    }

    /// Memoizes a function that cannot fail.
    pub fn wrap<A, V, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, Infallible, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, Infallible>,
        P: Postprocessing<V>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        Of<A, V, Infallible, R, Built<A, V, S, X, B, T, P>, InMemoryLocks<X::Key, V, Infallible>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = Infallible>,
    {
        self.configured().wrap(method)
    }

    /// Memoizes a function whose errors are answers to those who asked, and are not kept.
    pub fn try_wrap<A, V, E, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, Built<A, V, S, X, B, T, P>, InMemoryLocks<X::Key, V, E>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.configured().try_wrap(method)
    }

    /// Memoizes a function that cannot fail, with a registry of updates of one's own.
    pub fn wrap_with<A, V, U, F, Fut>(
        self,
        statuses: U,
        method: F,
    ) -> Memo<A, V, Infallible, R, Built<A, V, S, X, B, T, P>, U>
    where
        A: 'static,
        V: Clone + 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, Infallible>,
        P: Postprocessing<V>,
        U: UpdateStatuses<X::Key, V, Infallible>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
        Of<A, V, Infallible, R, Built<A, V, S, X, B, T, P>, U>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = Infallible>,
    {
        self.configured().wrap_with(statuses, method)
    }

    /// Memoizes a function that can fail, with a registry of updates of one's own.
    pub fn try_wrap_with<A, V, E, U, F, Fut>(
        self,
        statuses: U,
        method: F,
    ) -> Memo<A, V, E, R, Built<A, V, S, X, B, T, P>, U>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        U: UpdateStatuses<X::Key, V, E>,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, Built<A, V, S, X, B, T, P>, U>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.configured().try_wrap_with(statuses, method)
    }

    /// Memoizes a function that cannot fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn wrap_local<A, V, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, Infallible, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        R: Runtime<Threading = SingleThreaded>,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, Infallible>,
        P: Postprocessing<V>,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
    {
        self.configured().wrap_local(method)
    }

    /// Memoizes a function that can fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn try_wrap_local<A, V, E, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        self.configured().try_wrap_local(method)
    }

    /// Memoizes a function that is handed what it is to replace, and has a say in how its value is
    /// kept: see [`Cache::load_with`] and [`Cached`]. [`Memo::uncached`] hands it nothing.
    pub fn wrap_loader<A, V, E, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
        Of<A, V, E, R, Built<A, V, S, X, B, T, P>, InMemoryLocks<X::Key, V, E>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.configured().wrap_loader(method)
    }

    /// Memoizes a function as [`wrap_loader`](Self::wrap_loader) does, on a single-threaded runtime,
    /// where nothing has to be `Send`.
    pub fn wrap_loader_local<A, V, E, F, Fut>(
        self,
        method: F,
    ) -> Memo<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        self.configured().wrap_loader_local(method)
    }

    /// Builds a cache whose calls bring their loads.
    pub fn build<A, V, E>(self) -> Cache<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
        Of<A, V, E, R, Built<A, V, S, X, B, T, P>, InMemoryLocks<X::Key, V, E>>:
            SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.configured().build()
    }

    /// Builds a cache whose calls bring their loads, on a single-threaded runtime.
    pub fn build_local<A, V, E>(self) -> Cache<A, V, E, R, Built<A, V, S, X, B, T, P>>
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        X: KeyExtractor<A>,
        S: StorageChoice<X::Key, V>,
        B: EntryBuilderChoice<X::Key, V>,
        T: EvictionStrategy<X::Key, V>,
        H: HooksChoice<X::Key, V, E>,
        P: Postprocessing<V>,
    {
        self.configured().build_local()
    }
}
