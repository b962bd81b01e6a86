//! Forced flights that come after another flight of their key.
//!
//! A flight that has landed stays in the table until its entry is stored; a forced one that begins
//! meanwhile is its next, and takes its place then. A forced flight whose load is running has a next
//! too, whose load waits for that to be over.

use super::{Boarding, Flight, Flights, Kind, table::Listed};
use crate::{
    parts::Parts,
    planted::{self, Fault},
    sync::{Arc, AtomicBool, Mutex, Ordering},
    time::Instant,
};

/// What comes after a flight, and where the flight itself stands in its line.
pub(super) struct Place<P: Parts> {
    next: Mutex<Option<Arc<Flight<P>>>>,
    /// Whether there ever was a next one. Set under the lock of the key's shard.
    followed: AtomicBool,
    /// The load waits for the flight before to be over; who comes now gets something newer.
    waiting: AtomicBool,
    /// The flight has ended.
    gone: AtomicBool,
}

impl<P: Parts> Place<P> {
    pub(super) fn new() -> Self {
        Self {
            next: Mutex::new(None),
            followed: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        }
    }
}

impl<P: Parts> Flights<P> {
    /// Joins the flight that comes after `first`, or leads it.
    ///
    /// Called under the lock of the key's shard. Returns a flight that is to be dropped outside it.
    pub(super) fn queue(
        &self,
        first: &Arc<Flight<P>>,
        turn: usize,
        key: &mut Option<P::Key>,
        runtime: &mut Option<P::Runtime>,
        times: (Instant, Instant),
        listed: &mut Listed<P>,
    ) -> (Boarding<P>, Option<Arc<Flight<P>>>) {
        if let Some(next) = first.next() {
            if next.is_polled_here() {
                return (Boarding::Recursive, None);
            }
            return match next.begins_after(turn) {
                true => (next.join(), None),
                false => self.queue(&next, turn, key, runtime, times, listed),
            };
        }
        let Some(runtime) = runtime.take() else { return (Boarding::Grounded, None) };
        let Some(key) = key.take() else { return (Boarding::Grounded, None) };
        let (now, deadline) = times;
        let timeout = deadline.saturating_since(now);
        let runs = !first.landing.has_landed();
        // Its own time begins when the first one's is over, which may be overdue.
        let deadline = if runs { first.deadline.max(now) + timeout } else { deadline };
        let turn = listed.next_turn();
        let flight = Flight::new(key, first.hash, turn, Kind::Forced, deadline, runtime);
        flight.place.waiting.store(runs, Ordering::Release);
        let flight = Arc::new(flight);
        let gone = first.follow(&flight);
        let boarding = match runs {
            true => Boarding::LeadAfter(flight, first.clone()),
            false => Boarding::Lead(flight),
        };
        (boarding, gone)
    }

    /// Lets a flight begin that has waited for another. `false`: nobody waits for it any more.
    ///
    /// It begins where it was queued, if that line still holds the key. If not, it supersedes an
    /// ordinary flight, comes after a write under way, and leaves the key to another forced one.
    pub(crate) fn begin_waiting(&self, flight: &Arc<Flight<P>>) -> bool {
        let (begins, superseded) = self.listed(flight.hash, |listed| {
            flight.place.waiting.store(false, Ordering::Release);
            if flight.callers.load(Ordering::Acquire) == 0 {
                return (false, None);
            }
            // Superseded before it began: it still answers its own callers, and nobody joins it.
            if !flight.is_current() {
                return (true, None);
            }
            let superseded = match listed.find(&flight.key, flight.hash).cloned() {
                None => None,
                Some(found) if found.is_or_precedes(flight) => return (true, None),
                Some(found) => {
                    let newest = found.newest_landed();
                    if newest.landing.has_landed() && newest.next().is_none() {
                        let gone = newest.follow(flight);
                        return (true, gone);
                    }
                    if newest.kind == Kind::Forced || newest.landing.has_landed() {
                        return (true, Some(flight.clone()));
                    }
                    listed.remove(&found)
                }
            };
            listed.insert_shared(flight.clone());
            (true, superseded)
        });
        if let Some(superseded) = superseded {
            superseded.supersede();
        }
        begins
    }
}

impl<P: Parts> Flight<P> {
    /// The last flight in line that has landed, from this one on; what it brought is the newest.
    pub(super) fn newest_landed(self: &Arc<Self>) -> Arc<Self> {
        match self.next().filter(|next| next.landing.has_landed()) {
            Some(next) => next.newest_landed(),
            None => self.clone(),
        }
    }

    /// Notes that the flight has ended, and returns the one that takes its place.
    pub(super) fn end(&self) -> Option<Arc<Self>> {
        self.place.gone.store(true, Ordering::Release);
        self.next().filter(|next| {
            // One that waits for nothing but this end, and for which nobody waits, never begins.
            let waiting = next.place.waiting.load(Ordering::Acquire);
            !waiting || next.callers.load(Ordering::Acquire) > 0
        })
    }

    /// Makes sure that nothing is stored that the flight brings, or one after it that has begun.
    pub(crate) fn supersede(&self) {
        self.superseded.store(true, Ordering::Release);
        // The next load waits for this one only as long as it holds the key.
        self.landing.wake();
        let next = self.place.next.with(Option::take);
        if let Some(next) = next.filter(|next| !next.place.waiting.load(Ordering::Acquire)) {
            next.supersede();
        }
    }

    /// Returns whether the load begins after `turn`: the flight is later, or has not begun.
    pub(super) fn begins_after(&self, turn: usize) -> bool {
        self.place.waiting.load(Ordering::Acquire)
            || planted::is(Fault::ForcedJoinsOlder)
            || (self.turn.wrapping_sub(turn) as isize) >= 0
    }

    pub(super) fn join(self: &Arc<Self>) -> Boarding<P> {
        self.callers.fetch_add(1, Ordering::Relaxed);
        Boarding::Join(self.clone())
    }

    /// Returns whether the flight has ended, and left the table.
    pub(super) fn is_gone(&self) -> bool {
        self.place.gone.load(Ordering::Acquire)
    }

    /// Puts a flight next in line, in place of one that has ended.
    fn follow(&self, flight: &Arc<Self>) -> Option<Arc<Self>> {
        self.place.followed.store(true, Ordering::Release);
        self.place.next.with(|next| next.replace(flight.clone()))
    }

    fn next(&self) -> Option<Arc<Self>> {
        if !self.place.followed.load(Ordering::Acquire) {
            return None;
        }
        let next = self.place.next.with(|next| next.clone())?;
        // One may end before the one it came after; who comes after it is then the next.
        if next.is_gone() { next.next() } else { Some(next) }
    }

    fn is_or_precedes(self: &Arc<Self>, flight: &Arc<Self>) -> bool {
        Arc::ptr_eq(self, flight) || self.next().is_some_and(|next| next.is_or_precedes(flight))
    }
}
