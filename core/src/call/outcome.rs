//! What a call brings, and where it came from.

use core::time::Duration;

use super::Answer;
use crate::{
    configuration::CacheConfiguration, engine::Engine, entry::CacheEntry, freshness::Freshness,
    parts::Parts, postprocessing::Postprocessing, runtime::Runtime, statuses::Landed,
    time::Instant,
};

/// A value with where it came from and how old it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome<V> {
    /// The value, postprocessed.
    pub value: V,
    /// Where it came from.
    pub source: Source,
    /// How long ago its load had ended.
    pub age: Duration,
}

/// Where the value of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A fresh entry.
    Hit,
    /// An entry that is no longer fresh. It is stale, and a refresh is under way in the background
    /// or has failed a short while ago; or it has expired and stands in for a load that has failed or
    /// takes too long.
    Stale,
    /// A load that this call started.
    Loaded,
    /// A load that another call had started.
    Joined,
}

/// What the caller wants to have of an outcome.
pub(crate) trait Form<V> {
    type Answer;

    /// Whether the age has to be right.
    const DATED: bool;

    fn of(outcome: Outcome<V>) -> Self::Answer;
}

/// The value alone.
pub(crate) enum Value {}

impl<V> Form<V> for Value {
    type Answer = V;
    const DATED: bool = false;

    #[inline]
    fn of(outcome: Outcome<V>) -> V {
        outcome.value
    }
}

/// All of it.
pub(crate) enum Full {}

impl<V> Form<V> for Full {
    type Answer = Outcome<V>;
    const DATED: bool = true;

    #[inline]
    fn of(outcome: Outcome<V>) -> Outcome<V> {
        outcome
    }
}

/// The answer of an entry; its age is reckoned if the caller wants to know.
#[inline]
pub(super) fn outcome<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    value: P::Value,
    source: Source,
    created: Option<Instant>,
) -> Outcome<P::Value> {
    let age = created.map_or(Duration::ZERO, |at| engine.runtime.now().saturating_since(at));
    Outcome { value: configuration.postprocessing().apply(value), source, age }
}

/// The answer of an entry that has been found or loaded.
pub(super) fn answer<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    entry: CacheEntry<P::Value>,
    source: Source,
    dated: bool,
) -> Answer<P> {
    Ok(outcome(engine, configuration, entry.value, source, dated.then_some(entry.created)))
}

/// The answer of a flight that has landed and is still being stored; `None` if its entry has
/// expired meanwhile. Who has `joined` another flight before has been counted, and stays a joiner.
pub(super) fn landed<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    landed: &Landed<P::Value, P::Error>,
    joined: bool,
    dated: bool,
) -> Option<Answer<P>> {
    let entry = landed.as_ref().ok()?;
    let (source, counter) = match Freshness::of(entry, engine.runtime.now()) {
        Freshness::Fresh => (Source::Hit, &engine.counters.hits),
        Freshness::Stale => (Source::Stale, &engine.counters.stale),
        Freshness::Expired | Freshness::Dead => return None,
    };
    if joined {
        return Some(answer(engine, configuration, entry.clone(), Source::Joined, dated));
    }
    counter.count();
    Some(answer(engine, configuration, entry.clone(), source, dated))
}
