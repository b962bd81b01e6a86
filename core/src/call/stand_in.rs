//! An expired entry that may stand in for its successor.

use core::time::Duration;

use super::{
    answer::{answer, refusal, tell_stale},
    request::Request,
};
use crate::{
    engine::Engine,
    entry::CacheEntry,
    limits::window_of,
    outcome::Source,
    planted::{self, Fault},
    resilience::Resilience,
    runtime::{AnyAnswer, AnyClock, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// An entry that can answer a call if its load fails, or takes too long.
pub(crate) struct StandIn<M: Threading> {
    entry: CacheEntry<ValueOf<M>>,
    key: KeyOf<M>,
    snapshot: Arc<M::Configuration>,
    dated: bool,
    /// The end of its window: from then on it is no answer either.
    pub(super) until: Instant,
    /// How long the caller waits before it takes the entry.
    pub(super) soft_timeout: Option<Duration>,
}

impl<M: Threading> StandIn<M> {
    /// Boxed, as most calls have none.
    pub(super) fn of(
        engine: &Engine<M>,
        request: &Request<M>,
        key: &KeyOf<M>,
        entry: CacheEntry<ValueOf<M>>,
    ) -> Option<Box<Self>> {
        let Resilience { stale_if_error, soft_timeout, .. } = engine.settings.resilience;
        // A call's own limits may make it wait though an entry is only stale.
        if stale_if_error.is_zero() && request.limits.is_none() {
            return None;
        }
        let (mut until, mut soft_timeout) = (window_of(&entry, stale_if_error), soft_timeout);
        if let Some(limits) = &request.limits {
            limits.bound(entry.created, &mut until, &mut soft_timeout);
        }
        if until <= engine.runtime.now() && !planted::is(Fault::PastTheCap) {
            return None;
        }
        let (snapshot, dated, key) = (request.snapshot.clone(), request.dated, key.clone());
        Some(Box::new(Self { entry, key, snapshot, dated, until, soft_timeout }))
    }

    /// Returns the entry without its value.
    pub(super) fn times(&self) -> CacheEntry<Option<ValueOf<M>>> {
        self.entry.with(None)
    }

    /// Returns the answer, unless it is too late.
    pub(super) fn answer(self, engine: &Engine<M>) -> Option<AnyAnswer<M>> {
        let late = self.until != Instant::NEVER && self.until <= engine.runtime.now();
        if late && !planted::is(Fault::PastTheCap) {
            return None;
        }
        Some(self.take(engine))
    }

    /// Returns the answer of a caller that has just seen that it is not too late.
    pub(super) fn take(self, engine: &Engine<M>) -> AnyAnswer<M> {
        let Self { entry, key, snapshot, dated, .. } = self;
        tell_stale(engine, &key, &entry);
        answer(engine, &snapshot, entry, Source::Stale, dated)
    }
}

/// Chooses the answer once the load has ended: its result, or the expired entry if it failed.
#[cold]
pub(super) fn stood_in<M: Threading>(
    engine: &Engine<M>,
    answer: AnyAnswer<M>,
    stand_in: Option<Box<StandIn<M>>>,
) -> AnyAnswer<M> {
    match (answer, stand_in) {
        (Err(error), Some(stand_in)) if engine.stands_in(error.failure()) => {
            stand_in.answer(engine).unwrap_or(Err(error))
        }
        (answer, _) => answer,
    }
}

/// Answers by the note of an earlier failure, if that is to be the answer: with a kept error, or
/// with an old entry until it is time to try again.
#[cold]
pub(super) fn remembered<M: Threading>(
    engine: &Engine<M>,
    key: &KeyOf<M>,
    hash: u64,
    stand_in: &mut Option<Box<StandIn<M>>>,
) -> Option<AnyAnswer<M>> {
    let remembered = engine.failures.recall(key, hash, engine.runtime.now())?;
    let has_better = remembered.stands_in && stand_in.is_some();
    if let Some(failure) = remembered.error.filter(|_| !has_better) {
        engine.counters.cached_errors.count();
        return Some(Err(refusal(engine, failure)));
    }
    if !remembered.paused || !remembered.stands_in {
        return None;
    }
    let answer = stand_in.take()?.answer(engine)?;
    engine.counters.stale.count();
    Some(answer)
}
