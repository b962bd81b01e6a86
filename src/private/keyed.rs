//! A cache whose keys an expression makes.

use super::{Choices, KeyArgument, Of};
use crate::{Cache, Runtime};

use core::fmt;

/// The cache of a choice of type parameters, whose keys have a type without a name.
pub trait KeyedCache {
    /// The type of the expression.
    type Key: KeyArgument;
    /// The type of the cached values.
    type Value: 'static;
    /// The error of a load.
    type Error: 'static;
    /// The runtime of its loads.
    type Runtime: Runtime;

    /// Returns the cache.
    fn cache(&self) -> &'static Cache<Self::Key, Self::Value, Self::Error, Self::Runtime>;
}

/// The expression, as a function of the arguments that it reads.
///
/// It is a trait of its own since these arguments may be borrowed for any lifetime: a function that
/// returned it for one lifetime would have a key that lasts as long.
pub trait MakesKeys<Q>: KeyedCache {
    /// Makes a key.
    fn key(&self, looked_at: Q) -> Self::Key;
}

/// A cache and the expression, as a closure.
pub struct ByExpression<F, A: 'static, V: 'static, E: 'static, R: Runtime> {
    cache: &'static Cache<A, V, E, R>,
    expression: F,
}

/// Finds the cache of a choice of type parameters whose keys `expression` makes.
pub fn keyed<Q, A, V, E, R, F, M>(
    caches: &'static Choices,
    expression: F,
    make: M,
) -> ByExpression<F, A, V, E, R>
where
    F: Fn(Q) -> A,
    A: KeyArgument,
    R: Runtime,
    Cache<A, V, E, R>: Send + Sync,
    M: FnOnce(Of<A, V, E>) -> Cache<A, V, E, R> + 'static,
{
    ByExpression { cache: caches.of(|| make(Of::default())), expression }
}

impl<F, A: KeyArgument, V, E, R: Runtime> KeyedCache for ByExpression<F, A, V, E, R> {
    type Key = A;
    type Value = V;
    type Error = E;
    type Runtime = R;

    fn cache(&self) -> &'static Cache<A, V, E, R> {
        self.cache
    }
}

impl<Q, F, A, V, E, R> MakesKeys<Q> for ByExpression<F, A, V, E, R>
where
    F: Fn(Q) -> A,
    A: KeyArgument,
    R: Runtime,
{
    fn key(&self, looked_at: Q) -> A {
        (self.expression)(looked_at)
    }
}

impl<F, A, V, E, R: Runtime> fmt::Debug for ByExpression<F, A, V, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByExpression").finish_non_exhaustive()
    }
}
