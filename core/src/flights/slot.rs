//! The slot of a load: who drives it, and how it changes hands.

use core::task::Waker;

use crate::sync::Mutex;

/// Holds a load that its leader polls while alone with it, and that a task of the runtime polls
/// from the moment another caller depends on it.
///
/// The load is in the slot except while it is polled; the one that polls carries out what was wanted
/// meanwhile. Nothing here knows what a load is.
pub(super) struct LoadSlot<L> {
    taken: Mutex<Taken<L>>,
}

struct Taken<L> {
    load: Option<L>,
    driver: Driver,
    wanted: Wanted,
    /// Wakes the driver.
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    Leader,
    Runtime,
    /// The load has ended or was dropped.
    Nobody,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    HandOver,
    Abort,
}

/// What is left to do, outside the lock, once a load has been put back.
pub(super) struct PutBack<L> {
    pub(super) driver: Driver,
    /// A task of the runtime has to be made.
    pub(super) spawns: bool,
    /// The load is to be dropped.
    pub(super) aborted: Option<L>,
    /// The waker that was there, to be dropped.
    pub(super) _replaced: Option<Waker>,
}

impl<L> LoadSlot<L> {
    pub(super) fn new() -> Self {
        let taken =
            Taken { load: None, driver: Driver::Leader, wanted: Wanted::Nothing, waker: None };
        Self { taken: Mutex::new(taken) }
    }

    /// Makes the runtime the driver; yields the leader's waker, and whether a task has to be made.
    pub(super) fn hand_over(&self) -> (Option<Waker>, bool) {
        self.taken.with(|taken| match (taken.driver, &taken.load) {
            (Driver::Runtime | Driver::Nobody, _) => (None, false),
            (Driver::Leader, None) => {
                taken.wanted = Wanted::HandOver;
                (None, false)
            }
            (Driver::Leader, Some(_)) => {
                taken.driver = Driver::Runtime;
                (taken.waker.take(), true)
            }
        })
    }

    /// Takes the load out for good, unless it is being polled, has ended or was dropped.
    pub(super) fn take_out(&self) -> (Option<L>, Option<Waker>) {
        self.taken.with(|taken| {
            let Some(load) = taken.load.take() else { return (None, None) };
            taken.driver = Driver::Nobody;
            (Some(load), taken.waker.take())
        })
    }

    /// Takes the load out to be dropped, or has it dropped at the end of the poll in progress.
    pub(super) fn abort(&self) -> (Option<L>, Option<Waker>) {
        self.taken.with(|taken| {
            match taken.load.is_some() {
                true => taken.driver = Driver::Nobody,
                false => taken.wanted = Wanted::Abort,
            }
            (taken.load.take(), taken.waker.take())
        })
    }

    /// Takes the load to poll it, if `role` drives it; says who drives it otherwise.
    ///
    /// Asking and taking are one step: a leader who has just been relieved must not take the load
    /// from under the task that relieved it.
    pub(super) fn take_as(&self, role: Driver) -> (Option<L>, Driver) {
        self.taken.with(|taken| {
            let drives = taken.driver == role;
            (if drives { taken.load.take() } else { None }, taken.driver)
        })
    }

    /// Notes that the load has ended.
    pub(super) fn end(&self) {
        self.taken.with(|taken| taken.driver = Driver::Nobody);
    }

    /// Puts the load into the slot, unless something else was wanted meanwhile.
    pub(super) fn put_back(&self, load: L, waker: Option<Waker>) -> PutBack<L> {
        self.taken.with(|taken| {
            let replaced = core::mem::replace(&mut taken.waker, waker);
            if taken.wanted == Wanted::Abort || taken.driver == Driver::Nobody {
                taken.driver = Driver::Nobody;
                let (driver, aborted) = (Driver::Nobody, Some(load));
                return PutBack { driver, spawns: false, aborted, _replaced: replaced };
            }
            let relieved = taken.wanted == Wanted::HandOver && taken.driver == Driver::Leader;
            if relieved {
                taken.driver = Driver::Runtime;
            }
            taken.load = Some(load);
            let driver = taken.driver;
            PutBack { driver, spawns: relieved, aborted: None, _replaced: replaced }
        })
    }
}
