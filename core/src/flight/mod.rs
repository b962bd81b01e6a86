//! Loads in progress: one for each key, with the callers who wait for it.

mod bounded;
mod contained;
mod lanes;
mod queue;
mod recursion;
mod seat;
mod table;

pub(crate) use self::{
    bounded::{TimedOut, until, within},
    contained::{contained, contained_future},
    lanes::{Lane, Lanes},
    recursion::is_nested,
    seat::{Driven, drop_contained},
    table::{Ask, Boarding, Flights},
};

pub use self::seat::{Driving, Load};
use self::{queue::Place, seat::Seat};
use crate::{
    error::Failure,
    observer::Trigger,
    parts::Parts,
    planted::{self, Fault},
    statuses::{Landed, Landing},
    sync::{AtomicBool, AtomicUsize, Ordering},
    time::Instant,
};

/// One load of one key.
///
/// The load belongs to the flight: it sits in its [`Seat`], and whoever is there drives it. Its
/// result lands once, for everybody.
pub(crate) struct Flight<P: Parts> {
    pub(crate) key: P::Key,
    pub(crate) hash: u64,
    /// The table's turn at which the flight began.
    turn: usize,
    kind: Kind,
    /// When the load is given up.
    pub(crate) deadline: Instant,
    /// Those who wait; decides whether the last one has gone.
    callers: AtomicUsize,
    superseded: AtomicBool,
    /// What has landed was stored already; nothing was loaded.
    found: AtomicBool,
    /// A load that looks into the storage first has been counted.
    begun: AtomicBool,
    /// The load goes on, whoever goes away.
    kept: AtomicBool,
    /// One of those who wait has a timer.
    watched: AtomicBool,
    pub(crate) landing: Landing<P::Value, P::Error>,
    seat: Seat<P>,
    place: Place<P>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Led by a caller who found nothing.
    Ordinary,
    /// Led by a caller who would not have what was there before.
    Forced,
    /// Started for a stale entry; nobody waits for it at first.
    Refresh,
    /// Carries an inserted value to the storage; landed from the start.
    Insert,
}

impl<P: Parts> Flight<P> {
    /// Returns whether what the flight brings may still be stored.
    pub(crate) fn is_current(&self) -> bool {
        !self.superseded.load(Ordering::Acquire) || planted::is(Fault::Unfenced)
    }

    pub(crate) fn is_refresh(&self) -> bool {
        self.kind == Kind::Refresh
    }

    /// Why the flight began.
    pub(crate) const fn trigger(&self) -> Trigger {
        match self.kind {
            Kind::Ordinary => Trigger::Call,
            Kind::Forced | Kind::Insert => Trigger::Force,
            Kind::Refresh => Trigger::Refresh,
        }
    }

    /// Notes that the load turned out to be needless.
    pub(crate) fn find(&self) {
        self.found.store(true, Ordering::Release);
    }

    pub(crate) fn was_found(&self) -> bool {
        self.found.load(Ordering::Acquire)
    }

    /// Notes that a load which had to look first counts as one, and returns whether that is news: its
    /// leader may leave, or hear that it was dropped, before it has seen whether it is needless.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }

    /// Sees to it that the load goes on when all callers have gone.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Release);
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Acquire)
    }

    /// Returns whether the deadline is the caller's to watch: nobody else does.
    pub(crate) fn watch(&self) -> bool {
        !self.watched.load(Ordering::Relaxed) && !self.watched.swap(true, Ordering::AcqRel)
    }

    /// Leaves the watch to another one of those who wait.
    pub(crate) fn watch_no_more(&self) {
        self.watched.store(false, Ordering::Release);
    }

    /// Notes that a caller no longer waits; returns whether it was the last one.
    pub(crate) fn desert(&self) -> bool {
        self.callers.fetch_sub(1, Ordering::AcqRel) == 1 || planted::is(Fault::JoinersAbort)
    }

    /// What has landed, for the leader: as it is if nobody has joined and nobody can find the
    /// flight any more, else a copy.
    pub(crate) fn outcome(&self) -> Landed<P::Value, P::Error> {
        let alone = self.is_gone() && self.callers.load(Ordering::Acquire) == 1;
        let taken = if alone { self.landing.take() } else { None };
        taken
            .or_else(|| self.landing.landed().map(|landed| Landed::clone(&landed)))
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
}
