//! Makes a cache of a builder's components.

use core::{any::Any, hash::Hash};

use super::{Assembly, Configured, EntryBuilderChoice, StorageChoice, registry::RegistryChoice};
use crate::{
    configuration::{
        CacheConfiguration, ConfigurationSource, FixedCacheConfiguration, KeyIn, SendSource,
        SourceObject, SourceOf, Sources, TypedConfiguration, is, kept as kept_source,
    },
    engine::{EngineParts, Settings},
    eviction::{EvictionStrategy, NoEvictionStrategy},
    front::{FrontOf, FrontParts, kept as kept_front},
    key::KeyExtractor,
    postprocessing::Postprocessing,
    resilience::HooksChoice,
    runtime::{AnyEngine, EvictionsOf, Kept, LookFnsOf, Sent, SingleThreaded, Threading, WritesOf},
    storage::{CacheStorage, Table},
    sync::Arc,
};

/// All that a builder holds but its runtime, when it makes a cache.
#[doc(hidden)]
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Made<C, H, U> {
    pub(super) components: C,
    pub(super) hooks: H,
    pub(super) registry: U,
    pub(super) settings: Settings,
}

/// A cache but for its runtime's own type.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct Assembled<A, V, E, M: Threading> {
    pub(super) hot: Option<Arc<Table<A, V>>>,
    pub(super) glances: Arc<M::GlanceAt<A, V>>,
    pub(super) front: Arc<M::Front<A, V, E>>,
}

/// Components and settings that make a cache of arguments `A`, values `V` and errors `E`, on
/// runtimes with the threading `M`. The arguments are a key, or an extractor makes one; values are
/// `Clone`; and all of it may move between threads, unless the cache is built by `build_local` or
/// `wrap_local`.
#[doc(hidden)]
pub trait Assemble<A, V, E, M: Threading, S> {
    fn assemble(self, clock: Arc<M::Clock>) -> Assembled<A, V, E, M>;
}

impl<A, V, E, M, C, H, U> Assemble<A, V, E, M, Sent> for Made<C, H, U>
where
    A: Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
    M: Threading,
    C: SendIntoSource<A, V>,
    H: HooksChoice<C::Key, V, E>,
    U: RegistryChoice<C::Key, V, E, M, Sent>,
{
    fn assemble(self, clock: Arc<M::Clock>) -> Assembled<A, V, E, M> {
        let fixed = <C::Source as ConfigurationSource<A, V>>::FIXED;
        let source = self.components.into_source();
        let sources: Sources<A, C::Key, V, M> = M::erase::<SourceOf<A, V, C::Source>>(source);
        let registry = RegistryChoice::<C::Key, V, E, M, Sent>::make(self.registry).into();
        let (hooks, settings) = (HooksChoice::<C::Key, V, E>::make::<M>(self.hooks), self.settings);
        let Sources { glances, typed, untyped } = sources;
        let hot = hot(&typed, fixed);
        let parts = FrontParts {
            source: typed,
            made_of: EngineParts {
                runtime: clock,
                source: untyped,
                fixed,
                registry,
                settings,
                hooks,
            },
            evictions: evictions::<A, V, C::Source, M>(),
            looks: looks::<A, V, C::Source, M>(),
            writes: writes::<A, V, C::Source, M>(),
            registry: <U as RegistryChoice<C::Key, V, E, M, Sent>>::fns(),
        };
        Assembled { hot, glances, front: M::erase::<FrontOf<A, C::Key, V, E>>(parts) }
    }
}

impl<A, V, E, C, H, U> Assemble<A, V, E, SingleThreaded, Kept> for Made<C, H, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    C: IntoSource<A, V>,
    H: HooksChoice<C::Key, V, E>,
    U: RegistryChoice<C::Key, V, E, SingleThreaded, Kept>,
{
    fn assemble(
        self,
        clock: Arc<<SingleThreaded as Threading>::Clock>,
    ) -> Assembled<A, V, E, SingleThreaded> {
        let fixed = <C::Source as ConfigurationSource<A, V>>::FIXED;
        let sources: Sources<A, C::Key, V, SingleThreaded> =
            kept_source::<A, V, C::Source>(self.components.into_source());
        let registry =
            RegistryChoice::<C::Key, V, E, SingleThreaded, Kept>::make(self.registry).into();
        let hooks = HooksChoice::<C::Key, V, E>::make::<SingleThreaded>(self.hooks);
        let (Sources { glances, typed, untyped }, settings) = (sources, self.settings);
        let hot = hot(&typed, fixed);
        let parts = FrontParts {
            source: typed,
            made_of: EngineParts {
                runtime: clock,
                source: untyped,
                fixed,
                registry,
                settings,
                hooks,
            },
            evictions: evictions::<A, V, C::Source, SingleThreaded>(),
            looks: looks::<A, V, C::Source, SingleThreaded>(),
            writes: writes::<A, V, C::Source, SingleThreaded>(),
            registry: <U as RegistryChoice<C::Key, V, E, SingleThreaded, Kept>>::fns(),
        };
        Assembled { hot, glances, front: kept_front::<A, C::Key, V, E>(parts) }
    }
}

