//! The seat of a load: who drives it, and how it changes hands.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{
    Flight, contained,
    recursion::{Inside, is_inside},
};
use crate::{
    parts::{Parts, SendParts},
    runtime::{BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, Task},
    sync::{Arc, Mutex},
};

use alloc::boxed::Box;

/// Holds a load that its leader polls while alone with it, and that a task of the runtime polls
/// from the moment somebody else depends on it.
///
/// The load is in the seat except while it is polled; whoever polls carries out what was wanted
/// meanwhile.
pub(super) struct Seat<P: Parts> {
    runtime: P::Runtime,
    taken: Mutex<Taken<P>>,
}

/// A load, and how to make a task that drives it in its seat.
///
/// Both are made where it is known that they are `Send`, if they have to be.
pub struct Load<P: Parts> {
    pub(crate) task: Task<P::Runtime>,
    pub(crate) drive: fn(Driving<P>) -> Task<P::Runtime>,
}

struct Taken<P: Parts> {
    load: Option<Load<P>>,
    driver: Driver,
    wanted: Wanted,
    /// Wakes whoever drives.
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
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

/// What a leader finds when it drives its load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driven {
    /// The load waits, and will wake the leader.
    Waits,
    /// The load has ended.
    Ended,
    /// A task of the runtime drives it.
    HandedOver,
}

impl From<Driver> for Driven {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Leader => Self::Waits,
            Driver::Runtime => Self::HandedOver,
            Driver::Nobody => Self::Ended,
        }
    }
}

impl<P: Parts> Seat<P> {
    pub(super) fn new(runtime: P::Runtime) -> Self {
        let taken =
            Taken { load: None, driver: Driver::Leader, wanted: Wanted::Nothing, waker: None };
        Self { runtime, taken: Mutex::new(taken) }
    }
}

impl<P: Parts> Flight<P> {
    pub(crate) const fn runtime(&self) -> &P::Runtime {
        &self.seat.runtime
    }

    /// Takes the load, for whoever drives it later.
    pub(crate) fn seat(self: &Arc<Self>, load: Load<P>) {
        self.settle(load, None);
    }

    /// Takes the load and polls it as its leader.
    pub(crate) fn embark(self: &Arc<Self>, load: Load<P>, cx: &mut Context<'_>) -> Driven {
        self.poll_taken(load, cx).into()
    }

    /// Polls the load as its leader.
    pub(crate) fn drive(self: &Arc<Self>, cx: &mut Context<'_>) -> Driven {
        self.poll(Driver::Leader, cx).into()
    }

    /// Makes a task of the runtime drive the load from now on.
    pub(crate) fn hand_over(self: &Arc<Self>) {
        let (drive, waker) = self.seat.taken.with(|taken| match (taken.driver, &taken.load) {
            (Driver::Runtime | Driver::Nobody, _) => (None, None),
            (Driver::Leader, None) => {
                taken.wanted = Wanted::HandOver;
                (None, None)
            }
            (Driver::Leader, Some(load)) => {
                taken.driver = Driver::Runtime;
                (Some(load.drive), taken.waker.take())
            }
        });
        // The leader has to look where its load has gone.
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(drive) = drive {
            self.spawn(drive);
        }
    }

    /// Takes the load out for good, unless it is being polled, has ended or was dropped.
    pub(crate) fn unseat(&self) -> Option<Load<P>> {
        let (load, waker) = self.seat.taken.with(|taken| {
            let Some(load) = taken.load.take() else { return (None, None) };
            taken.driver = Driver::Nobody;
            (Some(load), taken.waker.take())
        });
        // Whoever drove it has to look.
        if let Some(waker) = waker {
            waker.wake();
        }
        load
    }

