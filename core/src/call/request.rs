//! What a call goes on with when the answer is not at hand.

use core::ops::ControlFlow;

use super::attempt::Attempt;
use crate::{
    engine::Engine,
    flights::Noted,
    load::{AgainFn, First, Past, TaskFns},
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyAsk, KeyOf, Load, Threading, ValueOf},
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
    /// How many removals had ended before the look that found what there is.
    pub(super) removals: Option<Noted>,
    /// What the load is to replace; with its value if the load wants to have it.
    pub(super) old: Past<ValueOf<M>>,
    /// How tasks are made.
    pub(super) tasks: TaskFns<M>,
    /// How a registry of the user's is followed, if there is one.
    pub(super) registry: Option<RegistryFns<M>>,
    /// How a storage that waits is looked into again.
    pub(super) again: Option<AgainFn<M>>,
}

/// What an engine needs for a registry of the user's. A program without one has nothing of this in
/// it, as only a builder with a registry names it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct RegistryFns<M: Threading> {
    /// Leads or joins, and returns what there is to wait for.
    pub(crate) begin: BeginFn<M>,
    /// Starts one load in the background, unless there is one.
    pub(crate) refresh: fn(&Arc<Engine<M>>, Request<M>, KeyOf<M>, &mut dyn AnyAsk<M>),
}

type BeginFn<M> = fn(
    &Arc<Engine<M>>,
    Request<M>,
    KeyOf<M>,
    Attempt,
    &mut dyn AnyAsk<M>,
) -> ControlFlow<AnyAnswer<M>, Registered<M>>;

/// What a caller waits for if a registry of the user's knows its load.
pub(crate) type Registered<M> = <M as Threading>::Future<AnyAnswer<M>>;

impl<M: Threading> Clone for RegistryFns<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for RegistryFns<M> {}

impl<M: Threading> Request<M> {
    /// Forgets what the load is to replace if a removal may have come between the look that found it
    /// and the load, which holds its key by now.
    pub(super) fn forget_removed(&mut self, engine: &Engine<M>) {
        let disturbed = |noted| !engine.flights.is_undisturbed(self.hash, noted);
        if self.old.is_some() && self.removals.is_none_or(disturbed) {
            self.old = None;
        }
    }

    /// How the load has to look again, if a flight has ended since the call looked into a storage that
    /// waits: what that has stored may be what is wanted.
    pub(super) fn again_since(&self, engine: &Engine<M>, endings: usize) -> Option<AgainFn<M>> {
        let missed = engine.flights.endings() != endings && !planted::is(Fault::NoSecondLook);
        self.again.filter(|_| missed)
    }

    /// Makes the load, and hands it what it replaces.
    pub(super) fn load(&mut self, ask: &mut dyn AnyAsk<M>) -> Load<M> {
        let old = self.old.as_mut();
        let previous = old.and_then(|old| old.value.take().map(|value| old.with(value)));
        ask.make(previous)
    }
}
