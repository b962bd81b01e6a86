//! A cache's data with its types.

use core::marker::PhantomData;

use crate::{
    configuration::{SourceObject, TypedConfiguration},
    key::{Asked, MethodName},
    runtime::Threading,
    sync::Arc,
};

/// A cache of arguments `A`, stored keys `K`, values `V` and errors `E`, to give the engine's
/// answers their types back.
pub(super) struct TypedParts<A: 'static, K: 'static, V: 'static, E, M: Threading> {
    pub(super) engine: Arc<M::EngineOwner>,
    pub(super) source: SourceObject<A, K, V, M>,
    /// The storage never changes, so flights use its hashes.
    pub(super) fixed: bool,
    pub(super) method: MethodName,
    pub(super) error: PhantomData<fn() -> E>,
}

/// Makes the key of a call's arguments.
pub(super) fn key_of<A, K, V>(
    typed: &(impl TypedConfiguration<A, K, V> + ?Sized),
    method: MethodName,
    asked: Asked<'_, A>,
) -> K {
    match asked {
        Asked::Whole(arguments) => typed.key(method, arguments),
        Asked::By(query) => typed.key(method, &query.make()),
    }
}
