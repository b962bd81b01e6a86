//! A call's own limits, applied to an entry that was found.

use crate::{
    engine::Engine,
    entry::CacheEntry,
    freshness::Freshness,
    limits::Limits,
    runtime::{AnyClock, Threading, ValueOf},
    time::Instant,
};

use alloc::boxed::Box;

/// The limits of a call. Boxed, as most calls set none.
pub(crate) type Limited = Option<Box<Limits>>;

/// Judges an entry by its age, for a call with these limits.
#[inline(never)]
pub(crate) fn judge<M: Threading>(
    engine: &Engine<M>,
    limits: Option<&Limits>,
    entry: &CacheEntry<ValueOf<M>>,
    now: Instant,
) -> Freshness {
    match limits {
        None => Freshness::of(entry, now),
        Some(limits) => {
            limits.judge(&entry.with(()), engine.settings.resilience.stale_if_error, now)
        }
    }
}

/// Returns whether an entry that answers other calls is no answer to one with these limits.
#[inline(never)]
pub(crate) fn refuse<M: Threading>(
    engine: &Engine<M>,
    limits: &Limited,
    entry: &CacheEntry<ValueOf<M>>,
) -> bool {
    limits.is_some() && !judge(engine, limits.as_deref(), entry, engine.runtime.now()).answers()
}
