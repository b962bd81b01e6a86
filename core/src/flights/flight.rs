//! One load of one key, with its waiters.

use super::{recursion::new_name, slot::LoadSlot, successor::Successor};
use crate::{
    error::Failure,
    observer::Trigger,
    planted::{self, Fault},
    runtime::{Domain, ErrorOf, KeyOf, Threading, ValueOf},
    statuses::Landing,
    sync::{Arc, AtomicBool, AtomicUsize, Mutex, Ordering},
    time::Instant,
    types::LandedOf,
};

/// One load of one key.
///
/// The load belongs to the flight: it is in its [`LoadSlot`], and its drivers, the leader or a task
/// or both, take it from there to poll it. Its result lands once, for all callers.
pub(crate) struct Flight<M: Threading> {
    pub(crate) key: KeyOf<M>,
    pub(crate) hash: u64,
    /// The number of the flight in the order of arrival.
    pub(super) arrival: usize,
    name: usize,
    pub(super) kind: Kind,
    /// When the load is given up.
    pub(crate) deadline: Instant,
    /// How many callers wait, so that the last to go is known.
    pub(super) callers: AtomicUsize,
    pub(super) superseded: AtomicBool,
    /// The result was stored already; nothing was loaded.
    found: AtomicBool,
    /// A load that looks into the storage first has been counted.
    begun: AtomicBool,
    /// Whether the load has begun, and has ended, as the observer knows.
    course: AtomicUsize,
    /// The load goes on when all callers have gone.
    kept: AtomicBool,
    /// The load's result is not to be stored, as it says itself.
    kept_out: AtomicBool,
    /// Another holder of the key makes the load, by a registry of the user's.
    elsewhere: AtomicBool,
    /// It has been so, whether it is by now or not.
    was_elsewhere: AtomicBool,
    /// The flight has the place of one past its deadline, whose load may still exist.
    supplants: AtomicBool,
    /// The domain in which one waiter has a timer for all.
    watched: Mutex<Option<Domain>>,
    pub(crate) landing: Landing<ValueOf<M>, ErrorOf<M>>,
    /// Runs the load and its timer, once it waits.
    runtime: Mutex<Option<Arc<M::Clock>>>,
    pub(super) slot: LoadSlot<M::Task>,
    /// Makes the task that drives the load.
    pub(super) drive: fn(Arc<Self>) -> M::Task,
    pub(super) successor: Successor<Self>,
}

/// The course of a load.
const UNBEGUN: usize = 0;
const BEGUN: usize = 1;
const ENDED: usize = 2;

/// The data that a flight begins with.
pub(crate) struct Beginning<M: Threading> {
    pub(crate) key: KeyOf<M>,
    pub(crate) hash: u64,
    pub(crate) arrival: usize,
    /// The name of the load so far, if it has been polled.
    pub(crate) name: Option<usize>,
    pub(crate) kind: Kind,
    pub(crate) deadline: Instant,
    /// `None` for a load that its leader polls at once: it is [bound](Flight::bind) if it waits.
    pub(crate) runtime: Option<Arc<M::Clock>>,
    pub(crate) drive: fn(Arc<Flight<M>>) -> M::Task,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Led by a caller that found nothing.
    Ordinary,
    /// Led by a caller that refuses an older value.
    Forced,
    /// Started for a stale entry; at first no caller waits for it.
    Refresh,
    /// Carries an inserted value to the storage; landed from the start.
    Insert,
    /// Has a key for an update, and no load.
    Update,
}

impl Kind {
    /// Returns why the load began.
    pub(crate) const fn trigger(self) -> Trigger {
        match self {
            Self::Ordinary => Trigger::Call,
            Self::Forced | Self::Insert | Self::Update => Trigger::Force,
            Self::Refresh => Trigger::Refresh,
        }
    }
}

/// The load that an event concerns.
pub(crate) struct Subject<'a, M: Threading> {
    pub(crate) key: &'a KeyOf<M>,
    pub(crate) hash: u64,
    pub(crate) kind: Kind,
}

impl<M: Threading> Clone for Subject<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for Subject<'_, M> {}

impl<M: Threading> Flight<M> {
    /// Begins a flight.
    #[inline(never)]
    pub(crate) fn new(beginning: Beginning<M>) -> Self {
        let Beginning { key, hash, arrival, name, kind, deadline, runtime, drive } = beginning;
        Self {
            name: name.unwrap_or_else(new_name),
            key,
            hash,
            arrival,
            kind,
            deadline,
            callers: AtomicUsize::new(usize::from(kind != Kind::Refresh)),
            superseded: AtomicBool::new(false),
            found: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            course: AtomicUsize::new(UNBEGUN),
            kept: AtomicBool::new(false),
            kept_out: AtomicBool::new(false),
            elsewhere: AtomicBool::new(false),
            was_elsewhere: AtomicBool::new(false),
            supplants: AtomicBool::new(false),
            watched: Mutex::new(None),
            landing: Landing::new(),
            runtime: Mutex::new(runtime),
            slot: LoadSlot::new(),
            drive,
            successor: Successor::new(),
        }
    }

