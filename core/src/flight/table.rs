//! Which flights there are.

use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Flight, Kind, Seat, queue::Place};
use crate::{
    parts::Parts,
    statuses::{Landed, Landing},
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering},
    time::Instant,
};

use alloc::{boxed::Box, vec::Vec};

/// The flights in progress, by key. Touched on a miss, never on a hit in memory.
///
/// A flight that has been superseded is no longer here: each key has at most one flight, and that
/// one is current.
pub(crate) struct Flights<P: Parts> {
    shards: Box<[Mutex<HashTable<Arc<Flight<P>>>>]>,
    hasher: DefaultHashBuilder,
    /// Orders the beginnings of flights and of forced calls.
    turns: AtomicUsize,
    /// Counts endings, so that a slow look-up can tell that it may have missed one.
    endings: AtomicUsize,
    /// Counts removals that have ended, so that a slow look-up can tell that what it saw is gone.
    removals: AtomicUsize,
}

/// What a caller wants of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A value, loaded by anybody.
    Value,
    /// A value whose load began after this turn.
    After(usize),
    /// A load in the background, if there is none yet.
    Refresh,
}

/// What a caller gets.
pub(crate) enum Boarding<P: Parts> {
    /// The caller has to load.
    Lead(Arc<Flight<P>>),
    /// Somebody loads.
    Join(Arc<Flight<P>>),
    /// The flight has landed and is being stored: its entry is the answer.
    Landed(Arc<Landed<P::Value, P::Error>>),
    /// The caller has to load once another forced load is over, which began too early for it.
    LeadAfter(Arc<Flight<P>>, Arc<Flight<P>>),
    /// The caller is inside the very load it asks for.
    Recursive,
    /// There is nothing to join, and no runtime to load on.
    Grounded,
    /// A refresh is not needed.
    Busy,
}

/// What becomes of the flight that a caller finds.
enum Verdict<P: Parts> {
    Board(Boarding<P>),
    /// The one that comes after this, and began after this turn, is the caller's.
    Queue(Arc<Flight<P>>, usize),
    /// It does not do, and a new one takes its place.
    Replace,
}

const SHARDS: usize = if cfg!(feature = "std") { 16 } else { 1 };

