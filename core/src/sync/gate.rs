//! One word that lets one in at a time.

#[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
use super::holder::Holder;
use super::{AtomicBool, Ordering, patience::Patience};

/// Lets one in at a time; a panic inside lets the next one in.
///
/// It opens with a plain store, so a passage costs one atomic read-modify-write and not two. A lock
/// that parks its waiters needs the second one, to see whether somebody sleeps.
#[derive(Debug, Default)]
pub(super) struct Gate {
    shut: AtomicBool,
    #[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
    holder: Holder,
}

impl Gate {
    /// Shuts the gate behind the caller, who opens it by dropping the passage.
    ///
    /// # Panics
    ///
    /// In debug builds with `std`, when this thread is inside already.
    #[inline]
    pub(super) fn enter(&self) -> Passage<'_> {
        if self.shut.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.wait();
        }
        #[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
        self.holder.set();
        Passage(self)
    }

    #[cold]
    fn wait(&self) {
        let mut patience = Patience::default();
        loop {
            #[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
            self.holder.assert_not_here();
            patience.wait();
            // Looked at before it is tried, so that those who wait leave the line to who is inside.
            if !self.shut.load(Ordering::Relaxed)
                && self
                    .shut
                    .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return;
            }
        }
    }
}

/// Being inside a gate.
pub(super) struct Passage<'a>(&'a Gate);

impl<'a> Passage<'a> {
    /// The passage of somebody who is inside and has forgotten it.
    #[inline]
    pub(super) const fn forgotten(gate: &'a Gate) -> Self {
        Self(gate)
    }
}

impl Drop for Passage<'_> {
    #[inline]
    fn drop(&mut self) {
        #[cfg(all(feature = "std", debug_assertions, not(any(shuttle, evermemo_loom))))]
        self.0.holder.clear();
        self.0.shut.store(false, Ordering::Release);
    }
}
