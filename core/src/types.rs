//! What the engine's types are called where it is written down.

use crate::{
    runtime::{ErrorOf, Threading, ValueOf},
    statuses::Landed,
};

/// What a load comes to.
pub(crate) type LandedOf<M> = Landed<ValueOf<M>, ErrorOf<M>>;

/// An owned future.
pub(crate) type FutureOf<M, T> = <M as Threading>::Future<T>;
