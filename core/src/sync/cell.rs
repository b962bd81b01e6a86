//! Data whose owner keeps the references to it apart.

/// Has the names of the one that loom watches, and nothing else.
#[derive(Debug)]
pub(super) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(super) const fn new(data: T) -> Self {
        Self(core::cell::UnsafeCell::new(data))
    }

    #[inline(always)]
    pub(super) const fn get(&self) -> ConstPtr<T> {
        ConstPtr(self.0.get())
    }

    #[inline]
    pub(super) fn with_mut<O>(&self, f: impl FnOnce(*mut T) -> O) -> O {
        f(self.0.get())
    }
}

/// The data, to be looked at.
#[derive(Debug)]
pub(super) struct ConstPtr<T>(*const T);

impl<T> ConstPtr<T> {
    #[inline(always)]
    pub(super) fn with<O>(&self, f: impl FnOnce(*const T) -> O) -> O {
        f(self.0)
    }
}