/// Returns the functions that follow a strategy, if there can be one.
fn evictions<A, V, C, M>() -> Option<EvictionsOf<M>>
where
    C: ConfigurationSource<A, V>,
    M: Threading,
{
    let none =
        is::<<C::Current as CacheConfiguration<A, V>>::EvictionStrategy, NoEvictionStrategy>();
    (!none).then(M::Engine::evictions)
}

/// Returns the functions that wait for a storage, if that can be necessary.
fn looks<A, V, C, M>() -> Option<LookFnsOf<M>>
where
    C: ConfigurationSource<A, V>,
    M: Threading,
{
    (!<<C::Current as CacheConfiguration<A, V>>::Storage as CacheStorage<_, V>>::IMMEDIATE)
        .then(M::Engine::look_fns)
}

/// Returns the functions that write where that takes time: over a storage that may wait or fail, or
/// under a strategy.
fn writes<A, V, C, M>() -> Option<WritesOf<M>>
where
    C: ConfigurationSource<A, V>,
    M: Threading,
{
    let at_once = <<C::Current as CacheConfiguration<A, V>>::Storage as CacheStorage<
        KeyIn<A, V, C>,
        V,
    >>::IMMEDIATE
        && is::<<C::Current as CacheConfiguration<A, V>>::EvictionStrategy, NoEvictionStrategy>();
    (!at_once).then(M::Engine::writes)
}

/// Returns the entries in memory, if looking into them is all that a hit needs.
fn hot<A, K, V, M>(source: &SourceObject<A, K, V, M>, fixed: bool) -> Option<Arc<Table<A, V>>>
where
    A: 'static,
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    M: Threading,
{
    let SourceObject::Fixed(configuration) = source else { return None };
    let table = configuration.hot().filter(|_| fixed)?;
    (&table as &dyn Any).downcast_ref::<Arc<Table<A, V>>>().cloned()
}

/// Components that a configuration can be made of.
#[doc(hidden)]
pub trait IntoSource<A, V> {
    type Key: Hash + Eq + Clone + 'static;
    type Source: ConfigurationSource<A, V, Current: CacheConfiguration<A, V, Key = Self::Key>>;

    fn into_source(self) -> Self::Source;
}

/// The same, where all of it may move between threads.
#[doc(hidden)]
pub trait SendIntoSource<A, V>:
    IntoSource<A, V, Key: Send + Sync, Source: SendSource<A, V>>
{
}

impl<A, V, C> SendIntoSource<A, V> for C where
    C: IntoSource<A, V, Key: Send + Sync, Source: SendSource<A, V>>
{
}

impl<A, V, S, X, B, T, P> IntoSource<A, V> for Assembly<S, X, B, T, P>
where
    A: 'static,
    V: 'static,
    X: KeyExtractor<A>,
    S: StorageChoice<X::Key, V>,
    B: EntryBuilderChoice<X::Key, V>,
    T: EvictionStrategy<X::Key, V>,
    P: Postprocessing<V>,
{
    type Key = X::Key;
    type Source = FixedCacheConfiguration<S::Storage, X, B::EntryBuilder, T, P>;

    fn into_source(self) -> Self::Source {
        FixedCacheConfiguration::new(
            self.method_timeout,
            self.storage.make(),
            self.key_extractor,
            self.entry_builder.make(),
            self.eviction_strategy,
            self.postprocessing,
        )
    }
}

impl<A, V, C: ConfigurationSource<A, V>> IntoSource<A, V> for Configured<C> {
    type Key = KeyIn<A, V, C>;
    type Source = C;

    fn into_source(self) -> C {
        self.0
    }
}
