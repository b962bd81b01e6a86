//! What the user's code yields, as a load yields it.

use core::{any::Any, task::Poll};

use crate::{
    cached::Cached,
    error::{Raised, Way},
};

/// How what a closure yields becomes what a load yields: a value `V`, or an error `E`.
pub(crate) trait Yield<T, V, E> {
    fn of(yielded: T) -> Result<Cached<V>, E>;
}

/// A value, or an error.
pub(crate) enum Plain {}

/// A value that has a say in how it is kept, or an error.
pub(crate) enum Whole {}

/// A value that is always there.
pub(crate) enum Sure {}

impl<V, E> Yield<Result<V, E>, V, E> for Plain {
    fn of(yielded: Result<V, E>) -> Result<Cached<V>, E> {
        yielded.map(Cached::new)
    }
}

impl<V, E> Yield<Result<Cached<V>, E>, V, E> for Whole {
    fn of(yielded: Result<Cached<V>, E>) -> Result<Cached<V>, E> {
        yielded
    }
}

impl<V, E> Yield<V, V, E> for Sure {
    fn of(yielded: V) -> Result<Cached<V>, E> {
        Ok(Cached::new(yielded))
    }
}

/// How what a future has come to becomes what a load yields, and how an error is shown.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Yields<O, V, E> {
    map: fn(O) -> Result<Cached<V>, E>,
    way: Way<E>,
}

impl<O, V, E> Yields<O, V, E> {
    #[must_use]
    pub const fn new(map: fn(O) -> Result<Cached<V>, E>, way: Way<E>) -> Self {
        Self { map, way }
    }
}

/// Leaves what a future has come to, if it has, where that is asked for; an error with how it is
/// shown.
// Once for all loads that yield the same; and apart, as large values would need a lot of the stack
// below the load.
#[inline(never)]
pub(super) fn finish<O, V: 'static, E: 'static>(
    polled: Poll<O>,
    yields: &Yields<O, V, E>,
    yielded: &mut dyn Any,
) -> Poll<()> {
    polled.map(|output| match yielded.downcast_mut() {
        Some(place) => {
            let Yields { map, way } = *yields;
            *place = Some(map(output).map_err(|error| Raised { error, way }));
        }
        None => unreachable!("a load is polled by the cache that has asked for it"),
    })
}
