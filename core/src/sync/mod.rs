//! The only place that names shared pointers, atomics, locks and threads' local storage, so that a
//! scheduler that explores interleavings (`--cfg shuttle`), or one that explores memory orders too
//! (`--cfg evermemo_loom`), can stand in for all of them.

#[cfg(not(evermemo_loom))]
mod cell;
#[cfg_attr(shuttle, path = "explored_gate.rs")]
mod gate;
#[cfg(not(shuttle))]
mod holder;
mod lock;
#[cfg(not(shuttle))]
mod patience;
#[cfg(all(test, evermemo_loom))]
mod proofs;
mod tally;
#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests;
mod threads;
mod undisturbed;

pub(crate) use self::{
    lock::{Mutex, ReadersLock},
    tally::Tally,
    threads::{cores, number},
};
pub(crate) use alloc::sync::Arc;
#[cfg(not(any(shuttle, evermemo_loom)))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
#[cfg(evermemo_loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
    thread_local,
};
#[cfg(all(feature = "std", not(shuttle)))]
pub(crate) use std::thread_local;

#[cfg(not(evermemo_loom))]
use self::cell::{ConstPtr, UnsafeCell};
#[cfg(evermemo_loom)]
use loom::cell::{ConstPtr, UnsafeCell};
