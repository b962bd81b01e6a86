//! Conversions from the output of the user's code to the result of a load.

use core::{any::Any, task::Poll};

use crate::{
    cached::Cached,
    error::{Raised, Way},
};

/// Converts the output of a closure to the result of a load: a value `V`, or an error `E`.
pub(crate) trait Yield<T, V, E> {
    fn of(yielded: T) -> Result<Cached<V>, E>;
}

/// A value, or an error.
pub(crate) enum Plain {}

/// A value with its own settings for how it is kept, or an error.
pub(crate) enum WithSettings {}

/// A value that is always there.
pub(crate) enum Sure {}

impl<V, E> Yield<Result<V, E>, V, E> for Plain {
    fn of(yielded: Result<V, E>) -> Result<Cached<V>, E> {
        yielded.map(Cached::new)
    }
}

impl<V, E> Yield<Result<Cached<V>, E>, V, E> for WithSettings {
    fn of(yielded: Result<Cached<V>, E>) -> Result<Cached<V>, E> {
        yielded
    }
}

impl<V, E> Yield<V, V, E> for Sure {
    fn of(yielded: V) -> Result<Cached<V>, E> {
        Ok(Cached::new(yielded))
    }
}

/// Converts the output of a future to the result of a load, with how an error is shown.
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

/// Stores the result of a future that is ready in its place, converted; an error with how it is
/// shown.
// Once for all loads of the same output; and apart, as large values would need a lot of the stack
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
