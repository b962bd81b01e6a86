//! Keys that an update watches over, while it makes a new value of the stored one.

use super::{
    flight::{Beginning, Flight, Kind},
    table::Flights,
};
use crate::{
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// The flight that has the key of an update, as the update has found it.
pub(crate) struct KeySeat<M: Threading> {
    first: Arc<Flight<M>>,
    /// The newest that has landed, of its line, or else the first.
    pub(crate) newest: Arc<Flight<M>>,
    landed: bool,
    /// It is the update's own. It has no load, and a caller who needs one takes its place, as does
    /// whatever changes the key.
    pub(crate) own: bool,
}

/// The key of an update.
pub(crate) struct UpdatedKey<M: Threading> {
    pub(crate) key: KeyOf<M>,
    pub(crate) hash: u64,
    pub(crate) runtime: Arc<M::Clock>,
}

impl<M: Threading> Flights<M> {
    /// Returns who has the key: another flight, or else one of the update's own.
    pub(crate) fn seat(&self, updated: &UpdatedKey<M>) -> KeySeat<M> {
        // Made before, as it is dropped outside the lock if it is not needed.
        let own = self.updating(updated, Kind::Update);
        self.shard(updated.hash).with(|listed| match listed.find(&updated.key, updated.hash) {
            Some(first) => {
                let newest = first.newest_landed();
                let landed = newest.landing.has_landed();
                KeySeat { first, newest, landed, own: false }
            }
            None => {
                listed.insert_shared(own.clone());
                KeySeat { first: own.clone(), newest: own, landed: false, own: true }
            }
        })
    }

    /// Takes the key if nothing has come to it since the update looked, for the result that has
    /// `landed` or, until there is one, for a flight of the update's own. The flight that had it is
    /// superseded.
    pub(crate) fn take_from(
        &self,
        seat: &KeySeat<M>,
        updated: &UpdatedKey<M>,
        landed: Option<LandedOf<M>>,
    ) -> Option<Arc<Flight<M>>> {
        let kind = if landed.is_some() { Kind::Insert } else { Kind::Update };
        let flight = self.updating(updated, kind);
        if let Some(landed) = landed {
            flight.landing.land(landed);
        }
        let superseded = self.shard(updated.hash).with(|listed| {
            let present = listed.find_made(&updated.key, updated.hash);
            let unchanged = present.is_some_and(|present| {
                let newest = present.newest_landed();
                Arc::ptr_eq(&present, &seat.first)
                    && Arc::ptr_eq(&newest, &seat.newest)
                    && newest.landing.has_landed() == seat.landed
            });
            if !unchanged && !planted::is(Fault::UpdateUnfenced) {
                return None;
            }
            let superseded = listed.free(&updated.key, updated.hash);
            listed.insert_shared(flight.clone());
            Some(superseded)
        })?;
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        Some(flight)
    }

    fn updating(&self, updated: &UpdatedKey<M>, kind: Kind) -> Arc<Flight<M>> {
        let UpdatedKey { key, hash, runtime } = updated;
        let (key, hash, runtime) = (key.clone(), *hash, Some(runtime.clone()));
        let (arrival, name, deadline, drive) = (0, None, Instant::NEVER, self.drive);
        let beginning = Beginning { key, hash, arrival, name, kind, deadline, runtime, drive };
        Arc::new(Flight::new(beginning))
    }
}