    /// Returns the name of the load, which no other has or had.
    pub(crate) const fn name(&self) -> usize {
        self.name
    }

    /// Returns whether a caller has ever waited for it.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.callers.load(Ordering::Acquire) > 0 || !self.is_refresh()
    }

    /// Returns the runtime of a load that waits.
    #[inline(never)]
    pub(crate) fn runtime(&self) -> Arc<M::Clock> {
        match self.runtime.with(|runtime| runtime.clone()) {
            Some(runtime) => runtime,
            None => unreachable!("a load is bound before it waits"),
        }
    }

    /// Sets the runtime of the load.
    pub(crate) fn bind(&self, runtime: Arc<M::Clock>) {
        let replaced = self.runtime.with(|bound| bound.replace(runtime));
        drop(replaced);
    }

    /// Returns whether the flight's result may still be stored.
    pub(crate) fn is_current(&self) -> bool {
        !self.superseded.load(Ordering::Acquire) || planted::is(Fault::Unfenced)
    }

    pub(crate) fn is_refresh(&self) -> bool {
        self.kind == Kind::Refresh
    }

    /// Returns whether an inserted value is carried to the storage, and nothing was loaded.
    pub(crate) fn is_insertion(&self) -> bool {
        self.kind == Kind::Insert
    }

    /// Returns whether it has its key for an update, and no load.
    pub(super) fn is_update(&self) -> bool {
        self.kind == Kind::Update
    }

    /// Returns the key and the kind of the load.
    pub(crate) const fn subject(&self) -> Subject<'_, M> {
        Subject { key: &self.key, hash: self.hash, kind: self.kind }
    }

    /// Notes that the load turned out to be needless.
    pub(crate) fn find(&self) {
        self.found.store(true, Ordering::Release);
    }

    pub(crate) fn was_found(&self) -> bool {
        self.found.load(Ordering::Acquire)
    }

    /// Marks a load that had to look first as counted, and returns `true` the first time: its
    /// leader may leave, or be told that it was dropped, before it has seen whether it is needless.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }

    /// Marks a load in the background as counted.
    pub(crate) fn note_counted(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Returns whether it has been marked as counted.
    pub(crate) fn is_counted(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Returns whether the load waits for another of its key to be over.
    pub(crate) fn is_queued(&self) -> bool {
        self.successor.is_waiting()
    }

    /// Returns whether the method has not been called.
    pub(crate) fn is_unbegun(&self) -> bool {
        self.course.load(Ordering::Acquire) == UNBEGUN
    }

    /// Notes that the observer is told that the load begins.
    pub(crate) fn tell_begin(&self) {
        self.course.store(BEGUN, Ordering::Release);
    }

    /// Returns whether the observer is to be told that the load has ended: once, of one that it
    /// knows.
    pub(crate) fn tell_end(&self) -> bool {
        self.course.load(Ordering::Acquire) == BEGUN
            && self.course.swap(ENDED, Ordering::AcqRel) == BEGUN
    }

    /// Lets the load go on when all callers have gone.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Release);
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }

    /// Makes the load's result leave the storage as it is.
    pub(crate) fn keep_out(&self) {
        self.kept_out.store(true, Ordering::Release);
    }

    pub(crate) fn is_kept_out(&self) -> bool {
        self.kept_out.load(Ordering::Acquire)
    }

    /// Notes whether another holder of the key makes the load.
    pub(crate) fn set_elsewhere(&self, elsewhere: bool) {
        self.elsewhere.store(elsewhere, Ordering::Release);
        if elsewhere {
            self.was_elsewhere.store(true, Ordering::Release);
        }
    }

    pub(crate) fn is_elsewhere(&self) -> bool {
        self.elsewhere.load(Ordering::Acquire)
    }

    pub(crate) fn was_elsewhere(&self) -> bool {
        self.was_elsewhere.load(Ordering::Acquire)
    }

    /// Notes that the flight has the place of one past its deadline.
    pub(super) fn supplant(&self) {
        self.supplants.store(true, Ordering::Release);
    }

    /// Returns whether an earlier update of the key is out of date. The flight that a load is
    /// queued behind is so only when the load begins.
    pub(crate) fn replaces(&self) -> bool {
        let replaces = self.kind == Kind::Forced || self.supplants.load(Ordering::Acquire);
        replaces && !self.successor.is_waiting()
    }

    /// Returns whether the storage may have an entry that makes the load needless.
    pub(crate) fn may_find(&self) -> bool {
        self.kind != Kind::Forced
    }

    /// Returns whether the waiter needs a timer of its own: another one's suffices if it rings
    /// whenever this one's would. Waiters of one domain share a timer; without a domain, each has
    /// its own.
    #[inline(never)]
    pub(crate) fn watch(&self, domain: Option<Domain>) -> bool {
        self.watched.with(|watched| {
            if watched.is_some() {
                return *watched != domain && !planted::is(Fault::OneTimer);
            }
            *watched = domain;
            true
        })
    }

    /// Leaves the watch to another waiter of the domain.
    #[inline(never)]
    pub(crate) fn watch_no_more(&self, domain: Option<Domain>) {
        self.watched.with(|watched| {
            if *watched == domain {
                *watched = None;
            }
        });
    }

    /// Notes that a caller no longer waits; returns whether it was the last one.
    pub(crate) fn desert(&self) -> bool {
        self.callers.fetch_sub(1, Ordering::AcqRel) == 1 || planted::is(Fault::JoinersAbort)
    }

    /// Returns the result for the leader: as it is if no caller has joined and none can find the
    /// flight any more, otherwise a copy.
    pub(crate) fn outcome(&self) -> LandedOf<M> {
        let alone = self.is_gone() && self.callers.load(Ordering::Acquire) == 1;
        let taken = if alone { self.landing.take() } else { None };
        taken
            .or_else(|| self.landing.landed().map(|landed| LandedOf::<M>::clone(&landed)))
            .unwrap_or(Err(Failure::Abandoned))
    }

    /// Waits until the flight no longer holds its key.
    pub(crate) async fn over(&self) {
        while self.is_current() && !self.landing.has_landed() {
            let listener = self.landing.listen();
            if self.is_current() && !self.landing.has_landed() {
                listener.await;
            }
        }
    }

    /// Waits until the load has ended.
    pub(crate) async fn landed(&self) {
        while !self.landing.has_landed() {
            let listener = self.landing.listen();
            if !self.landing.has_landed() {
                listener.await;
            }
        }
    }

    /// Returns whether the flight has ended, and left the table.
    pub(super) fn is_gone(&self) -> bool {
        self.successor.is_gone()
    }

    /// Returns whether another one was ever queued behind this one.
    pub(super) fn was_followed(&self) -> bool {
        self.successor.was_followed()
    }

    /// Returns the flight that comes after this one, if any.
    pub(super) fn next(&self) -> Option<Arc<Self>> {
        Self::past_the_gone(self.successor.next())
    }

    /// A flight may end before the one it came after; the one after it is then the next.
    #[inline(never)]
    fn past_the_gone(mut next: Option<Arc<Self>>) -> Option<Arc<Self>> {
        while let Some(gone) = next.take_if(|next| next.is_gone()) {
            next = gone.successor.next();
        }
        next
    }

    /// Returns the last flight in line that has landed, from this one on; its result is the newest.
    pub(super) fn newest_landed(self: &Arc<Self>) -> Arc<Self> {
        let mut newest = self.clone();
        while let Some(next) = newest.next().filter(|next| next.landing.has_landed()) {
            newest = next;
        }
        newest
    }

    /// Notes that the flight has ended, and returns the one that takes its place. A flight that was
    /// first in line keeps nothing of the line.
    pub(super) fn end(&self, was_first: bool) -> Option<Arc<Self>> {
        self.successor.leave();
        let next = if was_first { self.successor.take() } else { self.successor.next() };
        Self::past_the_gone(next).filter(|next| {
            // A flight that waits for nothing but this end, and for which no caller waits, never
            // begins.
            !next.successor.is_waiting() || next.callers.load(Ordering::Acquire) > 0
        })
    }

    /// Supersedes the flight, and those after it that have begun.
    pub(crate) fn supersede(&self) {
        let mut next = self.superseded();
        while let Some(flight) = next {
            next = flight.superseded();
        }
    }

    /// Supersedes this one alone, and returns the one after it if that has begun.
    fn superseded(&self) -> Option<Arc<Self>> {
        self.superseded.store(true, Ordering::Release);
        // The next load waits for this one only as long as it holds the key.
        self.landing.wake();
        self.successor.take().filter(|next| !next.successor.is_waiting())
    }

    /// Returns whether the load begins after `arrival`: the flight is later, or has not begun.
    pub(super) fn begins_after(&self, arrival: usize) -> bool {
        self.successor.is_waiting()
            || planted::is(Fault::ForcedJoinsOlder)
            || (self.arrival.wrapping_sub(arrival) as isize) >= 0
    }

    pub(super) fn is_or_precedes(self: &Arc<Self>, flight: &Arc<Self>) -> bool {
        let mut before = Some(self.clone());
        while let Some(one) = before {
            if Arc::ptr_eq(&one, flight) {
                return true;
            }
            before = one.next();
        }
        false
    }
}

/// Not one within the other: a line may be long.
impl<M: Threading> Drop for Flight<M> {
    fn drop(&mut self) {
        let mut next = self.successor.take();
        while let Some(flight) = next {
            next = Arc::into_inner(flight).and_then(|flight| flight.successor.take());
        }
    }
}
