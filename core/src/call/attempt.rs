//! A caller's attempt to lead or to join, and the look before it.

use super::limited::{Limited, refuse};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    flights::Demand,
    load::AgainFn,
    reading,
    runtime::{KeyOf, Threading, ValueOf},
};

/// The demand of a caller, and its history.
pub(crate) struct Attempt {
    pub(super) demand: Demand,
    /// How many flights had ended when the caller looked into a storage that waits.
    pub(super) endings: usize,
    /// The caller has been counted, as a joiner.
    pub(super) joined: bool,
    /// How many abandoned flights it may still join.
    pub(super) left: usize,
}

/// How many abandoned flights a caller joins before it gives up. Each was dropped by its runtime.
const ATTEMPTS: usize = 16;

impl Attempt {
    pub(super) const fn new(demand: Demand, endings: usize) -> Self {
        Self { demand, endings, joined: false, left: ATTEMPTS }
    }
}

/// The result of a leader's second look, before it loads.
pub(super) enum SecondLook<M: Threading> {
    Found(CacheEntry<ValueOf<M>>),
    /// The storage has to be waited for.
    ByTheLoad(AgainFn<M>),
    /// Nothing can have been stored since the first look, or an entry was found not to be there.
    Needless,
}

pub(super) fn second_look<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    (hash, limits): (u64, &Limited),
    again: Option<AgainFn<M>>,
) -> SecondLook<M> {
    let noted = engine.flights.noted_removals_near(hash);
    // An entry that others may share comes from the current storage, which is checked after the
    // look, and has not been removed meanwhile: they may come after the removal.
    let is_valid = |entry: &CacheEntry<ValueOf<M>>| {
        configuration.is_current()
            && engine.flights.is_undisturbed(hash, noted)
            && !refuse(engine, limits, entry)
    };
    match reading::at_once(engine, configuration, key, None) {
        Some(seen) => match seen.servable().filter(is_valid) {
            Some(entry) => SecondLook::Found(entry),
            None => SecondLook::Needless,
        },
        None => again.map_or(SecondLook::Needless, SecondLook::ByTheLoad),
    }
}
