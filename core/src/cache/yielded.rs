//! What the user's code yields, as a load yields it.

use crate::cached::Cached;

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
