//! The user's functions on keys, values and errors.

use core::{fmt, marker::PhantomData};

use super::validity::Validity;
use crate::{
    entry::CacheEntry,
    error::Way,
    hidden::{self, AnyError, AnyKey, AnyValue, AsAny, KeyObject},
    observer::{Event, Observer},
    runtime::{ErrorOf, KeyOf, Threading, ValueOf},
};

use alloc::boxed::Box;

/// The user's functions, as a builder holds them before it knows keys, values and errors.
#[derive(Clone, Copy)]
pub struct Hooks<O = Unobserved, W = EveryError, P = EveryEntry> {
    pub(crate) observer: O,
    pub(crate) outage: W,
    pub(crate) valid: P,
}

impl Hooks {
    pub(crate) const NONE: Self =
        Self { observer: Unobserved, outage: EveryError, valid: EveryEntry };
}

/// There is no observer.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct Unobserved;

/// An old entry may stand in for any failed load.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct EveryError;

/// Any stored entry may answer.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct EveryEntry;

/// A function of the user's.
#[derive(Clone, Copy)]
pub struct Hook<T>(pub(crate) T);

/// The functions of a cache, for its engine.
#[allow(missing_debug_implementations, reason = "it is never seen")]
pub struct Hooked<K, V, E> {
    pub(crate) observer: Option<Box<dyn Observer<K, V, E>>>,
    pub(crate) outage: Option<Box<dyn Fn(&E) -> bool + Send + Sync>>,
    pub(crate) valid: Option<Validity<K, V>>,
}

/// The functions of a cache on runtimes of the family `M`.
pub type HookedIn<M> = Hooked<KeyOf<M>, ValueOf<M>, ErrorOf<M>>;

/// Becomes the functions of a cache of keys `K`, values `V` and errors `E`.
pub trait HooksChoice<K, V, E> {
    /// Makes them.
    fn make<M: Threading>(self) -> HookedIn<M>;
}

impl<K, V, E, O, W, P> HooksChoice<K, V, E> for Hooks<O, W, P>
where
    O: ObserverChoice<K, V, E>,
    W: OutageChoice<E>,
    P: ValidChoice<K, V>,
{
    fn make<M: Threading>(self) -> HookedIn<M> {
        let Self { observer, outage, valid } = self;
        Hooked {
            observer: observer.make::<M>(),
            outage: outage.make::<M>(),
            valid: valid.make::<M>(),
        }
    }
}

/// An observer of keys, values and errors whose types are hidden.
type ObserverIn<M> = Box<dyn Observer<KeyOf<M>, ValueOf<M>, ErrorOf<M>>>;

/// Becomes the observer, if there is to be one.
pub trait ObserverChoice<K, V, E> {
    fn make<M: Threading>(self) -> Option<ObserverIn<M>>;
}

impl<K, V, E> ObserverChoice<K, V, E> for Unobserved {
    fn make<M: Threading>(self) -> Option<ObserverIn<M>> {
        None
    }
}

impl<K, V, E, O> ObserverChoice<K, V, E> for Hook<O>
where
    K: 'static,
    V: Clone + 'static,
    E: 'static,
    O: Observer<K, V, E>,
{
    fn make<M: Threading>(self) -> Option<ObserverIn<M>> {
        Some(Box::new(Told { observer: self.0, of: PhantomData }))
    }
}

/// Gives events their types back before it reports them.
struct Told<K, V, E, O> {
    observer: O,
    of: PhantomData<fn() -> (K, V, E)>,
}

impl<K, V, E, O, T, U> Observer<AnyKey<T>, AnyValue<U>, AnyError<U>> for Told<K, V, E, O>
where
    K: 'static,
    V: Clone + 'static,
    E: 'static,
    O: Observer<K, V, E>,
    T: KeyObject + ?Sized,
    U: AsAny + ?Sized,
{
    fn observe(&self, event: &Event<'_, AnyKey<T>, AnyValue<U>, AnyError<U>>) {
        let typed = |entry: &CacheEntry<AnyValue<U>>| entry.with(entry.value.get::<V>().clone());
        match event {
            Event::Stale { key, entry } => {
                self.observer.observe(&Event::Stale { key: key.get(), entry: &typed(entry) });
            }
            Event::Joined { key } => self.observer.observe(&Event::Joined { key: key.get() }),
            Event::Rejected { failure, .. } => {
                let (failure, way) = (&hidden::failure(failure), hidden::way(failure));
                self.observer.observe(&Event::Rejected { failure, way });
            }
            Event::LoadStarted { key, trigger } => {
                let (key, trigger) = (key.get(), *trigger);
                self.observer.observe(&Event::LoadStarted { key, trigger });
            }
            Event::LoadEnded { key, trigger, result, took, retried_after, .. } => {
                let way = result.map_or_else(hidden::way, |_| Way::UNKNOWN);
                let result = result.map(typed).map_err(|failure| hidden::failure(failure));
                self.observer.observe(&Event::LoadEnded {
                    key: key.get(),
                    trigger: *trigger,
                    result: result.as_ref(),
                    took: *took,
                    retried_after: *retried_after,
                    way,
                });
            }
            Event::StorageFailed { key, operation } => {
                let (key, operation) = (key.map(AnyKey::get), *operation);
                self.observer.observe(&Event::StorageFailed { key, operation });
            }
            Event::Evicted { key } => self.observer.observe(&Event::Evicted { key: key.get() }),
            Event::Invalidated { key } => {
                self.observer.observe(&Event::Invalidated { key: key.get() });
            }
            Event::Inserted { key } => self.observer.observe(&Event::Inserted { key: key.get() }),
            Event::Cleared {} => self.observer.observe(&Event::Cleared {}),
        }
    }
}

/// A predicate on errors whose type is hidden.
type OutageIn<M> = Box<dyn Fn(&ErrorOf<M>) -> bool + Send + Sync>;

/// Becomes the predicate that decides whether an old entry may stand in, if there is one.
pub trait OutageChoice<E> {
    fn make<M: Threading>(self) -> Option<OutageIn<M>>;
}

impl<E> OutageChoice<E> for EveryError {
    fn make<M: Threading>(self) -> Option<OutageIn<M>> {
        None
    }
}

impl<E, W> OutageChoice<E> for Hook<W>
where
    E: 'static,
    W: Fn(&E) -> bool + Send + Sync + 'static,
{
    fn make<M: Threading>(self) -> Option<OutageIn<M>> {
        Some(Box::new(move |error| self.0(error.get::<E>())))
    }
}

/// A predicate on entries whose types are hidden.
type ValidIn<M> = Validity<KeyOf<M>, ValueOf<M>>;

/// Becomes the predicate that decides whether a stored entry may answer, if there is one.
pub trait ValidChoice<K, V> {
    fn make<M: Threading>(self) -> Option<ValidIn<M>>;
}

impl<K, V> ValidChoice<K, V> for EveryEntry {
    fn make<M: Threading>(self) -> Option<ValidIn<M>> {
        None
    }
}

impl<K, V, P> ValidChoice<K, V> for Hook<P>
where
    K: 'static,
    V: Clone + 'static,
    P: Fn(&K, &CacheEntry<V>) -> bool + Send + Sync + 'static,
{
    fn make<M: Threading>(self) -> Option<ValidIn<M>> {
        let valid = self.0;
        let is_valid = move |key: &KeyOf<M>, entry: &CacheEntry<ValueOf<M>>| {
            valid(key.get::<K>(), &entry.with(entry.value.get::<V>().clone()))
        };
        Some(Validity::new(is_valid))
    }
}

impl<O, W, P> fmt::Debug for Hooks<O, W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Hook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
