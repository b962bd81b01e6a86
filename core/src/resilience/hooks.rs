//! What a builder is given that depends on the types of keys, values and errors.

use core::fmt;

use crate::observer::Observer;

use alloc::boxed::Box;

/// Functions of the user's, as a builder holds them before it knows keys, values and errors.
#[derive(Clone, Copy)]
pub struct Hooks<O = Unobserved, W = AnyError> {
    pub(crate) observer: O,
    pub(crate) outage: W,
}

impl Hooks {
    pub(crate) const NONE: Self = Self { observer: Unobserved, outage: AnyError };
}

/// Nobody listens.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct Unobserved;

/// Whatever a load fails with, something old may stand in for it.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct AnyError;

/// A function of one's own.
#[derive(Clone, Copy)]
pub struct Hook<T>(pub(crate) T);

/// The functions of a cache of keys `K`, values `V` and errors `E`.
#[allow(missing_debug_implementations, reason = "it is never seen")]
pub struct Hooked<K, V, E> {
    pub(crate) observer: Option<Box<dyn Observer<K, V, E>>>,
    pub(crate) outage: Option<Box<dyn Fn(&E) -> bool + Send + Sync>>,
}

/// Becomes the functions of a cache.
pub trait HooksChoice<K, V, E> {
    /// Makes them.
    fn make(self) -> Hooked<K, V, E>;
}

impl<K, V, E, O, W> HooksChoice<K, V, E> for Hooks<O, W>
where
    O: ObserverChoice<K, V, E>,
    W: OutageChoice<E>,
{
    fn make(self) -> Hooked<K, V, E> {
        Hooked { observer: self.observer.make(), outage: self.outage.make() }
    }
}

/// Becomes the observer, if there is to be one.
pub trait ObserverChoice<K, V, E> {
    fn make(self) -> Option<Box<dyn Observer<K, V, E>>>;
}

impl<K, V, E> ObserverChoice<K, V, E> for Unobserved {
    fn make(self) -> Option<Box<dyn Observer<K, V, E>>> {
        None
    }
}

impl<K, V, E, O: Observer<K, V, E>> ObserverChoice<K, V, E> for Hook<O> {
    fn make(self) -> Option<Box<dyn Observer<K, V, E>>> {
        Some(Box::new(self.0))
    }
}

/// Becomes the predicate that says whether something old may stand in, if there is one.
pub trait OutageChoice<E> {
    fn make(self) -> Option<Box<dyn Fn(&E) -> bool + Send + Sync>>;
}

impl<E> OutageChoice<E> for AnyError {
    fn make(self) -> Option<Box<dyn Fn(&E) -> bool + Send + Sync>> {
        None
    }
}

impl<E, W> OutageChoice<E> for Hook<W>
where
    W: Fn(&E) -> bool + Send + Sync + 'static,
{
    fn make(self) -> Option<Box<dyn Fn(&E) -> bool + Send + Sync>> {
        Some(Box::new(self.0))
    }
}

impl<O, W> fmt::Debug for Hooks<O, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Hook<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
