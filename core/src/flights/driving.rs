//! How the load of a flight is driven: by its leader, or by a task.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{
    calls::Polling,
    flight::Flight,
    recursion::is_inside,
    relay::Relay,
    slot::{Driver, PutBack, Take},
};
use crate::{
    future::{contained, drop_contained},
    planted::{self, Fault},
    runtime::{AnyClock, Threading},
    sync::Arc,
};

/// The state of a load that its leader drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driven {
    /// The load waits, and will wake the leader.
    Waits,
    /// The load has ended.
    Ended,
    /// A task of the runtime drives it, maybe beside the leader.
    HandedOver,
}

impl From<Driver> for Driven {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Leader => Self::Waits,
            Driver::Runtime => Self::HandedOver,
            Driver::None => Self::Ended,
        }
    }
}

impl<M: Threading> Flight<M> {
    /// Puts the load into its slot, where its driver will take it.
    pub(crate) fn start(self: &Arc<Self>, load: M::Task) {
        self.put_back(load, None);
    }

    /// Polls the load as its leader, and then puts it into its slot.
    pub(crate) fn start_polled(self: &Arc<Self>, load: M::Task, cx: &mut Context<'_>) -> Driven {
        self.poll_taken(load, cx).into()
    }

    /// Polls the load as its leader.
    pub(crate) fn drive(self: &Arc<Self>, cx: &mut Context<'_>) -> Driven {
        self.poll(Driver::Leader, cx).into()
    }

    /// Makes a task of the runtime drive the load from now on, beside the leader that still waits
    /// for it.
    pub(crate) fn hand_over(self: &Arc<Self>) {
        self.hand_over_from(true);
    }

    /// Makes a task of the runtime drive the load from now on, alone.
    pub(crate) fn hand_over_alone(self: &Arc<Self>) {
        self.hand_over_from(false);
    }

    #[inline(never)]
    fn hand_over_from(self: &Arc<Self>, led: bool) {
        if planted::is(Fault::NoHandOver) {
            return;
        }
        let (leader, spawns) = self.slot.hand_over(led);
        // The leader has to find out where its load has gone.
        leader.wake();
        if spawns {
            self.spawn();
        }
    }

    /// Takes the load out for good, unless it is being polled, has ended or was dropped.
    pub(crate) fn take_out(&self) -> Option<M::Task> {
        let (load, drivers) = self.slot.take_out();
        // The driver has to look.
        drivers.wake();
        load
    }

    /// Drops the load if it has not begun, now or at the end of the poll in progress.
    pub(crate) fn refuse(&self) {
        // It begins while it is polled, and not while it is in the slot.
        let (load, drivers) = self.slot.refuse(|| self.is_unbegun());
        drop_contained(load);
        drivers.wake();
    }

    /// Drops the load, now or at the end of the poll in progress.
    pub(crate) fn abort(&self) {
        let (load, drivers) = self.slot.abort();
        drop_contained(load);
        // The task that drove it has to end.
        drivers.wake();
    }

    /// Notes that this thread polls the load, until dropped.
    pub(crate) fn inside(&self) -> Polling {
        Polling::of(self.name())
    }

    /// Returns whether this thread is inside a poll of the load.
    pub(crate) fn is_polled_here(&self) -> bool {
        is_inside(self.name())
    }

    fn spawn(self: &Arc<Self>) {
        let spawned = contained(|| self.runtime().spawn((self.drive)(self.clone())));
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(spawned);
    }

    /// Polls the load if `role` drives it, and returns its driver from then on.
    fn poll(self: &Arc<Self>, role: Driver, cx: &mut Context<'_>) -> Driver {
        let mut taken = self.slot.take_as(role);
        if let Take::Shared(relay) = taken {
            relay.register(role == Driver::Leader, cx.waker());
            taken = self.slot.take_shared(role, relay);
        }
        match taken {
            Take::Load(load, None) => self.poll_taken(load, cx),
            Take::Load(load, Some(relay)) => self.poll_shared(load, &relay),
            Take::Left(driver) => driver,
            Take::Shared(_) => Driver::Runtime,
        }
    }

    /// Polls a load that leader and task drive, with the relay as its waker.
    fn poll_shared(self: &Arc<Self>, load: M::Task, relay: &Arc<Relay>) -> Driver {
        let waker = Waker::from(relay.clone());
        let driver = self.poll_taken(load, &mut Context::from_waker(&waker));
        // The other driver may have looked while the load was not there.
        if driver == Driver::None || relay.is_woken() {
            relay.wake_drivers();
        }
        driver
    }

    fn poll_taken(self: &Arc<Self>, mut load: M::Task, cx: &mut Context<'_>) -> Driver {
        let polled = {
            let _inside = self.inside();
            contained(|| Pin::new(&mut load).poll(cx))
        };
        match polled {
            Ok(Poll::Pending) => self.put_back(load, Some(cx.waker().clone())),
            // A panic that the load does not contain itself comes from a component.
            Ok(Poll::Ready(())) | Err(_) => {
                self.slot.end();
                drop_contained(load);
                Driver::None
            }
        }
    }

    /// Puts the load back, carries out requests that came meanwhile, and returns its driver.
    fn put_back(self: &Arc<Self>, load: M::Task, waker: Option<Waker>) -> Driver {
        let PutBack { driver, spawns, aborted, .. } =
            self.slot.put_back(load, waker, self.is_unbegun());
        if spawns {
            self.spawn();
        }
        drop_contained(aborted);
        driver
    }
}

/// The task that drives a load in its slot. Dropped before the end, it takes the load with it.
pub(crate) struct Driving<M: Threading> {
    flight: Arc<Flight<M>>,
}

impl<M: Threading> Driving<M> {
    pub(crate) const fn of(flight: Arc<Flight<M>>) -> Self {
        Self { flight }
    }
}

impl<M: Threading> Future for Driving<M> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.flight.poll(Driver::Runtime, cx) {
            Driver::None => Poll::Ready(()),
            Driver::Leader | Driver::Runtime => Poll::Pending,
        }
    }
}

impl<M: Threading> Drop for Driving<M> {
    fn drop(&mut self) {
        self.flight.abort();
    }
}
