//! The configuration source of one cache, whatever its type.

use core::{any::Any, marker::PhantomData, ops::Deref};

use super::{
    Behind, CacheConfiguration, ConfigurationSource, GlanceAt, Left, MutableCacheConfiguration,
    Stage,
};
use crate::{
    engine::EngineSource,
    key::{Asked, MethodName},
    runtime::{MultiThreaded, Portable, SingleThreaded, Threading},
    storage::{CacheStorage, Glance},
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::boxed::Box;

/// The configuration source of one cache.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum SourceObject<A: 'static, K: 'static, V: 'static, M: Threading> {
    /// The configuration never changes.
    Fixed(Arc<M::Typed<A, K, V>>),
    /// Each call takes the current one.
    Changing(Arc<M::Source<A, K, V>>),
}

impl<A, K, V, M: Threading> SourceObject<A, K, V, M> {
    /// Returns the current configuration, for a call to keep.
    pub(crate) fn snapshot(&self) -> Arc<M::Typed<A, K, V>> {
        match self {
            Self::Fixed(configuration) => configuration.clone(),
            Self::Changing(current) => current(),
        }
    }

    /// Returns the current configuration for a look, which does not share one that never changes.
    pub(crate) fn moment(&self) -> Moment<'_, M::Typed<A, K, V>> {
        match self {
            Self::Fixed(configuration) => Moment::Lent(configuration),
            Self::Changing(current) => Moment::Own(current()),
        }
    }
}

/// A configuration at one moment.
pub(crate) enum Moment<'a, T: ?Sized> {
    Lent(&'a Arc<T>),
    Own(Arc<T>),
}

impl<T: ?Sized> Moment<'_, T> {
    pub(crate) fn share(&self) -> Arc<T> {
        match self {
            Self::Lent(lent) => (*lent).clone(),
            Self::Own(own) => own.clone(),
        }
    }

    pub(crate) fn into_own(self) -> Arc<T> {
        match self {
            Self::Lent(lent) => lent.clone(),
            Self::Own(own) => own,
        }
    }
}

impl<T: ?Sized> Deref for Moment<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Lent(lent) => lent,
            Self::Own(own) => own,
        }
    }
}

/// One source for glances, for closer looks and for the engine.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct Sources<A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(crate) glances: Arc<M::GlanceAt<A, V>>,
    pub(crate) typed: SourceObject<A, K, V, M>,
    pub(crate) untyped: EngineSource<M>,
}

/// A source with the snapshot of a call, as a configuration by itself.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct HeldSource<A, V, C: ConfigurationSource<A, V>> {
    source: Arc<C>,
    snapshot: C::Snapshot,
    of: PhantomData<fn() -> (A, V)>,
}

impl<A, V, C: ConfigurationSource<A, V>> HeldSource<A, V, C> {
    fn of(source: Arc<C>) -> Self {
        let snapshot = source.snapshot();
        Self { source, snapshot, of: PhantomData }
    }

    fn current(&self) -> &C::Current {
        self.source.current(&self.snapshot)
    }
}

impl<A: 'static, V: Clone + 'static, C: ConfigurationSource<A, V>> Behind for HeldSource<A, V, C> {
    type Arguments = A;
    type Value = V;
    type Configuration = C::Current;

    fn behind(&self) -> &C::Current {
        self.current()
    }

    fn is_the_current_one(&self) -> bool {
        self.source.is_current(&self.snapshot)
    }
}

/// Looks at the current configuration.
struct Changing<A: 'static, K: 'static, V: 'static, M: Threading>(Arc<M::Source<A, K, V>>);

impl<A, K, V, M: Threading> GlanceAt<A, V> for Changing<A, K, V, M> {
    fn look(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
        stage: &mut Stage,
    ) -> Option<(V, Instant)> {
        let typed = (self.0)();
        let fresh = typed.look(method, asked, glance, stage);
        if let Stage::Missed { left: place, .. } = stage {
            let left = Left::of(place.take());
            *place = Some(Box::new(Begun::<A, K, V, M> { typed, left }));
        }
        fresh
    }
}

/// A call that goes on with the configuration that it began with.
pub(crate) struct Begun<A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(crate) typed: Arc<M::Typed<A, K, V>>,
    pub(crate) left: Left<K, V>,
}

