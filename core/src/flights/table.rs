//! The table of flights.

use core::{
    hash::{BuildHasher, Hash},
    time::Duration,
};

use super::{
    boarding::{Boarding, Demand},
    claim::{Claimant, ClaimedKeys},
    flight::{Beginning, Flight, Kind},
    listing::{Listed, join},
    queue,
    removals::{Noted, Removals},
};
use crate::{
    hasher::KeyHasher,
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering, cores},
    time::Instant,
    types::LandedOf,
};

use alloc::{boxed::Box, vec::Vec};

/// The flights in progress, by key. Used on a miss, never on a hit in memory.
///
/// A superseded flight is no longer here: each key has at most one flight, and that one is current.
pub(crate) struct Flights<M: Threading> {
    shards: Box<[FlightShard<M>]>,
    hasher: KeyHasher,
    /// Counts endings, so that a slow look-up can tell that it may have missed one.
    endings: AtomicUsize,
    removals: Removals,
    /// No load begins any more. Read under the lock of the key's shard by what claims a key there.
    closed: AtomicBool,
    /// How long a load may look into the storage before its own time begins, if look-ups may be
    /// slow; endings are counted then.
    look: Option<Duration>,
    /// Makes the task that drives a flight's load.
    pub(crate) drive: fn(Arc<Flight<M>>) -> M::Task,
}

/// On a cache line of its own: neighbours are used by other threads.
#[repr(align(64))]
pub(super) struct FlightShard<M: Threading> {
    listed: Mutex<Listed<M>>,
    /// How many claims others have met, so that reading it takes no lock.
    pub(super) met: AtomicUsize,
    /// How many flights there are, of loads that wait or have been waited for.
    flying: AtomicUsize,
    removals: Removals,
}

/// A removal that is under way.
#[must_use = "the removal ends when this is dropped"]
pub(crate) struct Removing<'a, M: Threading> {
    flights: &'a Flights<M>,
    /// That of the key, unless all keys are removed.
    hash: Option<u64>,
}

/// The table's decision on the flight that a caller finds.
enum Verdict<M: Threading> {
    Join,
    Board(Boarding<M>),
    /// The caller's flight is the one after this, that began after this arrival.
    Queue(Arc<Flight<M>>, usize),
    /// It is outdated, and a new one takes its place.
    Replace,
}

/// So many for each core, that two misses seldom meet, and a maximum.
const SHARDS_PER_CORE: usize = 4;
const MOST_SHARDS: usize = if cfg!(feature = "std") { 16 } else { 1 };

impl<M: Threading> Flights<M> {
    /// Makes an empty table, for a cache whose look-ups may take `look`.
    pub(crate) fn new(
        look: Option<Duration>,
        drive: fn(Arc<Flight<M>>) -> M::Task,
        keys: ClaimedKeys<M>,
    ) -> Self {
        let shard = || FlightShard {
            listed: Mutex::new(Listed::new(drive, keys)),
            met: AtomicUsize::new(0),
            flying: AtomicUsize::new(0),
            removals: Removals::default(),
        };
        Self {
            shards: (0..MOST_SHARDS.min(SHARDS_PER_CORE * cores())).map(|_| shard()).collect(),
            hasher: KeyHasher::default(),
            endings: AtomicUsize::new(0),
            removals: Removals::default(),
            closed: AtomicBool::new(false),
            look,
            drive,
        }
    }

