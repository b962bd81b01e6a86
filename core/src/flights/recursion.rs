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

    /// Returns whether this thread polls a load.
    pub(crate) fn is_nested() -> bool {
        POLLED.with(|polled| !polled.borrow().is_empty())
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

    pub(crate) fn is_nested() -> bool {
        false
    }

    pub(crate) fn is_inside<T>(_seat: &T) -> bool {
        false
    }
}

pub(crate) use self::stack::is_nested;
pub(super) use self::stack::{Inside, is_inside};