/// The key under which a source `C` stores the answer to arguments `A`.
#[doc(hidden)]
pub type KeyIn<A, V, C> =
    <<C as ConfigurationSource<A, V>>::Current as CacheConfiguration<A, V>>::Key;

/// A source whose type is hidden where its parts may move between threads.
#[doc(hidden)]
#[derive(Debug)]
pub struct SourceOf<A, V, C>(PhantomData<fn() -> (A, V, C)>);

macro_rules! changing {
    ($family:ident, $snapshot:expr) => {{
        type TypedSource<A, K, V> = Arc<<$family as Threading>::Typed<A, K, V>>;
        let snapshot = $snapshot;
        let typed = move || {
            let typed: TypedSource<A, KeyIn<A, V, C>, V> = snapshot();
            typed
        };
        let typed: Arc<<$family as Threading>::Source<A, KeyIn<A, V, C>, V>> = Arc::new(typed);
        let source = typed.clone();
        let untyped = move |()| <$family>::untyped(source());
        let untyped: Arc<
            <$family as Threading>::Function<(), Arc<<$family as Threading>::Configuration>>,
        > = Arc::new(untyped);
        let glances: Arc<<$family as Threading>::GlanceAt<A, V>> =
            Arc::new(Changing::<A, KeyIn<A, V, C>, V, $family>(typed.clone()));
        let (typed, untyped) = (SourceObject::Changing(typed), EngineSource::Changing(untyped));
        Sources { glances, typed, untyped }
    }};
}

macro_rules! hide {
    ($family:ident, $source:ident) => {{
        let source = Arc::new($source);
        // An empty snapshot need not be renewed. A constant block, so that the rest is not even
        // compiled.
        if const { size_of::<C::Snapshot>() == 0 } {
            let held: Arc<<$family as Threading>::Typed<A, KeyIn<A, V, C>, V>> =
                Arc::new(HeldSource::of(source));
            let untyped = EngineSource::Fixed(<$family>::untyped(held.clone()));
            let glances = <$family>::glance_at(held.clone());
            return Sources { glances, typed: SourceObject::Fixed(held), untyped };
        }
        // Its snapshots are configurations by themselves, and take no allocation.
        let any: &dyn Any = &*source;
        if let Some(mutable) = any.downcast_ref::<MutableCacheConfiguration<A, V, KeyIn<A, V, C>>>()
        {
            let mutable = mutable.clone();
            return changing!($family, move || mutable.components());
        }
        changing!($family, move || Arc::new(HeldSource::of(source.clone())))
    }};
}

impl<A, V, C> Portable for SourceOf<A, V, C>
where
    A: 'static,
    V: Clone + Send + Sync + 'static,
    C: SendSource<A, V>,
{
    type Of<M: Threading> = C;
    type Made<M: Threading> = Sources<A, KeyIn<A, V, C>, V, M>;

    fn sent(source: C) -> Sources<A, KeyIn<A, V, C>, V, MultiThreaded> {
        hide!(MultiThreaded, source)
    }

    fn kept(source: C) -> Sources<A, KeyIn<A, V, C>, V, SingleThreaded> {
        hide!(SingleThreaded, source)
    }
}

/// Hides the type of a source that stays on its thread.
pub(crate) fn kept<A, V, C>(source: C) -> Sources<A, KeyIn<A, V, C>, V, SingleThreaded>
where
    A: 'static,
    V: Clone + 'static,
    C: ConfigurationSource<A, V>,
{
    hide!(SingleThreaded, source)
}

/// A source that may move between threads, with all its parts.
#[doc(hidden)]
pub trait SendSource<A, V>:
    ConfigurationSource<
        A,
        V,
        Snapshot: Send + Sync,
        Current: CacheConfiguration<
            A,
            V,
            Key: Send + Sync,
            Storage: CacheStorage<KeyIn<A, V, Self>, V, Get: Send, Done: Send> + Send + Sync,
            EvictionStrategy: Send + Sync,
        >,
    > + Send
    + Sync
{
}

impl<A, V, C> SendSource<A, V> for C where
    C: ConfigurationSource<
            A,
            V,
            Snapshot: Send + Sync,
            Current: CacheConfiguration<
                A,
                V,
                Key: Send + Sync,
                Storage: CacheStorage<KeyIn<A, V, C>, V, Get: Send, Done: Send> + Send + Sync,
                EvictionStrategy: Send + Sync,
            >,
        > + Send
        + Sync
{
}
