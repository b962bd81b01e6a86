//! Wakes the leader and the task that both may drive one load.

use core::task::Waker;

use crate::sync::{Arc, AtomicBool, Mutex, Ordering};

use alloc::task::Wake;

/// The waker of a load that was handed over while its leader still waits for it: the leader may be
/// polled where the task is not, as in a `block_on` on the thread that the task has come to.
///
/// A load that wakes wakes both. The driver that is polled first polls the load; the other one
/// finds that the load has not been woken again.
pub(super) struct Relay {
    /// The load has been woken and has not been polled since.
    woken: AtomicBool,
    drivers: Mutex<Drivers>,
}

#[derive(Default)]
struct Drivers {
    leader: Option<Waker>,
    task: Option<Waker>,
}

impl Relay {
    /// Makes a relay that counts as woken: the load knows the leader's waker only, so it has to be
    /// polled once more.
    pub(super) fn new() -> Self {
        Self { woken: AtomicBool::new(true), drivers: Mutex::new(Drivers::default()) }
    }

    /// Notes a driver's waker; afterwards the driver looks whether there is anything to do.
    pub(super) fn register(&self, is_leader: bool, waker: &Waker) {
        let waker = Some(waker.clone());
        let replaced = self.drivers.with(|drivers| match is_leader {
            true => core::mem::replace(&mut drivers.leader, waker),
            false => core::mem::replace(&mut drivers.task, waker),
        });
        drop(replaced);
    }

    pub(super) fn is_woken(&self) -> bool {
        self.woken.load(Ordering::SeqCst)
    }

    /// Notes that the load is about to be polled.
    pub(super) fn answer(&self) {
        self.woken.store(false, Ordering::SeqCst);
    }

    /// Wakes the drivers that have registered since the last time.
    pub(super) fn wake_drivers(&self) {
        let Drivers { leader, task } = self.drivers.with(core::mem::take);
        for waker in [task, leader].into_iter().flatten() {
            waker.wake();
        }
    }
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.wake_drivers();
    }
}
