//! Forced flights that come after another flight of their key.
//!
//! A flight that has landed stays in the table until its entry is stored; a forced one that begins
//! meanwhile is its next, and takes its place then. A forced flight whose load is running has a
//! next too, whose load waits for that to be over.

use super::{
    boarding::Boarding,
    flight::{Beginning, Flight, Kind},
    listing::{Listed, join},
};
use crate::{
    planted::{self, Fault},
    runtime::Threading,
    sync::{Arc, Ordering},
    time::Instant,
};

/// Joins the flight that comes after `first`, or leads it.
///
/// Called under the lock of the key's shard, with the function that begins a new flight, as of
/// `now`, and with one that tells whether a flight is overdue then: such a flight is neither joined
/// nor waited for. Returns a flight that is superseded, and to be dropped outside the lock.
pub(super) fn queue<M: Threading>(
    listed: &mut Listed<M>,
    first: &Arc<Flight<M>>,
    arrival: usize,
    (now, is_overdue): (Instant, &dyn Fn(&Flight<M>) -> bool),
    begin: &mut dyn FnMut(usize, Kind) -> Option<Beginning<M>>,
) -> (Boarding<M>, Option<Arc<Flight<M>>>) {
    let mut first = first.clone();
    while let Some(next) = first.next() {
        if next.is_polled_here() {
            return (Boarding::Recursive, None);
        }
        if !next.landing.has_landed() && is_overdue(&next) {
            break;
        }
        if next.begins_after(arrival) {
            return (join(next), None);
        }
        first = next;
    }
    let Some(mut beginning) = begin(listed.next_arrival(), Kind::Forced) else {
        return (Boarding::NoRuntime, None);
    };
    let runs = !first.landing.has_landed();
    // Its own time begins when the first one's is over, which may be overdue; or may have begun
    // later than was foreseen, and still take no longer than any other.
    if runs {
        let timeout = beginning.deadline.saturating_since(now);
        let over = first.deadline.clamp(now, now + timeout);
        beginning.deadline = over + timeout;
    }
    let flight = Flight::new(beginning);
    flight.successor.wait(runs);
    let flight = Arc::new(flight);
    let gone = first.successor.follow(&flight);
    let boarding = match runs {
        true => Boarding::LeadAfter(flight, first),
        false => Boarding::Lead(flight),
    };
    (boarding, gone)
}

/// Lets a flight begin that has waited for another; `false` if no caller waits for it any more.
/// Returns a flight, too, that it supersedes. Called under the lock of the key's shard.
///
/// It begins where it was queued, if that line still holds the key. If not, it supersedes an
/// ordinary flight if it is `in_time`, comes after a write under way, and leaves the key to another
/// forced one.
pub(super) fn begin<M: Threading>(
    listed: &mut Listed<M>,
    flight: &Arc<Flight<M>>,
    in_time: bool,
) -> (bool, Option<Arc<Flight<M>>>) {
    flight.successor.wait(false);
    if flight.callers.load(Ordering::Acquire) == 0 && !planted::is(Fault::DesertedBegins) {
        return (false, None);
    }
    // Superseded before it began: it still answers its own callers, and none joins it.
    if !flight.is_current() {
        return (true, None);
    }
    let superseded = match listed.find(&flight.key, flight.hash) {
        None => None,
        Some(found) if found.is_or_precedes(flight) => return (true, None),
        Some(found) => {
            let newest = found.newest_landed();
            if newest.landing.has_landed() && newest.next().is_none() {
                let gone = newest.successor.follow(flight);
                return (true, gone);
            }
            if newest.kind == Kind::Forced || newest.landing.has_landed() || !in_time {
                listed.superseded.add(flight);
                return (true, Some(flight.clone()));
            }
            listed.supersede(&found)
        }
    };
    listed.insert_shared(flight.clone());
    (true, superseded)
}
