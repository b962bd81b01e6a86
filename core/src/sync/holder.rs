//! Which thread is inside a gate, to tell a re-entry from a wait that never ends.

#[cfg(all(
    feature = "std",
    debug_assertions,
    not(any(shuttle, evermemo_loom, evermemo_critical_section))
))]
mod kind {
    use core::sync::atomic::{AtomicUsize, Ordering};

    std::thread_local!(static HERE: u8 = const { 0 });

    const NOBODY: usize = 0;

    /// The thread, as the address of something that only it has.
    ///
    /// `Relaxed` does, since a thread looks for itself alone, and sees its own stores in order.
    #[derive(Debug, Default)]
    pub(crate) struct Holder(AtomicUsize);

    impl Holder {
        pub(crate) fn enters(&self) {
            self.0.store(here(), Ordering::Relaxed);
        }

        pub(crate) fn leaves(&self) {
            self.0.store(NOBODY, Ordering::Relaxed);
        }

        /// Asked by who finds the gate shut.
        pub(crate) fn is_here(&self) -> bool {
            self.0.load(Ordering::Relaxed) == here()
        }
    }

    fn here() -> usize {
        HERE.with(|here| core::ptr::from_ref(here).addr())
    }
}

#[cfg(not(all(
    feature = "std",
    debug_assertions,
    not(any(shuttle, evermemo_loom, evermemo_critical_section))
)))]
mod kind {
    /// Notes nothing: it would cost too much, or there is nothing to tell threads apart by.
    #[derive(Debug, Default)]
    pub(crate) struct Holder;

    impl Holder {
        #[inline]
        pub(crate) const fn enters(&self) {}

        #[inline]
        pub(crate) const fn leaves(&self) {}

        /// Who is in a critical section is alone, so it has shut the gate itself.
        #[inline]
        pub(crate) const fn is_here(&self) -> bool {
            cfg!(evermemo_critical_section)
        }
    }
}

pub(super) use self::kind::Holder;
