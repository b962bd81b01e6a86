//! The loads that are being polled on this thread, one inside another: to answer a call of the same
//! key from inside its load, and to leave a load to a task that would be polled too deep.

#[cfg(feature = "std")]
mod stack {
    use core::{
        cell::{Cell, RefCell},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use crate::planted::{self, Fault};

    use alloc::vec::Vec;

    crate::sync::thread_local! {
        static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
        /// The first of the names that this thread has to give.
        static NAMES: Cell<usize> = const { Cell::new(0) };
    }

    /// How many names a thread takes at once.
    const NAMES_AT_ONCE: usize = 1 << 16;

    /// Returns a name that no other load has had: a call may be noted for longer than the called
    /// load exists.
    pub(crate) fn new_name() -> usize {
        let name = NAMES.try_with(|names| {
            let number = match names.get() {
                spent if spent % NAMES_AT_ONCE == 0 => names_from(NAMES_AT_ONCE),
                number => number,
            };
            names.set(number.wrapping_add(1));
            number
        });
        // One name of a block is left out, and likewise where a block is taken for one name.
        name.unwrap_or_else(|_| names_from(NAMES_AT_ONCE))
    }

    #[cold]
    fn names_from(count: usize) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(count, Ordering::Relaxed).wrapping_add(1)
    }

    /// How many loads may begin one inside another: each takes some kilobytes of the stack, and a
    /// thread may have no more than two megabytes.
    const DEEPEST: usize = 64;

    /// How many loads may wait one inside another. Polling one again takes more of the stack.
    const DEEPEST_WAIT: usize = 32;

    /// Notes that this thread polls a load, until dropped. A thread that is ending may have no
    /// place to note it.
    pub(crate) struct Inside {
        noted: bool,
    }

    impl Inside {
        pub(crate) fn of(load: usize) -> Self {
            Self { noted: POLLED.try_with(|polled| polled.borrow_mut().push(load)).is_ok() }
        }
    }

    impl Drop for Inside {
        fn drop(&mut self) {
            if self.noted {
                let _popped = POLLED.try_with(|polled| polled.borrow_mut().pop());
            }
        }
    }

    /// Returns how many loads this thread polls, one inside another.
    fn depth() -> usize {
        POLLED.try_with(|polled| polled.borrow().len()).unwrap_or(0)
    }

    /// Returns the name of the innermost load that this thread polls.
    pub(crate) fn innermost() -> Option<usize> {
        POLLED.try_with(|polled| polled.borrow().last().copied()).ok().flatten()
    }

    /// Returns whether a load would begin too deep here.
    pub(crate) fn is_deep() -> bool {
        depth() >= DEEPEST && !planted::is(Fault::DepthIgnored)
    }

    /// Returns whether a load would wait too deep here.
    pub(crate) fn is_deep_to_wait() -> bool {
        depth() >= DEEPEST_WAIT
    }

    pub(crate) fn is_inside(load: usize) -> bool {
        let inside = POLLED.try_with(|polled| match planted::is(Fault::InnermostOnly) {
            true => polled.borrow().last() == Some(&load),
            false => polled.borrow().contains(&load),
        });
        inside.unwrap_or(false) && !planted::is(Fault::RecursionUnseen)
    }
}

#[cfg(not(feature = "std"))]
mod stack {
    use crate::sync::{AtomicUsize, Ordering};

    /// Without threads' local storage nothing is noted: the timeout has to do.
    pub(crate) struct Inside;

    /// Returns a name that no other load has had.
    pub(crate) fn new_name() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    impl Inside {
        pub(crate) fn of(_load: usize) -> Self {
            Self
        }
    }

    pub(crate) fn is_deep() -> bool {
        false
    }

    pub(crate) fn is_deep_to_wait() -> bool {
        false
    }

    pub(crate) fn is_inside(_load: usize) -> bool {
        false
    }
}

#[cfg(feature = "std")]
pub(super) use self::stack::innermost;
pub(super) use self::stack::{Inside, is_inside, new_name};
pub(crate) use self::stack::{is_deep, is_deep_to_wait};

#[cfg(all(test, feature = "std", not(any(shuttle, evermemo_loom))))]
mod tests {
    use std::{collections::HashSet, thread};

    use alloc::vec::Vec;

    use super::new_name;

    #[test]
    fn no_two_loads_have_had_one_name() {
        const NAMES: usize = 100_000;
        let names = || (0..NAMES).map(|_| new_name()).collect::<Vec<_>>();

        let given: HashSet<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(names)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("names")).collect()
        });

        assert_eq!(given.len(), 3 * NAMES);
    }
}
