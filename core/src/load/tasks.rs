//! How loads become tasks.

use super::LoadContext;
use crate::{
    engine::Tickets,
    runtime::{Load, Threading},
};

/// Makes tasks, where it is known that they are `Send` if they have to be.
pub(crate) struct TaskFns<M: Threading> {
    /// Makes the task of a load.
    pub(crate) load: fn(LoadContext<M>, Load<M>) -> M::Task,
}

impl<M: Threading> Clone for TaskFns<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for TaskFns<M> {}

/// The engine's functions for a registry of the user's. A program without one contains none of
/// this, as only a builder with a registry refers to it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct RegistryFns<M: Threading> {
    /// Makes the task of a load that asks the registry first.
    pub(crate) load: fn(LoadContext<M>, Load<M>) -> M::Task,
    /// How its tickets are handled.
    pub(crate) tickets: Tickets<M>,
}
