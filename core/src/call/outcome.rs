//! What a call brings, and where it came from.

use core::time::Duration;

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
    /// A stale entry; a refresh is under way in the background.
    Stale,
    /// A load that this call started.
    Loaded,
    /// A load that another call had started.
    Joined,
}

#[inline]
pub(super) fn answer<C, A, V>(
    configuration: &C,
    entry: CacheEntry<V>,
    source: Source,
    now: Instant,
) -> Outcome<V>
where
    C: CacheConfiguration<A, V>,
{
    let age = entry.age(now);
    Outcome { value: configuration.postprocessing().apply(entry.value), source, age }
}

/// The answer of a flight that has landed and is still being stored; `None` if its entry has
/// expired meanwhile.
pub(super) fn landed<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    landed: &Landed<P::Value, P::Error>,
) -> Option<Outcome<P::Value>> {
    let entry = landed.as_ref().ok()?;
    let now = engine.runtime.now();
    let (source, counter) = match Freshness::of(entry, now) {
        Freshness::Fresh => (Source::Hit, &engine.counters.hits),
        Freshness::Stale => (Source::Stale, &engine.counters.stale),
        Freshness::Expired => return None,
    };
    counter.count();
    Some(answer(configuration, entry.clone(), source, now))
}
