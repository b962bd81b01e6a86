//! Short names of the engine's types.

use crate::{
    runtime::{ErrorOf, Threading, ValueOf},
    statuses::Landed,
};

/// The result of a load.
pub(crate) type LandedOf<M> = Landed<ValueOf<M>, ErrorOf<M>>;

/// An owned future.
pub(crate) type FutureOf<M, T> = <M as Threading>::Future<T>;
