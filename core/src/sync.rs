//! The only place that names shared pointers, atomics and locks, so that a model checker or
//! another lock can be put in one place.

pub(crate) use alloc::sync::Arc;
pub(crate) use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

/// A mutual exclusion that a panic does not poison.
///
/// Nothing but a key's `Eq` and `Hash` and a value's `Clone` may run while it is held; those can
/// panic, but what they interrupt is never half done, so the data behind the lock stays whole.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T> {
    #[cfg(feature = "std")]
    inner: std::sync::Mutex<T>,
    #[cfg(not(feature = "std"))]
    inner: async_lock::Mutex<T>,
    #[cfg(all(feature = "std", debug_assertions))]
    holder: reentry::Holder,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            inner: value.into(),
            #[cfg(all(feature = "std", debug_assertions))]
            holder: reentry::Holder::default(),
        }
    }

    /// Runs `f` on the data.
    ///
    /// # Panics
    ///
    /// In debug builds with `std`, when this thread holds the lock already: `Clone`, `Eq` or
    /// `Hash` of a value or a key has called the cache that was using it.
    #[inline]
    pub(crate) fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        #[cfg(all(feature = "std", debug_assertions))]
        self.holder.assert_not_here();
        let mut guard = self.guard();
        #[cfg(all(feature = "std", debug_assertions))]
        let _here = self.holder.hold();
        f(&mut guard)
    }

    #[cfg(feature = "std")]
    #[inline]
    fn guard(&self) -> impl core::ops::DerefMut<Target = T> + '_ {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    #[cfg(not(feature = "std"))]
    fn guard(&self) -> impl core::ops::DerefMut<Target = T> + '_ {
        loop {
            match self.inner.try_lock() {
                Some(guard) => break guard,
                None => core::hint::spin_loop(),
            }
        }
    }
}

#[cfg(all(feature = "std", debug_assertions))]
mod reentry {
    use super::{AtomicUsize, Ordering};

    std::thread_local!(static HERE: u8 = const { 0 });

    /// Which thread holds the lock, as the address of something only that thread has.
    #[derive(Debug, Default)]
    pub(super) struct Holder(AtomicUsize);

    impl Holder {
        pub(super) fn assert_not_here(&self) {
            assert!(
                self.0.load(Ordering::Relaxed) != here(),
                "`Clone`, `Eq` or `Hash` of a cached value or key called the cache that was using it"
            );
        }

        pub(super) fn hold(&self) -> Held<'_> {
            self.0.store(here(), Ordering::Relaxed);
            Held(&self.0)
        }
    }

    fn here() -> usize {
        HERE.with(|here| core::ptr::from_ref(here).addr())
    }

    pub(super) struct Held<'a>(&'a AtomicUsize);

    impl Drop for Held<'_> {
        fn drop(&mut self) {
            self.0.store(0, Ordering::Relaxed);
        }
    }
}
