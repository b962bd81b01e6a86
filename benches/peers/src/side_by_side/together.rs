//! Threads that are at work at the same time for as long as any of them measures.

use core::{
    hint::spin_loop,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::thread::yield_now;

/// A start for which nobody sleeps, as a thread takes longer to wake up than a turn lasts, and an
/// end that all wait for, at work.
#[derive(Debug)]
pub(super) struct Together {
    threads: usize,
    started: AtomicUsize,
    ended: AtomicUsize,
}

impl Together {
    pub(super) const fn new(threads: usize) -> Self {
        Self { threads, started: AtomicUsize::new(0), ended: AtomicUsize::new(0) }
    }

    /// Waits until all threads are here.
    pub(super) fn start(&self) {
        self.started.fetch_add(1, Ordering::AcqRel);
        for spins in 0_u64.. {
            if self.started.load(Ordering::Acquire) >= self.threads {
                break;
            }
            // Another program may have the processor that the other thread needs.
            if spins % 10_000 == 9_999 { yield_now() } else { spin_loop() }
        }
    }

    /// Says that this thread has measured.
    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns whether a thread still measures, and so the others have to go on.
    pub(super) fn all_have_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) >= self.threads
    }
}
