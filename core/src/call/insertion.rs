//! A value from outside a call, where it is stored at once and nothing has to do with its key.

use core::time::Duration;

use super::first_poll::{Dated, dated};
use crate::{
    cached::Cached,
    engine::Engine,
    entry_builder::ProvidedLifeSpanCacheEntryBuilder,
    error::Failure,
    flights::{Claim, Claimant, Kind},
    load::{Sweeping, sweep},
    observer::Event,
    runtime::{AnyClock, KeyOf, Threading},
    sync::Arc,
    time::Instant,
};

/// An insertion that has claimed its key, as a load does. Dropped, the claim ends.
pub(crate) struct Insertion<'a, M: Threading> {
    engine: &'a Arc<Engine<M>>,
    claim: Claim,
    over: bool,
}

impl<'a, M: Threading> Insertion<'a, M> {
    /// Claims the key, unless something has to do with it, or has to hear of the insertion before it is
    /// stored.
    pub(crate) fn begin(
        engine: &'a Arc<Engine<M>>,
        hash: u64,
        claimant: &mut dyn Claimant<M>,
    ) -> Option<Self> {
        let sweeps = !engine.settings.resilience.sweep_every.is_zero();
        if !engine.asks_nothing
            || engine.failures.any()
            || engine.writes.is_some()
            || sweeps && !engine.runtime.can_bind()
        {
            return None;
        }
        // What was there before is not handed to a load that begins after this.
        let _removing = engine.flights.removing(Some(hash));
        let claim = engine.flights.claim(hash, Kind::Insert, Instant::NEVER, claimant)?;
        Some(Self { engine, claim, over: false })
    }

    /// Dates the value.
    pub(crate) fn date(&self, builder: &ProvidedLifeSpanCacheEntryBuilder) -> Dated {
        let Engine { runtime, settings, dice, .. } = &**self.engine;
        let (own, now) = (Cached::new(()), runtime.now());
        dated(builder, &settings.resilience, dice, own, now, Duration::ZERO)
    }

    /// Returns whether the value may still be stored: nothing newer has come.
    pub(crate) fn is_current(&self) -> bool {
        self.engine.flights.is_current(&self.claim)
    }

    /// Ends the claim of a value that is stored, and tells the observer of its key if it is given. Those
    /// who have come meanwhile look again, and find the value.
    pub(crate) fn end(
        mut self,
        claimant: &mut dyn Claimant<M>,
        told: Option<&KeyOf<M>>,
        sweeps: fn(Sweeping<M>) -> M::Task,
    ) {
        self.over = true;
        if let Some(flight) = self.engine.flights.end(&self.claim, claimant) {
            self.engine.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
        sweep(self.engine, &self.engine.runtime, sweeps);
        if let Some(key) = told {
            self.engine.tell(|| Event::Inserted { key });
        }
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
