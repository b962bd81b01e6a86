//! How loads become tasks.

use super::{LoadContext, Sweeping};
use crate::runtime::{Load, Threading};

/// Makes tasks, where it is known that they are `Send` if they have to be.
pub(crate) struct TaskFns<M: Threading> {
    /// Makes the task of a load.
    pub(crate) load: fn(LoadContext<M>, Load<M>) -> M::Task,
    /// Makes a task that removes what is dead.
    pub(crate) sweeps: fn(Sweeping<M>) -> M::Task,
}

impl<M: Threading> Clone for TaskFns<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for TaskFns<M> {}
