//! Which flights there are.

use core::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Flight, Kind, queue::Place, seat::Seat};
use crate::{
    parts::Parts,
    planted::{self, Fault},
    statuses::{Landed, Landing},
    storage::CacheStorage,
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering},
    time::Instant,
};

use alloc::{boxed::Box, vec::Vec};

/// The flights in progress, by key. Touched on a miss, never on a hit in memory.
///
/// A flight that has been superseded is no longer here: each key has at most one flight, and that
/// one is current.
pub(crate) struct Flights<P: Parts> {
    shards: Box<[Shard<P>]>,
    hasher: DefaultHashBuilder,
    /// Counts endings, so that a slow look-up can tell that it may have missed one.
    endings: AtomicUsize,
    /// Counts removals that have ended, so that a slow look-up can tell that what it saw is gone.
    removals: AtomicUsize,
}

/// On a cache line of its own: neighbours are used by other threads.
#[repr(align(64))]
struct Shard<P: Parts> {
    listed: Mutex<Listed<P>>,
}

pub(super) struct Listed<P: Parts> {
    pub(super) flights: HashTable<Arc<Flight<P>>>,
    /// Orders the beginnings of flights and of forced calls.
    turn: usize,
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
    /// The flight has landed and is being stored: its entry is the answer. What began from this turn
    /// on is newer.
    Landed(Arc<Landed<P::Value, P::Error>>, usize),
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
        let shard = || Shard { listed: Mutex::new(Listed { flights: HashTable::new(), turn: 0 }) };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: DefaultHashBuilder::default(),
            endings: AtomicUsize::new(0),
            removals: AtomicUsize::new(0),
        }
    }

    /// The hash of a key whose storage has none to share.
    pub(crate) fn hash_one(&self, key: &impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Asks for a turn that a later flight must come after.
    pub(crate) fn after_now(&self, hash: u64) -> Ask {
        Ask::After(self.shard(hash).listed.with(Listed::next_turn))
    }

    /// Not counted for a storage whose look-ups are never slow.
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

    /// Leads or joins the flight of `key`, in one step. Who leads leaves the key to the flight.
    ///
    /// A flight past its deadline has a driver that is not polled: it is superseded. Who leads or
    /// joins is counted among the flight's callers.
    pub(crate) fn board(
        &self,
        key: &mut Option<P::Key>,
        hash: u64,
        ask: Ask,
        now: Instant,
        deadline: Instant,
        mut runtime: Option<P::Runtime>,
    ) -> Boarding<P> {
        let mut superseded = None;
        let boarding = self.shard(hash).listed.with(|listed| {
            let same =
                |flight: &Arc<Flight<P>>| flight.hash == hash && Some(&flight.key) == key.as_ref();
            if let Some(flight) = listed.flights.find(hash, same).cloned() {
                match self.verdict(&flight, ask, now) {
                    Verdict::Board(boarding) => return boarding,
                    Verdict::Queue(first, turn) => {
                        let times = (now, deadline);
                        let (boarding, gone) =
                            self.queue(&first, turn, key, &mut runtime, times, listed);
                        superseded = gone;
                        return boarding;
                    }
                    Verdict::Replace if runtime.is_none() => return Boarding::Grounded,
                    Verdict::Replace => superseded = listed.remove(&flight),
                }
            }
            let kind = match ask {
                Ask::Value => Kind::Ordinary,
                Ask::After(_) => Kind::Forced,
                Ask::Refresh => Kind::Refresh,
            };
            let Some(runtime) = runtime.take() else { return Boarding::Grounded };
            let Some(key) = key.take() else { return Boarding::Grounded };
            let flight = Flight::new(key, hash, listed.next_turn(), kind, deadline, runtime);
            Boarding::Lead(listed.insert(flight))
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        boarding
    }

    fn verdict(&self, flight: &Arc<Flight<P>>, ask: Ask, now: Instant) -> Verdict<P> {
        if flight.landing.has_landed() {
            let newest = flight.newest_landed();
            return match (ask, newest.landing.landed()) {
                (Ask::Value, Some(landed)) => {
                    Verdict::Board(Boarding::Landed(landed, newest.turn.wrapping_add(1)))
                }
                (Ask::After(turn), _) => Verdict::Queue(newest, turn),
                _ => Verdict::Board(Boarding::Busy),
            };
        }
        if ask == Ask::Refresh && flight.deadline > now {
            return Verdict::Board(Boarding::Busy);
        }
        if flight.is_polled_here() {
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
        hash: u64,
        landed: Landed<P::Value, P::Error>,
        runtime: P::Runtime,
    ) -> Arc<Flight<P>> {
        let flight = Flight::new(key, hash, 0, Kind::Insert, Instant::NEVER, runtime);
        flight.landing.land(landed);
        let (flight, superseded) = self.shard(hash).listed.with(|listed| {
            let superseded = listed.find(&flight.key, hash).cloned();
            let superseded = superseded.and_then(|superseded| listed.remove(&superseded));
            (listed.insert(flight), superseded)
        });
        if let Some(superseded) = superseded
            && !planted::is(Fault::InsertSupersedesNothing)
        {
            superseded.supersede();
        }
        flight
    }

    /// Returns the entry of a flight of `key` that has landed and is being stored.
    pub(crate) fn landed(
        &self,
        key: &P::Key,
        hash: u64,
    ) -> Option<Arc<Landed<P::Value, P::Error>>> {
        let flight = self.shard(hash).listed.with(|listed| listed.find(key, hash).cloned())?;
        flight.newest_landed().landing.landed()
    }

    pub(crate) fn contains(&self, key: &P::Key, hash: u64) -> bool {
        self.shard(hash).listed.with(|listed| listed.find(key, hash).is_some())
    }

    /// Takes the flight out of the table, if it is still the one of its key. The next one, if any,
    /// takes its place. Returns whether its leader is alone: nobody waits for it, and nobody can any
    /// more.
    pub(crate) fn leave(&self, flight: &Arc<Flight<P>>) -> bool {
        self.leave_if(flight, |_| true) == Some(true)
    }

    /// Takes the flight out of the table if nobody waits for it; then nobody can join it any more.
    pub(crate) fn leave_if_deserted(&self, flight: &Arc<Flight<P>>) -> bool {
        let deserted = |flight: &Flight<P>| {
            flight.callers.load(Ordering::Acquire) == 0 || planted::is(Fault::JoinersAbort)
        };
        self.leave_if(flight, deserted).is_some()
    }

    fn leave_if(
        &self,
        flight: &Arc<Flight<P>>,
        when: impl FnOnce(&Flight<P>) -> bool,
    ) -> Option<bool> {
        let shard = self.shard(flight.hash);
        let (alone, left) = shard.listed.with(|listed| {
            if !when(flight) {
                return (None, (None, None));
            }
            // Who finds the flight gone has to see that one has ended.
            if !P::Storage::IMMEDIATE {
                self.endings.fetch_add(1, Ordering::Release);
            }
            let left = listed.remove(flight);
            let next = flight.end();
            if left.is_some()
                && !planted::is(Fault::LineForgotten)
                && let Some(next) = &next
            {
                listed.insert_shared(next.clone());
            }
            let alone = flight.callers.load(Ordering::Acquire) == 1 && next.is_none();
            (Some(alone), (left, next))
        });
        drop(left);
        alone
    }

    /// Makes sure that nothing loaded for `key` by now is stored.
    pub(crate) fn supersede(&self, key: &P::Key, hash: u64) {
        let superseded = self.shard(hash).listed.with(|listed| {
            let superseded = listed.find(key, hash).cloned()?;
            listed.remove(&superseded)
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
    }

    /// Makes sure that nothing loaded by now is stored.
    pub(crate) fn supersede_all(&self) {
        for shard in &self.shards {
            let superseded = shard.listed.with(|listed| listed.flights.drain().collect::<Vec<_>>());
            superseded.iter().for_each(|flight| flight.supersede());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.listed.with(|listed| listed.flights.len())).sum()
    }

    pub(super) fn listed<O>(&self, hash: u64, f: impl FnOnce(&mut Listed<P>) -> O) -> O {
        self.shard(hash).listed.with(f)
    }

    fn shard(&self, hash: u64) -> &Shard<P> {
        // The table uses the lowest bits for the bucket and the highest for the tag.
        &self.shards[(hash >> 32) as usize % self.shards.len()]
    }
}

impl<P: Parts> Listed<P> {
    pub(super) const fn next_turn(&mut self) -> usize {
        self.turn = self.turn.wrapping_add(1);
        self.turn
    }

    pub(super) fn find(&self, key: &P::Key, hash: u64) -> Option<&Arc<Flight<P>>> {
        self.flights.find(hash, |flight| flight.hash == hash && flight.key == *key)
    }

    fn insert(&mut self, flight: Flight<P>) -> Arc<Flight<P>> {
        let flight = Arc::new(flight);
        self.insert_shared(flight.clone());
        flight
    }

    pub(super) fn insert_shared(&mut self, flight: Arc<Flight<P>>) {
        self.flights.insert_unique(flight.hash, flight, |flight| flight.hash);
    }

    /// Takes this very flight out.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<P>>) -> Option<Arc<Flight<P>>> {
        let own = self.flights.find_entry(flight.hash, |other| {
            Arc::ptr_eq(other, flight)
                || other.hash == flight.hash && planted::is(Fault::OldRemovesNewer)
        });
        own.ok().map(|found| found.remove().0)
    }
}

impl<P: Parts> Flight<P> {
    /// A flight that begins; one outside the table serves a registry that keeps its own.
    pub(crate) fn new(
        key: P::Key,
        hash: u64,
        turn: usize,
        kind: Kind,
        deadline: Instant,
        runtime: P::Runtime,
    ) -> Self {
        Self {
            key,
            hash,
            turn,
            kind,
            deadline,
            callers: AtomicUsize::new(usize::from(kind != Kind::Refresh)),
            superseded: AtomicBool::new(false),
            found: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            kept: AtomicBool::new(false),
            watched: AtomicBool::new(false),
            landing: Landing::new(),
            seat: Seat::new(runtime),
            place: Place::new(),
        }
    }
}
