//! Calls inside a future of their own, where the compiler replaces each lifetime by a new one.
//!
//! So the form of the arguments is named here, and not found by a trait of the parameter.

use evermemo_core::{Borrowed, ByReference, Call, Carried, InHand, LoadOf, Own};

use crate::{Lookup, MultiThreaded, Runtime};

use core::hash::Hash;

/// A function's call, by arguments that are passed by value.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn called<A, V, E, R, X>(
    cache: &evermemo_core::Cache<A, V, E, R>,
    key: Own<A>,
    with: X,
    load: fn(X, A) -> LoadOf<V, E, MultiThreaded>,
) -> Call<'_, A, V, E, R, InHand, Carried<X, A, V, E, MultiThreaded>>
where
    A: Hash + Eq + Clone,
    V: Clone,
    R: Runtime,
{
    cache.ask(key).load(with, load)
}

/// A function's call, by arguments some of which are references.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn called_by<A, V, E, R, Q, X>(
    cache: &evermemo_core::Cache<A, V, E, R>,
    key: Borrowed<Q>,
    with: X,
    load: fn(X, A) -> LoadOf<V, E, MultiThreaded>,
) -> Call<'_, A, V, E, R, ByReference<Q>, Carried<X, A, V, E, MultiThreaded>>
where
    A: Hash + Eq + Clone,
    V: Clone,
    R: Runtime,
    Q: Lookup<A>,
{
    cache.ask(key).load(with, load)
}

/// A function's invalidation, by arguments that are passed by value. A failure of the storage is
/// counted, and not returned.
pub async fn invalidated<A, V, E, R>(cache: &evermemo_core::Cache<A, V, E, R>, key: Own<A>)
where
    R: Runtime,
{
    cache.invalidate(&key.0).await;
}

/// A function's invalidation, by arguments some of which are references.
pub async fn invalidated_by<A, V, E, R, Q>(
    cache: &evermemo_core::Cache<A, V, E, R>,
    key: Borrowed<Q>,
) where
    R: Runtime,
    Q: Lookup<A>,
{
    invalidated(cache, Own(key.0.to_key())).await;
}
