//! What a call goes on with when the answer is not at hand.

use crate::{
    load::{First, Past, TaskFns},
    runtime::{AnyAsk, Load, Threading, ValueOf},
    sync::Arc,
};

/// A call that needs more than a look.
pub(crate) struct Request<M: Threading> {
    /// The configuration that the call began with.
    pub(super) snapshot: Arc<M::Configuration>,
    pub(super) hash: u64,
    /// Whether the storage answers only after a wait.
    pub(super) waits: bool,
    /// Whether the caller wants to know the age of the answer.
    pub(super) dated: bool,
    /// What has to come before the load.
    pub(super) first: First<M>,
    /// How often that part of the storage had been written in which there was nothing.
    pub(super) nothing: Option<usize>,
    /// What the load is to replace; with its value if the load wants to have it.
    pub(super) old: Past<ValueOf<M>>,
    /// Another load waits for this call.
    pub(super) nested: bool,
    /// How tasks are made.
    pub(super) tasks: TaskFns<M>,
}

impl<M: Threading> Request<M> {
    /// Makes the load, and hands it what it replaces.
    pub(super) fn load(&mut self, ask: &mut dyn AnyAsk<M>) -> Load<M> {
        let old = self.old.as_mut();
        let previous = old.and_then(|old| old.value.take().map(|value| old.with(value)));
        ask.make(previous)
    }
}
