//! One word that lets one in at a time.

use super::{AtomicBool, Ordering, holder::Holder, patience::Patience};

/// Lets one in at a time.
///
/// It opens with a plain store, so a passage costs one atomic read-modify-write and not two. A lock
/// that parks its waiters needs the second one, to see whether somebody sleeps.
#[derive(Debug, Default)]
pub(super) struct Gate {
    is_shut: AtomicBool,
    holder: Holder,
}

impl Gate {
    /// Shuts the gate behind the caller, who opens it by dropping the passage.
    ///
    /// # Panics
    ///
    /// As [`shut`](Self::shut).
    #[inline]
    pub(super) fn enter(&self) -> Passage<'_> {
        self.shut();
        Passage(self)
    }

    /// Shuts the gate behind the caller, who has to open it. A panic leaves the caller outside.
    ///
    /// # Panics
    ///
    /// Where it can be told that this thread is inside already: in debug builds with `std`, and
    /// where a passage is a critical section.
    #[inline]
    pub(super) fn shut(&self) {
        // `Acquire` pairs with the `Release` of who opened the gate last: what was done inside
        // before is seen, and nothing that is done inside from now on moves out.
        if self.is_shut.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            self.wait();
        }
        self.holder.enters();
    }

    /// Opens the gate behind the caller, who is inside.
    #[inline]
    pub(super) fn open(&self) {
        self.holder.leaves();
        self.is_shut.store(false, Ordering::Release);
    }

    #[cold]
    fn wait(&self) {
        let mut patience = Patience::default();
        loop {
            assert!(
                !self.holder.is_here(),
                "`Clone`, `Eq` or `Hash` of a cached value or key called the cache that was using it"
            );
            patience.wait();
            // Looked at before it is tried, so that those who wait leave the line to who is inside.
            if !self.is_shut.load(Ordering::Relaxed)
                && self
                    .is_shut
                    .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return;
            }
        }
    }
}

/// Being inside a gate.
#[must_use = "whoever drops it has left"]
pub(super) struct Passage<'a>(&'a Gate);

impl Drop for Passage<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.open();
    }
}
