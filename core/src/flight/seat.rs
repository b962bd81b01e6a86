//! The seat of a load: who drives it, and how it changes hands.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{
    contained,
    recursion::{Inside, is_inside},
};
use crate::{
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, Task,
        ThreadingModel,
    },
    sync::{Arc, Mutex},
};

use alloc::boxed::Box;

/// Holds a load that its leader polls while alone with it, and that a task of the runtime polls
/// from the moment somebody else depends on it.
///
/// It knows nothing of keys and values. The load is in the seat except while it is polled; whoever
/// polls carries out what was wanted meanwhile.
pub(crate) struct Seat<R: Runtime> {
    runtime: R,
    taken: Mutex<Taken<R>>,
}

struct Taken<R: Runtime> {
    load: Option<Task<R>>,
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

impl<R: Runtime> Seat<R> {
    pub(crate) fn new(runtime: R) -> Arc<Self> {
        let taken =
            Taken { load: None, driver: Driver::Leader, wanted: Wanted::Nothing, waker: None };
        Arc::new(Self { runtime, taken: Mutex::new(taken) })
    }

    pub(crate) const fn runtime(&self) -> &R {
        &self.runtime
    }

    /// Puts the load in its seat; if it was wanted elsewhere before it came, it goes there.
    pub(crate) fn take(self: &Arc<Self>, load: Task<R>) {
        self.settle(load);
        if !self.runtime.entered() {
            self.hand_over();
        }
    }

    /// Polls the load as its leader.
    pub(crate) fn drive(self: &Arc<Self>, cx: &mut Context<'_>) -> Driven {
        match self.poll(Driver::Leader, cx) {
            Driver::Leader => Driven::Waits,
            Driver::Runtime => Driven::HandedOver,
            Driver::Nobody => Driven::Ended,
        }
    }

    /// Makes a task of the runtime drive the load from now on.
    pub(crate) fn hand_over(self: &Arc<Self>) {
        let (spawn, waker) = self.taken.with(|taken| match taken.driver {
            Driver::Runtime | Driver::Nobody => (false, None),
            Driver::Leader if taken.load.is_none() => {
                taken.wanted = Wanted::HandOver;
                (false, None)
            }
            Driver::Leader => {
                taken.driver = Driver::Runtime;
                (true, taken.waker.take())
            }
        });
        // The leader has to look where its load has gone.
        if let Some(waker) = waker {
            waker.wake();
        }
        if spawn {
            self.spawn();
        }
    }

    /// Drops the load, now or at the end of the poll in progress.
    pub(crate) fn abort(&self) {
        let (load, waker) = self.taken.with(|taken| {
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

    /// Returns whether this thread is inside a poll of the load.
    pub(crate) fn is_polled_here(&self) -> bool {
        is_inside(self)
    }

    fn spawn(self: &Arc<Self>) {
        let job = Drive { seat: self.clone() };
        let spawned = contained(|| self.runtime.spawn(R::Threading::task(job)));
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(spawned);
    }

    /// Polls the load if `role` drives it, and returns who drives it then.
    ///
    /// Asking and taking are one step: a leader who has just been relieved must not take the load
    /// from under the task that relieved it.
    fn poll(self: &Arc<Self>, role: Driver, cx: &mut Context<'_>) -> Driver {
        let waker = cx.waker().clone();
        let (load, driver, unused) = self.taken.with(|taken| {
            if taken.driver != role {
                return (None, taken.driver, Some(waker));
            }
            (taken.load.take(), role, taken.waker.replace(waker))
        });
        drop(unused);
        let Some(mut load) = load else { return driver };
        let inside = Inside::of(&**self);
        let polled = contained(|| Pin::new(&mut load).poll(cx));
        drop(inside);
        match polled {
            Ok(Poll::Pending) => self.settle(load),
            // A panic that the load does not contain itself comes from a component.
            Ok(Poll::Ready(())) | Err(_) => {
                self.taken.with(|taken| taken.driver = Driver::Nobody);
                drop_contained(Some(load));
                Driver::Nobody
            }
        }
    }

    /// Puts the load into the seat, unless something else was wanted meanwhile, and returns who
    /// drives it.
    fn settle(self: &Arc<Self>, load: Task<R>) -> Driver {
        let (driver, spawns, aborted) = self.taken.with(|taken| {
            if taken.wanted == Wanted::Abort || taken.driver == Driver::Nobody {
                taken.driver = Driver::Nobody;
                return (Driver::Nobody, false, Some(load));
            }
            let relieved = taken.wanted == Wanted::HandOver && taken.driver == Driver::Leader;
            if relieved {
                taken.driver = Driver::Runtime;
            }
            taken.load = Some(load);
            (taken.driver, relieved, None)
        });
        if spawns {
            self.spawn();
        }
        drop_contained(aborted);
        driver
    }
}

/// A load holds values of the user's, whose drop may panic.
fn drop_contained<T>(load: Option<T>) {
    drop(contained(|| drop(load)));
}

/// The task that drives a seated load. Dropped before the end, it takes the load with it.
struct Drive<R: Runtime> {
    seat: Arc<Seat<R>>,
}

impl<R: Runtime> Future for Drive<R> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.seat.poll(Driver::Runtime, cx) {
            Driver::Nobody => Poll::Ready(()),
            Driver::Leader | Driver::Runtime => Poll::Pending,
        }
    }
}

impl<R: Runtime> Drop for Drive<R> {
    fn drop(&mut self) {
        self.seat.abort();
    }
}

impl<R: Runtime> Portable<R> for Drive<R> {
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        Box::pin(self)
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        R: Runtime<Threading = SingleThreaded>,
    {
        Box::pin(self)
    }
}
