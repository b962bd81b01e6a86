//! Answers, and the counts of calls that are answered without a load of their own.

use core::time::Duration;

use super::limited::{Limited, judge};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::{Error, Failure, Particulars, Way},
    freshness::Freshness,
    observer::Event,
    outcome::{Outcome, Source},
    runtime::{AnyAnswer, AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    time::Instant,
    types::LandedOf,
};

/// Makes the outcome of an entry, with its age if the caller wants that.
#[inline]
pub(super) fn outcome<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    value: ValueOf<M>,
    source: Source,
    created: Option<Instant>,
) -> Outcome<ValueOf<M>> {
    let age = created.map_or(Duration::ZERO, |at| engine.runtime.now().saturating_since(at));
    Outcome { value: configuration.apply(value), source, age }
}

/// Makes the answer of an entry that has been found or loaded.
#[inline(never)]
pub(super) fn answer<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    entry: CacheEntry<ValueOf<M>>,
    source: Source,
    dated: bool,
) -> AnyAnswer<M> {
    Ok(outcome(engine, configuration, entry.value, source, dated.then_some(entry.created)))
}

/// Makes the answer of a flight that has landed and is still being stored; `None` if its entry has
/// expired meanwhile, by the caller's own limits too, or the user refuses it. A caller that has
/// `joined` another flight before has been counted, and stays a joiner.
#[inline(never)]
pub(super) fn landed<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    landed: &LandedOf<M>,
    joined: bool,
    (dated, limits): (bool, &Limited),
) -> Option<AnyAnswer<M>> {
    let entry = landed.as_ref().ok().filter(|entry| engine.is_valid(key, entry))?;
    let (source, counter) = match judge(engine, limits.as_deref(), entry, engine.runtime.now()) {
        Freshness::Fresh => (Source::Hit, &engine.counters.hits),
        Freshness::Stale => (Source::Stale, &engine.counters.stale),
        Freshness::Expired | Freshness::Dead => return None,
    };
    if joined {
        return Some(answer(engine, configuration, entry.clone(), Source::Joined, dated));
    }
    counter.count();
    if source == Source::Stale {
        tell_stale(engine, key, entry);
    }
    Some(answer(engine, configuration, entry.clone(), source, dated))
}

/// Answers a leader that need not load after all.
#[inline(never)]
pub(super) fn found<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    found: LandedOf<M>,
    dated: bool,
) -> AnyAnswer<M> {
    match landed(engine, configuration, key, &found, false, (dated, &None)) {
        Some(answer) => answer,
        // Expired on the way: as good as loaded just now.
        None => {
            engine.counters.loads.count();
            arrival(engine, configuration, found, Source::Loaded, dated)
        }
    }
}

/// Answers a caller whose flight has landed.
#[inline(never)]
pub(super) fn arrival<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    landed: LandedOf<M>,
    source: Source,
    dated: bool,
) -> AnyAnswer<M> {
    match landed {
        Ok(entry) => answer(engine, configuration, entry, source, dated),
        Err(failure) => Err(failed(engine, Some(configuration), failure, source == Source::Joined)),
    }
}

/// Makes the error of a call, with the particulars of its load.
#[cold]
#[inline(never)]
pub(super) fn failed<M: Threading>(
    engine: &Engine<M>,
    configuration: Option<&M::Configuration>,
    failure: Failure<ErrorOf<M>>,
    joined: bool,
) -> Error<ErrorOf<M>> {
    let timeout = configuration.and_then(|configuration| engine.timeout(configuration));
    let of = Particulars { method: Some(engine.settings.method), timeout };
    Error::new(failure, joined, Way::UNKNOWN, of)
}

/// Reports to the observer that a call is answered with a stale entry, or a stand-in.
#[inline(never)]
pub(super) fn tell_stale<M: Threading>(
    engine: &Engine<M>,
    key: &KeyOf<M>,
    entry: &CacheEntry<ValueOf<M>>,
) {
    engine.tell(|| Event::Stale { key, entry });
}

/// Counts a call that fails without a load.
pub(crate) fn refusal<M: Threading>(
    engine: &Engine<M>,
    failure: Failure<ErrorOf<M>>,
) -> Error<ErrorOf<M>> {
    engine.counters.rejected.count();
    engine.tell(|| Event::Rejected { failure: &failure, way: Way::UNKNOWN });
    failed(engine, None, failure, false)
}
