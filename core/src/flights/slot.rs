//! The slot of a load: its driver, and the handover to another.

use core::task::Waker;

use super::relay::Relay;
use crate::sync::{Arc, Mutex};

/// Holds a load. Its leader polls it while alone with it; from the moment another caller depends on
/// it, a task of the runtime polls it, and so does a leader that still waits for it.
///
/// The load is in the slot except while it is polled. Requests that come meanwhile are carried out
/// by the driver that has polled. Nothing here knows what a load is.
pub(super) struct LoadSlot<L> {
    taken: Mutex<Taken<L>>,
}

struct Taken<L> {
    load: Option<L>,
    driver: Driver,
    wanted: Wanted,
    /// The load is not to begin any more.
    refused: bool,
    /// Wakes the driver, if there is one.
    waker: Option<Waker>,
    /// Wakes leader and task, if both drive.
    relay: Option<Arc<Relay>>,
    /// Which of them has polled the load since the other one looked.
    polled_by: Option<Driver>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    Leader,
    Runtime,
    /// The load has ended or was dropped.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Nothing,
    HandOver,
    Abort,
}

/// The drivers that have to look, to be woken outside the lock.
#[must_use = "it is woken outside the lock"]
pub(super) struct ToWake {
    waker: Option<Waker>,
    relay: Option<Arc<Relay>>,
}

impl ToWake {
    pub(super) fn wake(self) {
        if let Some(waker) = self.waker {
            waker.wake();
        }
        if let Some(relay) = self.relay {
            relay.wake_drivers();
        }
    }
}

/// A load that has been taken to be polled, or the reason why it has not.
pub(super) enum Take<L> {
    /// With the relay, if it is to be polled with that as its waker.
    Load(L, Option<Arc<Relay>>),
    /// Two drive it: a driver registers its waker before it looks.
    Shared(Arc<Relay>),
    /// It is not there, or has another driver.
    Left(Driver),
}

/// The work that remains, outside the lock, once a load has been put back.
pub(super) struct PutBack<L> {
    pub(super) driver: Driver,
    /// A task of the runtime has to be made.
    pub(super) spawns: bool,
    /// The load is to be dropped.
    pub(super) aborted: Option<L>,
    /// The previous waker, to be dropped.
    pub(super) _replaced: Option<Waker>,
}

impl<L> LoadSlot<L> {
    pub(super) fn new() -> Self {
        Self {
            taken: Mutex::new(Taken {
                load: None,
                driver: Driver::Leader,
                wanted: Wanted::Nothing,
                refused: false,
                waker: None,
                relay: None,
                polled_by: None,
            }),
        }
    }

    /// Makes a task of the runtime the driver, beside the leader if the load is still `led`;
    /// returns the leader's waker, and whether the task has to be made.
    pub(super) fn hand_over(&self, led: bool) -> (ToWake, bool) {
        if self.taken.with(|taken| taken.is_handed_over()) {
            return (ToWake { waker: None, relay: None }, false);
        }
        let mut relay = led.then(|| Arc::new(Relay::new()));
        let (waker, spawns) = self.taken.with(|taken| match (taken.driver, &taken.load) {
            (Driver::Runtime | Driver::None, _) => (None, false),
            (Driver::Leader, None) => {
                taken.wanted = Wanted::HandOver;
                taken.relay = relay.take();
                (None, false)
            }
            (Driver::Leader, Some(_)) => {
                taken.driver = Driver::Runtime;
                taken.relay = relay.take();
                (taken.waker.take(), true)
            }
        });
        (ToWake { waker, relay: None }, spawns)
    }

    /// Takes the load out for good, unless it is being polled, has ended or was dropped.
    pub(super) fn take_out(&self) -> (Option<L>, ToWake) {
        self.taken.with(|taken| {
            let Some(load) = taken.load.take() else {
                return (None, ToWake { waker: None, relay: None });
            };
            taken.driver = Driver::None;
            (Some(load), taken.drivers())
        })
    }

    /// Takes the load out for good if it is `unbegun`. One that is not there now is taken out at
    /// the end of the poll in progress, if it is unbegun then.
    pub(super) fn refuse(&self, unbegun: impl FnOnce() -> bool) -> (Option<L>, ToWake) {
        self.taken.with(|taken| {
            taken.refused |= taken.load.is_none();
            let Some(load) = taken.load.take_if(|_| unbegun()) else {
                return (None, ToWake { waker: None, relay: None });
            };
            taken.driver = Driver::None;
            (Some(load), taken.drivers())
        })
    }

    /// Takes the load out to be dropped, or has it dropped at the end of the poll in progress.
    pub(super) fn abort(&self) -> (Option<L>, ToWake) {
        self.taken.with(|taken| {
            match taken.load.is_some() {
                true => taken.driver = Driver::None,
                false => taken.wanted = Wanted::Abort,
            }
            (taken.load.take(), taken.drivers())
        })
    }

    /// Takes the load to poll it, if `role` drives it; otherwise returns its driver.
    ///
    /// Checking and taking are one step: a leader that has just been relieved must not take the
    /// load from the task that relieved it.
    pub(super) fn take_as(&self, role: Driver) -> Take<L> {
        self.taken.with(|taken| match &taken.relay {
            Some(relay) if taken.driver == Driver::Runtime => Take::Shared(relay.clone()),
            _ if taken.driver == role => match taken.load.take() {
                Some(load) => Take::Load(load, None),
                None => Take::Left(taken.driver),
            },
            _ => Take::Left(taken.driver),
        })
    }

    /// Takes a load that leader and task drive both, if it is there; unless the other driver has
    /// just polled it and nothing has woken it since, as one wake wakes both.
    ///
    /// A driver that nothing has woken polls it all the same: some executors poll all their tasks
    /// in each round, and give them a waker that does nothing.
    pub(super) fn take_shared(&self, role: Driver, relay: Arc<Relay>) -> Take<L> {
        self.taken.with(|taken| {
            let polled_by_other = taken.polled_by.is_some_and(|driver| driver != role);
            if polled_by_other && !relay.is_woken() {
                taken.polled_by = None;
                return Take::Left(taken.driver);
            }
            match taken.load.take() {
                Some(load) => {
                    taken.polled_by = Some(role);
                    relay.answer();
                    Take::Load(load, Some(relay))
                }
                None => Take::Left(taken.driver),
            }
        })
    }

    /// Notes that the load has ended.
    pub(super) fn end(&self) {
        self.taken.with(|taken| taken.driver = Driver::None);
    }

    /// Puts the load into the slot, unless a request came meanwhile.
    pub(super) fn put_back(&self, load: L, waker: Option<Waker>, unbegun: bool) -> PutBack<L> {
        self.taken.with(|taken| {
            let replaced = core::mem::replace(&mut taken.waker, waker);
            let refused = cfg!(feature = "std") && taken.refused && unbegun;
            if taken.wanted == Wanted::Abort || taken.driver == Driver::None || refused {
                taken.driver = Driver::None;
                let (driver, aborted) = (Driver::None, Some(load));
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

impl<L> Taken<L> {
    fn is_handed_over(&self) -> bool {
        self.driver != Driver::Leader || self.wanted == Wanted::HandOver
    }

    fn drivers(&mut self) -> ToWake {
        ToWake { waker: self.waker.take(), relay: self.relay.clone() }
    }
}
