//! Which thread is inside a gate, to tell a re-entry from a wait that never ends.

use core::sync::atomic::{AtomicUsize, Ordering};

std::thread_local!(static HERE: u8 = const { 0 });

/// The holder, as the address of something only its thread has; 0 is nobody.
#[derive(Debug, Default)]
pub(super) struct Holder(AtomicUsize);

impl Holder {
    pub(super) fn set(&self) {
        self.0.store(here(), Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn assert_not_here(&self) {
        assert!(
            self.0.load(Ordering::Relaxed) != here(),
            "`Clone`, `Eq` or `Hash` of a cached value or key called the cache that was using it"
        );
    }
}

fn here() -> usize {
    HERE.with(|here| core::ptr::from_ref(here).addr())
}
