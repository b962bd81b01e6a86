//! An expired entry that may stand in for its successor.

use super::{Answer, Going, answer, outcome::Source, refusal};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    entry::CacheEntry,
    observer::Event,
    parts::Parts,
    planted::{self, Fault},
    runtime::Runtime,
    time::Instant,
};

use alloc::boxed::Box;

/// What a call can be answered with if its load fails, or takes too long.
pub(super) struct StandIn<P: Parts> {
    entry: CacheEntry<P::Value>,
    key: P::Key,
    snapshot: P::Snapshot,
    dated: bool,
    /// From when on it is not an answer either.
    pub(super) until: Instant,
}

impl<P: Parts> StandIn<P> {
    /// Boxed, as most calls have none.
    pub(super) fn of<L>(
        engine: &Engine<P>,
        going: &Going<P, L>,
        key: &P::Key,
        entry: CacheEntry<P::Value>,
    ) -> Option<Box<Self>> {
        // An entry from elsewhere may have been given another window.
        let window = engine.settings.resilience.stale_if_error;
        let until = entry.retain_until.min(entry.expires_after + window);
        let late = until <= engine.runtime.now() && !planted::is(Fault::PastTheCap);
        if window.is_zero() || late {
            return None;
        }
        let (snapshot, dated, key) = (going.snapshot.clone(), going.dated, key.clone());
        Some(Box::new(Self { entry, key, snapshot, dated, until }))
    }

    /// The entry without its value.
    pub(super) fn times(&self) -> CacheEntry<Option<P::Value>> {
        self.entry.with(None)
    }

    /// The answer, unless it is too late.
    pub(super) fn answer(self, engine: &Engine<P>) -> Option<Answer<P>> {
        let late = self.until != Instant::NEVER && self.until <= engine.runtime.now();
        if late && !planted::is(Fault::PastTheCap) {
            return None;
        }
        Some(self.take(engine))
    }

    /// The answer of somebody who has just seen that it is not too late.
    pub(super) fn take(self, engine: &Engine<P>) -> Answer<P> {
        let Self { entry, key, snapshot, dated, .. } = self;
        engine.tell(|| Event::Stale { key: &key, entry: &entry });
        let configuration = engine.source.current(&snapshot);
        answer(engine, configuration, entry, Source::Stale, dated)
    }
}

/// What a call is answered with whose load has ended so.
#[cold]
pub(super) fn stood_in<P: Parts>(
    engine: &Engine<P>,
    answer: Answer<P>,
    stand_in: Option<Box<StandIn<P>>>,
) -> Answer<P> {
    match (answer, stand_in) {
        (Err(error), Some(stand_in)) if engine.stands_in(error.failure()) => {
            stand_in.answer(engine).unwrap_or(Err(error))
        }
        (answer, _) => answer,
    }
}

/// Answers by what is known of an earlier failure, if that is to be the answer: with an error that is
/// kept, or with something old until it is time to try again.
#[cold]
pub(super) fn remembered<P: Parts>(
    engine: &Engine<P>,
    key: &P::Key,
    hash: u64,
    stand_in: &mut Option<Box<StandIn<P>>>,
) -> Option<Answer<P>> {
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