impl<P: Parts> Flights<P> {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashTable::new())).collect(),
            hasher: DefaultHashBuilder::default(),
            turns: AtomicUsize::new(0),
            endings: AtomicUsize::new(0),
            removals: AtomicUsize::new(0),
        }
    }

    /// Asks for a turn that a later flight must come after.
    pub(crate) fn after_now(&self) -> Ask {
        Ask::After(self.turns.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn endings(&self) -> usize {
        self.endings.load(Ordering::Acquire)
    }

    pub(crate) fn removals(&self) -> usize {
        self.removals.load(Ordering::Acquire)
    }

    /// Notes that a removal has ended: who asks from now on must not be told what was there before.
    pub(crate) fn removed(&self) {
        self.removals.fetch_add(1, Ordering::Release);
    }

    /// Leads or joins the flight of `key`, in one step.
    ///
    /// A flight past its deadline has a driver that is not polled: it is superseded. Who leads or
    /// joins is counted among the flight's callers.
    pub(crate) fn board(
        &self,
        key: &P::Key,
        ask: Ask,
        now: Instant,
        deadline: Instant,
        runtime: Option<P::Runtime>,
    ) -> Boarding<P> {
        let hash = self.hasher.hash_one(key);
        let (mut spare, mut superseded) = (runtime.map(|runtime| (key.clone(), runtime)), None);
        let boarding = self.shard(hash).with(|table| {
            let found = table.find_entry(hash, |flight| flight.hash == hash && flight.key == *key);
            if let Ok(found) = found {
                match self.verdict(found.get(), ask, now) {
                    Verdict::Board(boarding) => return boarding,
                    Verdict::Queue(first, turn) => {
                        let (boarding, gone) = self.queue(&first, turn, &mut spare, now, deadline);
                        superseded = gone;
                        return boarding;
                    }
                    Verdict::Replace if spare.is_none() => return Boarding::Grounded,
                    Verdict::Replace => superseded = Some(found.remove().0),
                }
            }
            let kind = match ask {
                Ask::Value => Kind::Ordinary,
                Ask::After(_) => Kind::Forced,
                Ask::Refresh => Kind::Refresh,
            };
            let Some((key, runtime)) = spare.take() else { return Boarding::Grounded };
            let flight = Arc::new(self.begin(key, hash, kind, deadline, runtime));
            table.insert_unique(hash, flight.clone(), |flight| flight.hash);
            Boarding::Lead(flight)
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        boarding
    }

    fn verdict(&self, flight: &Arc<Flight<P>>, ask: Ask, now: Instant) -> Verdict<P> {
        if flight.landing.landed().is_some() {
            let newest = flight.newest_landed();
            return match (ask, newest.landing.landed()) {
                (Ask::Value, Some(landed)) => Verdict::Board(Boarding::Landed(landed)),
                (Ask::After(turn), _) => Verdict::Queue(newest, turn),
                _ => Verdict::Board(Boarding::Busy),
            };
        }
        if ask == Ask::Refresh && flight.deadline > now {
            return Verdict::Board(Boarding::Busy);
        }
        if flight.seat.is_polled_here() {
            return Verdict::Board(Boarding::Recursive);
        }
        if flight.deadline <= now {
            return Verdict::Replace;
        }
        match ask {
            Ask::After(turn) if !flight.begins_after(turn) => match flight.kind {
                Kind::Forced => Verdict::Queue(flight.clone(), turn),
                _ => Verdict::Replace,
            },
            _ => Verdict::Board(flight.join()),
        }
    }

    /// Puts a flight that has landed already in the place of whatever is there.
    pub(crate) fn land_at_once(
        &self,
        key: P::Key,
        landed: Landed<P::Value, P::Error>,
        runtime: P::Runtime,
    ) -> Arc<Flight<P>> {
        let hash = self.hasher.hash_one(&key);
        let flight = Arc::new(self.begin(key, hash, Kind::Insert, Instant::NEVER, runtime));
        flight.landing.land(landed);
        let superseded = self.shard(hash).with(|table| {
            let same = |other: &Arc<Flight<P>>| other.hash == hash && other.key == flight.key;
            let superseded = table.find_entry(hash, same).ok().map(|found| found.remove().0);
            table.insert_unique(hash, flight.clone(), |flight| flight.hash);
            superseded
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        flight
    }

    /// Returns the entry of a flight of `key` that has landed and is being stored.
    pub(crate) fn landed(&self, key: &P::Key) -> Option<Arc<Landed<P::Value, P::Error>>> {
        let hash = self.hasher.hash_one(key);
        self.shard(hash).with(|table| {
            let same = |flight: &Arc<Flight<P>>| flight.hash == hash && flight.key == *key;
            table.find(hash, same).and_then(|flight| flight.newest_landed().landing.landed())
        })
    }

    pub(crate) fn contains(&self, key: &P::Key) -> bool {
        let hash = self.hasher.hash_one(key);
        self.shard(hash).with(|table| {
            table.find(hash, |flight| flight.hash == hash && flight.key == *key).is_some()
        })
    }

    /// Takes the flight out of the table, if it is still the one of its key. The next one, if any,
    /// takes its place.
    pub(crate) fn leave(&self, flight: &Arc<Flight<P>>) {
        self.leave_if(flight, |_| true);
    }

    /// Takes the flight out of the table if nobody waits for it; then nobody can join it any more.
    pub(crate) fn leave_if_deserted(&self, flight: &Arc<Flight<P>>) -> bool {
        let deserted = |flight: &Flight<P>| flight.callers.load(Ordering::Acquire) == 0;
        self.leave_if(flight, deserted)
    }

    fn leave_if(&self, flight: &Arc<Flight<P>>, when: impl FnOnce(&Flight<P>) -> bool) -> bool {
        // Before the flight is gone: who finds it gone has to see that one has ended.
        self.endings.fetch_add(1, Ordering::Release);
        let (agreed, left) = self.shard(flight.hash).with(|table| {
            if !when(flight) {
                return (false, (None, None));
            }
            let own = table.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight));
            let left = own.ok().map(|found| found.remove().0);
            let next = flight.end();
            if left.is_some()
                && let Some(next) = &next
            {
                table.insert_unique(next.hash, next.clone(), |flight| flight.hash);
            }
            (true, (left, next))
        });
        drop(left);
        agreed
    }

    /// Makes sure that nothing loaded for `key` by now is stored.
    pub(crate) fn supersede(&self, key: &P::Key) {
        let hash = self.hasher.hash_one(key);
        let superseded = self.shard(hash).with(|table| {
            let found = table.find_entry(hash, |flight| flight.hash == hash && flight.key == *key);
            found.ok().map(|found| found.remove().0)
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
    }

    /// Makes sure that nothing loaded by now is stored.
    pub(crate) fn supersede_all(&self) {
        for shard in &self.shards {
            let superseded = shard.with(|table| table.drain().collect::<Vec<_>>());
            superseded.iter().for_each(|flight| flight.supersede());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.with(|table| table.len())).sum()
    }

    /// A flight outside the table, for a registry that keeps its own.
    pub(crate) fn unlisted(
        &self,
        key: P::Key,
        kind: Kind,
        deadline: Instant,
        runtime: P::Runtime,
    ) -> Arc<Flight<P>> {
        let hash = self.hasher.hash_one(&key);
        Arc::new(self.begin(key, hash, kind, deadline, runtime))
    }

    pub(super) fn begin(
        &self,
        key: P::Key,
        hash: u64,
        kind: Kind,
        deadline: Instant,
        runtime: P::Runtime,
    ) -> Flight<P> {
        Flight {
            key,
            hash,
            turn: self.turns.fetch_add(1, Ordering::Relaxed),
            kind,
            deadline,
            callers: AtomicUsize::new(usize::from(kind != Kind::Refresh)),
            superseded: AtomicBool::new(false),
            found: AtomicBool::new(false),
            landing: Landing::new(),
            seat: Seat::new(runtime),
            place: Place::new(),
        }
    }

    pub(super) fn shard(&self, hash: u64) -> &Mutex<HashTable<Arc<Flight<P>>>> {
        &self.shards[(hash >> 32) as usize % self.shards.len()]
    }
}
