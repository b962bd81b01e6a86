//! An insertion that is stored at once, where nothing else has to do with its key.

use core::{cell::Cell, time::Duration};

use super::first_poll::{Dated, dated};
use crate::{
    cached::Cached,
    engine::Engine,
    entry::CacheEntry,
    entry_builder::ProvidedLifeSpanCacheEntryBuilder,
    error::Failure,
    flights::{Claim, Claimant, Kind},
    freshness::is_dead,
    future::contained,
    load::sweep,
    observer::Event,
    runtime::{AnyClock, KeyOf, Threading},
    sync::Arc,
    time::Instant,
};

/// The result of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It is stored, or something newer has come meanwhile.
    Done,
    /// Another operation has to do with the key, or has to come before.
    Busy,
    /// Code of the user's has panicked while it was being stored.
    Panicked,
}

/// Stores the value, with its times and if it is still current then.
pub(crate) type Store<'a> = dyn FnMut(&CacheEntry<()>, Instant, &dyn Fn() -> bool) + 'a;

/// Stores a value whose key the claimant has, with its own settings; the `key` is reported to an
/// observer.
pub(crate) fn insert_at_once<M: Threading>(
    engine: &Arc<Engine<M>>,
    hash: u64,
    claimant: &mut dyn Claimant<M>,
    (builder, own): (&ProvidedLifeSpanCacheEntryBuilder, &Cached<()>),
    (store, key): (&mut Store<'_>, &dyn Fn() -> KeyOf<M>),
) -> Inserted {
    let Some(insertion) = Insertion::begin(engine, hash, claimant) else { return Inserted::Busy };
    let Dated { times, now, kept_out, .. } = insertion.date(builder, own.clone());
    let kept = Cell::new(false);
    let current = || {
        kept.set(insertion.is_current());
        kept.get()
    };
    if !kept_out && contained(|| store(&times, now, &current)).is_err() {
        return Inserted::Panicked;
    }
    insertion.end(claimant);
    if kept.get() && !is_dead(&times, times.created) {
        let told = engine.is_observed().then(key);
        if let Some(key) = &told {
            engine.tell(|| Event::Inserted { key });
        }
    }
    Inserted::Done
}

/// An insertion that has claimed its key, as a load does. Dropped, the claim ends.
struct Insertion<'a, M: Threading> {
    engine: &'a Arc<Engine<M>>,
    claim: Claim,
    over: bool,
}

impl<'a, M: Threading> Insertion<'a, M> {
    /// Claims the key, unless another operation has to do with it, or has to be told of the
    /// insertion before it is stored.
    fn begin(
        engine: &'a Arc<Engine<M>>,
        hash: u64,
        claimant: &mut dyn Claimant<M>,
    ) -> Option<Self> {
        let sweeps = engine.sweeps.is_some();
        if !engine.asks_nothing
            || engine.failures.any()
            || engine.writes.is_some()
            || sweeps && !engine.runtime.can_bind()
        {
            return None;
        }
        // The previous entry is not handed to a load that begins after this.
        let _removing = engine.flights.removing(Some(hash));
        let claim = engine.flights.claim(hash, Kind::Insert, Instant::NEVER, claimant)?;
        Some(Self { engine, claim, over: false })
    }

    /// Sets the times of the value.
    fn date(&self, builder: &ProvidedLifeSpanCacheEntryBuilder, own: Cached<()>) -> Dated {
        let Engine { runtime, settings, dice, .. } = &**self.engine;
        let now = runtime.now();
        dated(builder, &settings.resilience, dice, own, now, Duration::ZERO)
    }

    /// Returns whether the value may still be stored, as nothing newer has come.
    fn is_current(&self) -> bool {
        self.engine.flights.is_current(&self.claim)
    }

    /// Ends the claim of a value that is stored. Callers that have come meanwhile look again, and
    /// find the value.
    fn end(mut self, claimant: &mut dyn Claimant<M>) {
        self.over = true;
        if let Some(flight) = self.engine.flights.end(&self.claim, claimant) {
            self.engine.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
        sweep(self.engine, &self.engine.runtime);
    }
}

impl<M: Threading> Drop for Insertion<'_, M> {
    fn drop(&mut self) {
        if !self.over
            && let Some(flight) = self.engine.flights.abandon(&self.claim)
        {
            self.engine.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
    }
}