    /// Returns whether no load begins any more.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        // Without `std` none is closed, and nothing of this is left.
        cfg!(feature = "std")
            && self.closed.load(Ordering::Acquire)
            && !planted::is(Fault::LoadsAfterClose)
    }

    /// Returns the hash of a key whose storage shares none.
    pub(crate) fn hash_one(&self, key: &impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Returns the demand for a flight that begins after now.
    pub(crate) fn after_now(&self, hash: u64) -> Demand {
        Demand::After(self.shard(hash).with(Listed::next_arrival))
    }

    /// Not counted for a storage whose look-ups are never slow.
    pub(crate) fn endings(&self) -> usize {
        self.endings.load(Ordering::Acquire)
    }

    /// Begins a removal of a key, or of all, before its other steps. It ends when the returned
    /// value is dropped: a caller that comes after that must not get the previous entry.
    pub(crate) fn removing(&self, hash: Option<u64>) -> Removing<'_, M> {
        self.each_removals(hash, Removals::begin);
        Removing { flights: self, hash }
    }

    fn each_removals(&self, hash: Option<u64>, each: fn(&Removals)) {
        match hash {
            Some(hash) => each(&self.shard(hash).removals),
            None => self.shards.iter().for_each(|shard| each(&shard.removals)),
        }
        each(&self.removals);
    }

    /// Notes how many removals have ended, before a look by a key whose hash is not known.
    #[inline]
    pub(crate) fn noted_removals(&self) -> usize {
        self.removals.ended()
    }

    /// Notes how many removals have ended near a key, before a look.
    pub(crate) fn noted_removals_near(&self, hash: u64) -> Noted {
        Noted::Near(self.shard(hash).removals.ended())
    }

    /// Returns whether the result of a look after the note may be handed on: no removal was under
    /// way then, and none has begun since.
    pub(crate) fn is_undisturbed(&self, hash: u64, noted: Noted) -> bool {
        match noted {
            _ if planted::is(Fault::OldHandedOn) => true,
            Noted::All(ended) => self.removals.begun() == ended,
            Noted::Near(ended) => self.shard(hash).removals.begun() == ended,
        }
    }

    /// Leads or joins the flight of `key`, in one step. A leader leaves the key to the flight.
    ///
    /// A flight past its deadline has a driver that is not polled: it is superseded. Leaders and
    /// joiners are counted among the flight's callers. No caller leads without a `runtime`.
    pub(crate) fn board(
        &self,
        key: &mut Option<KeyOf<M>>,
        hash: u64,
        demand: Demand,
        (now, deadline): (Instant, Instant),
        mut runtime: Option<Arc<M::Clock>>,
    ) -> Boarding<M> {
        let (mut superseded, drive) = (None, self.drive);
        let boarding = self.shard(hash).with(|listed| {
            let found = key.as_ref().and_then(|key| listed.find(key, hash));
            if let Some(flight) = found {
                match self.verdict(&flight, demand, now) {
                    Verdict::Join => return join(flight),
                    Verdict::Board(boarding) => return boarding,
                    Verdict::Queue(..) | Verdict::Replace if self.is_closed() => {
                        return Boarding::Closed;
                    }
                    Verdict::Queue(first, arrival) => {
                        let mut begin = |arrival, kind| {
                            let (runtime, key, name) = (Some(runtime.take()?), key.take()?, None);
                            Some(Beginning {
                                key,
                                hash,
                                arrival,
                                name,
                                kind,
                                deadline,
                                runtime,
                                drive,
                            })
                        };
                        let overdue = |flight: &Flight<M>| self.is_overdue(flight, now);
                        let as_of = (now, &overdue as &dyn Fn(&Flight<M>) -> bool);
                        let (boarding, gone) =
                            queue::queue(listed, &first, arrival, as_of, &mut begin);
                        gone.iter().for_each(|gone| listed.superseded.add(gone));
                        superseded = gone;
                        return boarding;
                    }
                    Verdict::Replace if runtime.is_none() => return Boarding::NoRuntime,
                    Verdict::Replace => superseded = listed.supersede(&flight),
                }
            } else if self.is_closed() {
                return Boarding::Closed;
            }
            let kind = match demand {
                Demand::Value => Kind::Ordinary,
                Demand::After(_) => Kind::Forced,
                Demand::Refresh => Kind::Refresh,
            };
            if runtime.is_none() {
                return Boarding::NoRuntime;
            }
            let Some(key) = key.take() else { unreachable!("a caller brings a key") };
            let (arrival, name, runtime) = (listed.next_arrival(), None, runtime.take());
            let beginning = Beginning { key, hash, arrival, name, kind, deadline, runtime, drive };
            Boarding::Lead(listed.insert_flight(Flight::new(beginning)))
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
            if !superseded.is_update()
                && let Boarding::Lead(flight) = &boarding
            {
                flight.supplant();
            }
        }
        boarding
    }

    /// Joins a flight of the claimant's key, if one is there for its value to be waited for.
    pub(crate) fn join(
        &self,
        hash: u64,
        claimant: &dyn Claimant<M>,
        now: Instant,
    ) -> Option<Arc<Flight<M>>> {
        self.shard(hash).with_claims(|listed| {
            let flight = listed.find_of(claimant, hash)?;
            match self.verdict(flight, Demand::Value, now) {
                Verdict::Join => {
                    flight.callers.fetch_add(1, Ordering::Relaxed);
                    Some(flight.clone())
                }
                _ => None,
            }
        })
    }

    /// Lets a flight begin that has waited for another; `false` if no caller waits for it any more,
    /// or no load begins any more.
    pub(crate) fn begin_waiting(&self, flight: &Arc<Flight<M>>, now: Instant) -> bool {
        let in_time = !self.is_overdue(flight, now);
        let (begins, superseded) =
            self.shard(flight.hash).with(|listed| queue::begin(listed, flight, in_time));
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        begins && !self.is_closed()
    }

    fn verdict(&self, flight: &Arc<Flight<M>>, demand: Demand, now: Instant) -> Verdict<M> {
        // An update waits for its caller, who may not be polled, and begins anew.
        let overdue =
            flight.is_update() || self.is_overdue(flight, now) && !planted::is(Fault::OverdueStays);
        if flight.landing.has_landed() {
            let newest = flight.newest_landed();
            return match (demand, newest.landing.landed()) {
                (Demand::Value, Some(landed)) => {
                    Verdict::Board(Boarding::Landed(landed, newest.arrival.wrapping_add(1)))
                }
                (Demand::After(arrival), _) => Verdict::Queue(newest, arrival),
                _ => Verdict::Board(Boarding::Busy),
            };
        }
        if demand == Demand::Refresh && (!overdue || planted::is(Fault::HungRefreshStays)) {
            return Verdict::Board(Boarding::Busy);
        }
        if flight.is_polled_here() {
            return Verdict::Board(Boarding::Recursive);
        }
        if overdue {
            return Verdict::Replace;
        }
        match demand {
            Demand::After(arrival) if !flight.begins_after(arrival) => match flight.kind {
                Kind::Forced => Verdict::Queue(flight.clone(), arrival),
                _ => Verdict::Replace,
            },
            _ => Verdict::Join,
        }
    }

    fn is_overdue(&self, flight: &Flight<M>, now: Instant) -> bool {
        flight.deadline + self.look.unwrap_or_default() <= now
    }

    /// Puts a flight that has landed already into the table, in place of the present one.
    pub(crate) fn land_at_once(
        &self,
        key: KeyOf<M>,
        hash: u64,
        landed: LandedOf<M>,
        runtime: Arc<M::Clock>,
    ) -> Arc<Flight<M>> {
        let (name, runtime) = (None, Some(runtime));
        let (arrival, kind, deadline, drive) = (0, Kind::Insert, Instant::NEVER, self.drive);
        let beginning = Beginning { key, hash, arrival, name, kind, deadline, runtime, drive };
        let flight = Flight::new(beginning);
        flight.landing.land(landed);
        let (flight, superseded) = self.shard(hash).with(|listed| {
            let superseded = match planted::is(Fault::InsertSupersedesNothing) {
                true => listed.find(&flight.key, hash).and_then(|found| listed.remove(&found)),
                false => listed.free(&flight.key, hash),
            };
            (listed.insert_flight(flight), superseded)
        });
        if let Some(superseded) = superseded
            && !planted::is(Fault::InsertSupersedesNothing)
        {
            superseded.supersede();
        }
        flight
    }

    /// Returns the entry of a flight of `key` that has landed and is being stored.
    pub(crate) fn landed(&self, key: &KeyOf<M>, hash: u64) -> Option<Arc<LandedOf<M>>> {
        let flight = self.shard(hash).with(|listed| listed.find_made(key, hash))?;
        flight.newest_landed().landing.landed()
    }

    pub(crate) fn contains(&self, key: &KeyOf<M>, hash: u64) -> bool {
        self.shard(hash).with(|listed| listed.contains(key, hash))
    }

    /// Takes the flight out of the table, if it is still the one of its key. The next one, if any,
    /// takes its place. Returns whether its leader is alone: no other caller waits for it, and none
    /// can any more.
    pub(crate) fn leave(&self, flight: &Arc<Flight<M>>) -> bool {
        self.leave_if(flight, |_| true) == Some(true)
    }

    /// Takes the flight out of the table if no caller waits for it; then none can join it any more.
    pub(crate) fn leave_if_deserted(&self, flight: &Arc<Flight<M>>) -> bool {
        let deserted = |flight: &Flight<M>| {
            flight.callers.load(Ordering::Acquire) == 0 || planted::is(Fault::JoinersAbort)
        };
        self.leave_if(flight, deserted).is_some()
    }

    /// Takes the earlier flights of a flight's line out of the table, when the flight's value is
    /// about to be written: older writes are over, though their waiters may not have seen that yet.
    pub(crate) fn come_first(&self, flight: &Arc<Flight<M>>) {
        if flight.kind != Kind::Forced {
            return;
        }
        let older = self.shard(flight.hash).with(|listed| {
            let first = listed.remove_line_before(flight)?;
            listed.insert_shared(flight.clone());
            Some(first)
        });
        drop(older);
    }

    fn leave_if(
        &self,
        flight: &Arc<Flight<M>>,
        when: impl FnOnce(&Flight<M>) -> bool,
    ) -> Option<bool> {
        let shard = self.shard(flight.hash);
        let (alone, left) = shard.with(|listed| {
            if !when(flight) {
                return (None, (None, None, None));
            }
            // A caller that finds the flight gone has to see that one has ended.
            self.note_ending();
            let left = listed.remove(flight);
            let outlived = if left.is_none() { listed.superseded.remove(flight) } else { None };
            let next = flight.end(left.is_some());
            if left.is_some()
                && !planted::is(Fault::LineForgotten)
                && let Some(next) = &next
            {
                listed.insert_shared(next.clone());
            }
            // A later one may wait for its end, even if no caller waits for that one.
            let alone = flight.callers.load(Ordering::Acquire) == 1 && !flight.was_followed();
            // A flight that ends in the middle of a line is out of it.
            let left = match left {
                None if flight.kind == Kind::Forced => listed.unlink(flight),
                left => left,
            };
            (Some(alone), (left, next, outlived))
        });
        drop(left);
        alone
    }

    /// Supersedes the loads of `key` that have begun by now.
    pub(crate) fn supersede(&self, key: &KeyOf<M>, hash: u64) {
        let superseded = self.shard(hash).with(|listed| listed.free(key, hash));
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
    }

    /// Supersedes all loads that have begun by now.
    pub(crate) fn supersede_all(&self) {
        for shard in &self.shards {
            let superseded = shard.with(Listed::free_all);
            superseded.iter().for_each(|flight| flight.supersede());
        }
    }

    /// Returns the flights whose loads have not ended, those included whose results will not be
    /// stored; without those whose loads this thread is polling, as they wait for the caller. From
    /// now on no load begins if it `closes`.
    pub(crate) fn under_way(&self, closes: bool) -> Vec<Arc<Flight<M>>> {
        if closes {
            self.closed.store(true, Ordering::SeqCst);
        }
        let mut under_way = Vec::new();
        if !planted::is(Fault::DrainTooEarly) {
            for shard in &self.shards {
                shard.with(|listed| listed.list_under_way(&mut under_way));
            }
        }
        under_way
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.with(|listed| listed.len())).sum()
    }

    pub(super) fn note_ending(&self) {
        if self.look.is_some() {
            self.endings.fetch_add(1, Ordering::Release);
        }
    }

    pub(super) fn shards(&self) -> impl Iterator<Item = &FlightShard<M>> {
        self.shards.iter()
    }

    pub(super) fn shard(&self, hash: u64) -> &FlightShard<M> {
        // The table uses the lowest bits for the bucket and the highest for the tag.
        &self.shards[(hash >> 32) as usize % self.shards.len()]
    }
}

impl<M: Threading> FlightShard<M> {
    /// Returns whether no load waited near a moment ago.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.flying.load(Ordering::Relaxed) == 0
    }

    /// Does so where only a claim's own leader is concerned.
    #[inline]
    pub(super) fn with_claims<O>(&self, f: impl FnOnce(&mut Listed<M>) -> O) -> O {
        self.listed.with(f)
    }

    #[inline]
    pub(super) fn with<O>(&self, f: impl FnOnce(&mut Listed<M>) -> O) -> O {
        self.listed.with(|listed| {
            let (met, flying) = (listed.met, listed.flying());
            let output = f(listed);
            if listed.met != met {
                self.met.store(listed.met, Ordering::Release);
            }
            if listed.flying() != flying {
                self.flying.store(listed.flying(), Ordering::Relaxed);
            }
            output
        })
    }
}

impl<M: Threading> Drop for Removing<'_, M> {
    fn drop(&mut self) {
        self.flights.each_removals(self.hash, Removals::end);
    }
}
