//! Being inside without being interrupted by somebody who would wait for it.
//!
//! On one core under a scheduler that preempts, somebody who spins may keep the processor from
//! whoever is inside: `--cfg evermemo_critical_section` makes each passage a critical section.

#[cfg(not(evermemo_critical_section))]
pub(super) struct Undisturbed;

#[cfg(not(evermemo_critical_section))]
impl Undisturbed {
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self
    }
}

#[cfg(evermemo_critical_section)]
pub(super) use self::section::Undisturbed;

#[cfg(evermemo_critical_section)]
#[allow(unsafe_code, reason = "a section that is as long as a value lives has no safe form")]
mod section {
    use core::marker::PhantomData;

    use critical_section::RestoreState;

    /// A critical section, until dropped; it stays where it was begun.
    pub(crate) struct Undisturbed(RestoreState, PhantomData<*const ()>);

    impl Undisturbed {
        pub(crate) fn new() -> Self {
            // SAFETY: it is released once, by the drop of what keeps its state. The locks that keep
            // it in turn drop it where they took it, in the reverse order, as it asks.
            Self(unsafe { critical_section::acquire() }, PhantomData)
        }
    }

    impl Drop for Undisturbed {
        fn drop(&mut self) {
            // SAFETY: as above.
            unsafe { critical_section::release(self.0) }
        }
    }
}
