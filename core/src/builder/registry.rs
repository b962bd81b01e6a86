//! The registry of updates in a builder, before it knows keys, values and errors.

use core::{fmt, marker::PhantomData, time::Duration};

use crate::{
    defaults::LOCK_TIMEOUT,
    engine::Registry,
    runtime::{
        AnyEngine, Kept, MultiThreaded, Portable, RegistryFnsOf, Sent, SingleThreaded, Threading,
    },
    statuses::{Hidden, UpdateStatuses},
    sync::Arc,
};

/// The engine's own flights, which hold a key for at most 5 minutes where the method has no
/// timeout.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct BuiltIn;

/// A registry of the user's.
#[derive(Clone, Copy)]
pub struct Statuses<U>(pub(super) U);

impl<U> fmt::Debug for Statuses<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Statuses")
    }
}

/// Becomes the registry of keys `K`, values `V` and errors `E`, in a family of objects.
#[doc(hidden)]
pub trait RegistryChoice<K, V, E, M: Threading, S> {
    fn make(self) -> RegistryObject<M>;

    /// Returns the engine's functions for it, if it is not the engine's own.
    fn fns() -> Option<RegistryFnsOf<M>>;
}

/// A registry as an object, or the lock timeout of the engine's own.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum RegistryObject<M: Threading> {
    BuiltIn(Option<Duration>),
    Own(Arc<M::Registry>),
}

impl<M: Threading> From<RegistryObject<M>> for Registry<M> {
    fn from(object: RegistryObject<M>) -> Self {
        match object {
            RegistryObject::BuiltIn(lock_timeout) => Self::BuiltIn { lock_timeout },
            RegistryObject::Own(registry) => Self::Own(registry),
        }
    }
}

impl<K, V, E, M: Threading, S> RegistryChoice<K, V, E, M, S> for BuiltIn {
    fn make(self) -> RegistryObject<M> {
        RegistryObject::BuiltIn(Some(LOCK_TIMEOUT))
    }

    fn fns() -> Option<RegistryFnsOf<M>> {
        None
    }
}

/// A registry whose type is hidden where it may move between threads.
struct StatusesOf<K, V, E, U>(PhantomData<fn() -> (K, V, E, U)>);

impl<K, V, E, U> Portable for StatusesOf<K, V, E, U>
where
    K: Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
    U: UpdateStatuses<K, V, E, Ticket: Send + Sync, Wait: Send> + Send + Sync,
{
    type Of<M: Threading> = U;
    type Made<M: Threading> = Arc<M::Registry>;

    fn sent(statuses: U) -> Self::Made<MultiThreaded> {
        Arc::new(Hidden::<K, V, E, U>::new(statuses))
    }

    fn kept(statuses: U) -> Self::Made<SingleThreaded> {
        Arc::new(Hidden::<K, V, E, U>::new(statuses))
    }
}

impl<K, V, E, M, U> RegistryChoice<K, V, E, M, Sent> for Statuses<U>
where
    K: Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
    M: Threading,
    U: UpdateStatuses<K, V, E, Ticket: Send + Sync, Wait: Send> + Send + Sync,
{
    fn make(self) -> RegistryObject<M> {
        match U::BUILT_IN {
            true => RegistryObject::BuiltIn(self.0.lock_timeout()),
            false => RegistryObject::Own(M::erase::<StatusesOf<K, V, E, U>>(self.0)),
        }
    }

    fn fns() -> Option<RegistryFnsOf<M>> {
        (!U::BUILT_IN).then(M::Engine::registry_fns)
    }
}

impl<K, V, E, U> RegistryChoice<K, V, E, SingleThreaded, Kept> for Statuses<U>
where
    K: 'static,
    V: Clone + 'static,
    E: 'static,
    U: UpdateStatuses<K, V, E>,
{
    fn make(self) -> RegistryObject<SingleThreaded> {
        match U::BUILT_IN {
            true => RegistryObject::BuiltIn(self.0.lock_timeout()),
            false => {
                let own: Arc<<SingleThreaded as Threading>::Registry> =
                    Arc::new(Hidden::<K, V, E, U>::new(self.0));
                RegistryObject::Own(own)
            }
        }
    }

    fn fns() -> Option<RegistryFnsOf<SingleThreaded>> {
        (!U::BUILT_IN).then(<SingleThreaded as Threading>::Engine::registry_fns)
    }
}
