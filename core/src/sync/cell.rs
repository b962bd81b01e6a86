//! Data that its owner keeps references to apart; named as the checker of memory orders names it.

/// The plain form of what the checker watches.
#[derive(Debug)]
pub(super) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(super) const fn new(data: T) -> Self {
        Self(core::cell::UnsafeCell::new(data))
    }

    #[inline]
    pub(super) fn with<O>(&self, f: impl FnOnce(*const T) -> O) -> O {
        f(self.0.get())
    }

    #[inline]
    pub(super) fn with_mut<O>(&self, f: impl FnOnce(*mut T) -> O) -> O {
        f(self.0.get())
    }
}