    /// Drops the load, now or at the end of the poll in progress.
    pub(crate) fn abort(&self) {
        let (load, waker) = self.seat.taken.with(|taken| {
            match taken.load.is_some() {
                true => taken.driver = Driver::Nobody,
                false => taken.wanted = Wanted::Abort,
            }
            (taken.load.take(), taken.waker.take())
        });
        drop_contained(load);
        // The task that drove it has to end.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Notes that this thread polls the load, until dropped.
    pub(crate) fn inside(&self) -> Inside {
        Inside::of(&self.seat)
    }

    /// Returns whether this thread is inside a poll of the load.
    pub(crate) fn is_polled_here(&self) -> bool {
        is_inside(&self.seat)
    }

    fn spawn(self: &Arc<Self>, drive: fn(Driving<P>) -> Task<P::Runtime>) {
        let driving = Driving { flight: self.clone() };
        let spawned = contained(|| self.seat.runtime.spawn(drive(driving)));
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(spawned);
    }

    /// Polls the load if `role` drives it, and returns who drives it then.
    ///
    /// Asking and taking are one step: a leader who has just been relieved must not take the load
    /// from under the task that relieved it.
    fn poll(self: &Arc<Self>, role: Driver, cx: &mut Context<'_>) -> Driver {
        let (load, driver) = self.seat.taken.with(|taken| {
            let drives = taken.driver == role;
            (if drives { taken.load.take() } else { None }, taken.driver)
        });
        match load {
            Some(load) => self.poll_taken(load, cx),
            None => driver,
        }
    }

    fn poll_taken(self: &Arc<Self>, mut load: Load<P>, cx: &mut Context<'_>) -> Driver {
        let polled = {
            let _inside = self.inside();
            contained(|| Pin::new(&mut load.task).poll(cx))
        };
        match polled {
            Ok(Poll::Pending) => self.settle(load, Some(cx.waker().clone())),
            // A panic that the load does not contain itself comes from a component.
            Ok(Poll::Ready(())) | Err(_) => {
                self.seat.taken.with(|taken| taken.driver = Driver::Nobody);
                drop_contained(Some(load));
                Driver::Nobody
            }
        }
    }

    /// Puts the load into the seat, unless something else was wanted meanwhile, and returns who
    /// drives it.
    fn settle(self: &Arc<Self>, load: Load<P>, waker: Option<Waker>) -> Driver {
        let drive = load.drive;
        let (driver, spawns, aborted, replaced) = self.seat.taken.with(|taken| {
            let replaced = core::mem::replace(&mut taken.waker, waker);
            if taken.wanted == Wanted::Abort || taken.driver == Driver::Nobody {
                taken.driver = Driver::Nobody;
                return (Driver::Nobody, false, Some(load), replaced);
            }
            let relieved = taken.wanted == Wanted::HandOver && taken.driver == Driver::Leader;
            if relieved {
                taken.driver = Driver::Runtime;
            }
            taken.load = Some(load);
            (taken.driver, relieved, None, replaced)
        });
        drop(replaced);
        if spawns {
            self.spawn(drive);
        }
        drop_contained(aborted);
        driver
    }
}

/// A load holds values of the user's, whose drop may panic.
pub(crate) fn drop_contained<T>(load: Option<T>) {
    drop(contained(|| drop(load)));
}

impl<P: Parts> fmt::Debug for Load<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").finish_non_exhaustive()
    }
}

impl<P: Parts> fmt::Debug for Driving<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driving").finish_non_exhaustive()
    }
}

/// The task that drives a seated load. Dropped before the end, it takes the load with it.
pub struct Driving<P: Parts> {
    flight: Arc<Flight<P>>,
}

impl<P: Parts> Future for Driving<P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.flight.poll(Driver::Runtime, cx) {
            Driver::Nobody => Poll::Ready(()),
            Driver::Leader | Driver::Runtime => Poll::Pending,
        }
    }
}

impl<P: Parts> Drop for Driving<P> {
    fn drop(&mut self) {
        self.flight.abort();
    }
}

impl<P: SendParts> Portable<P::Runtime> for Driving<P> {
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        Box::pin(self)
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        self.boxed()
    }
}

impl<P: Parts> Driving<P> {
    /// The task of a single-threaded runtime, which asks nothing of its parts.
    pub(crate) fn boxed(self) -> LocalBoxFuture<'static, ()> {
        Box::pin(self)
    }
}
