//! The only place that names shared pointers, atomics, locks and threads' local storage, so that a
//! scheduler that explores interleavings (`--cfg shuttle`), or one that explores memory orders too
//! (`--cfg evermemo_loom`), can stand in for all of them.

#[cfg(not(evermemo_loom))]
mod cell;
mod gate;
#[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
mod holder;
mod lane;
mod lock;
mod patience;

#[cfg(not(evermemo_loom))]
use self::cell::UnsafeCell;
pub(crate) use self::{
    lane::cores,
    lock::{Mutex, ReadersLock, Tally},
};
#[cfg(evermemo_loom)]
use loom::cell::UnsafeCell;

pub(crate) use alloc::sync::Arc;
#[cfg(not(any(shuttle, evermemo_loom)))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence};
#[cfg(evermemo_loom)]
pub(crate) use loom::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence},
    thread_local,
};
#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence},
    thread_local,
};
#[cfg(all(feature = "std", not(any(shuttle, evermemo_loom))))]
pub(crate) use std::thread_local;

/// Runs what must not be interrupted by somebody who would wait for it.
///
/// On one core under a scheduler that preempts, somebody who spins may keep the processor from
/// whoever is inside: `--cfg evermemo_critical_section` makes each passage a critical section.
#[inline(always)]
fn undisturbed<O>(f: impl FnOnce() -> O) -> O {
    #[cfg(evermemo_critical_section)]
    return critical_section::with(|_| f());
    #[cfg(not(evermemo_critical_section))]
    f()
}

/// The number of the scheduler's thread that runs.
#[cfg(shuttle)]
fn current_thread() -> usize {
    usize::from(shuttle::current::me())
}
#[cfg(evermemo_loom)]
fn current_thread() -> usize {
    thread_local!(static NUMBER: usize = {
        static NEXT: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    });
    NUMBER.with(|number| *number)
}
