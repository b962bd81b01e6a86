//! The state of a call that needs more than a look.

use super::limited::Limited;
use crate::{
    engine::Engine,
    flights::Noted,
    load::{AgainFn, First, Past, TaskFns},
    planted::{self, Fault},
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
    /// The call's own limits to the entries that answer it.
    pub(super) limits: Limited,
    /// The step before the load.
    pub(super) first: First<M>,
    /// The number of writes to the part of the storage in which there was nothing.
    pub(super) nothing: Option<usize>,
    /// How many removals had ended before the look that found the entry, or none.
    pub(super) removals: Option<Noted>,
    /// The entry that the load is to replace; with its value if the load takes it.
    pub(super) old: Past<ValueOf<M>>,
    /// How tasks are made.
    pub(super) tasks: TaskFns<M>,
    /// How a storage that waits is looked into again.
    pub(super) again: Option<AgainFn<M>>,
}

impl<M: Threading> Request<M> {
    /// Returns whether the caller wants to know the answer's age, and its limits.
    pub(super) const fn wants(&self) -> (bool, &Limited) {
        (self.dated, &self.limits)
    }

    /// Forgets the entry that the load is to replace if a removal may have come between the look
    /// that found it and the load, which holds its key by now.
    pub(super) fn forget_removed(&mut self, engine: &Engine<M>) {
        let disturbed = |noted| !engine.flights.is_undisturbed(self.hash, noted);
        if self.old.is_some() && self.removals.is_none_or(disturbed) {
            self.old = None;
        }
    }

    /// Returns how the load has to look again, if a flight has ended since the call looked into a
    /// storage that waits: that flight's entry may be the wanted one.
    pub(super) fn again_since(&self, engine: &Engine<M>, endings: usize) -> Option<AgainFn<M>> {
        let missed = engine.flights.endings() != endings && !planted::is(Fault::NoSecondLook);
        self.again.filter(|_| missed)
    }

    /// Makes the load, and hands it the entry that it replaces.
    pub(super) fn load(&mut self, ask: &mut dyn AnyAsk<M>) -> Load<M> {
        let old = self.old.as_mut();
        let previous = old.and_then(|old| old.value.take().map(|value| old.with(value)));
        ask.make(previous)
    }
}
