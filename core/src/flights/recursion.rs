//! Whose load is being polled on this thread, to answer a call of the same key from inside it.

#[cfg(feature = "std")]
mod stack {
    use core::cell::RefCell;

    use crate::planted::{self, Fault};

    use alloc::vec::Vec;

    crate::sync::thread_local! {
        static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) struct Inside;

    impl Inside {
        pub(crate) fn of<T>(seat: &T) -> Self {
            POLLED.with(|polled| polled.borrow_mut().push(core::ptr::from_ref(seat).addr()));
            Self
        }
    }

    impl Drop for Inside {
        fn drop(&mut self) {
            POLLED.with(|polled| polled.borrow_mut().pop());
        }
    }

    /// The name of the load that this thread polls, the innermost one.
    pub(crate) fn innermost() -> Option<usize> {
        POLLED.with(|polled| polled.borrow().last().copied())
    }

    pub(crate) fn is_inside<T>(seat: &T) -> bool {
        let inside =
            POLLED.with(|polled| polled.borrow().contains(&core::ptr::from_ref(seat).addr()));
        inside && !planted::is(Fault::RecursionUnseen)
    }
}

#[cfg(not(feature = "std"))]
mod stack {
    /// Without threads' local storage nothing is noted: the timeout has to do.
    pub(crate) struct Inside;

    impl Inside {
        pub(crate) fn of<T>(_seat: &T) -> Self {
            Self
        }
    }

    pub(crate) fn is_inside<T>(_seat: &T) -> bool {
        false
    }
}

#[cfg(feature = "std")]
pub(super) use self::stack::innermost;
pub(super) use self::stack::{Inside, is_inside};
