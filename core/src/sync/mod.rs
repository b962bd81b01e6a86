//! The only place that names shared pointers, atomics, locks and threads' local storage, so that
//! under `--cfg shuttle` a scheduler that explores interleavings can stand in for all of them.

#[cfg(all(feature = "std", debug_assertions, not(shuttle)))]
mod holder;

pub(crate) use alloc::sync::Arc;
#[cfg(not(shuttle))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence},
    thread_local,
};
#[cfg(all(feature = "std", not(shuttle)))]
pub(crate) use std::thread_local;

#[cfg(not(any(feature = "std", shuttle)))]
use async_lock::Mutex as Lock;
#[cfg(shuttle)]
use shuttle::sync::Mutex as Lock;
#[cfg(all(feature = "std", not(shuttle)))]
use std::sync::Mutex as Lock;

/// A mutual exclusion that a panic does not poison.
///
/// Nothing but a key's `Eq` and `Hash` and a value's `Clone` may run while it is held; those can
/// panic, but what they interrupt is never half done, so the data behind the lock stays whole.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T> {
    inner: Lock<T>,
    #[cfg(all(feature = "std", debug_assertions, not(shuttle)))]
    holder: holder::Holder,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            inner: Lock::new(value),
            #[cfg(all(feature = "std", debug_assertions, not(shuttle)))]
            holder: holder::Holder::default(),
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
        #[cfg(all(feature = "std", debug_assertions, not(shuttle)))]
        self.holder.assert_not_here();
        let mut guard = self.guard();
        #[cfg(all(feature = "std", debug_assertions, not(shuttle)))]
        let _here = self.holder.hold();
        f(&mut guard)
    }

    #[cfg(any(feature = "std", shuttle))]
    #[inline]
    fn guard(&self) -> impl core::ops::DerefMut<Target = T> + '_ {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    #[cfg(not(any(feature = "std", shuttle)))]
    fn guard(&self) -> impl core::ops::DerefMut<Target = T> + '_ {
        loop {
            match self.inner.try_lock() {
                Some(guard) => break guard,
                None => core::hint::spin_loop(),
            }
        }
    }
}
