//! Data behind gates.
#![allow(unsafe_code, reason = "a lock hands out references that only its gates keep apart")]

use core::{
    fmt,
    ops::Deref,
    panic::{RefUnwindSafe, UnwindSafe},
};

use super::{
    ConstPtr, Tally, UnsafeCell,
    gate::{Gate, Passage},
    threads,
    undisturbed::Undisturbed,
};

use alloc::boxed::Box;

/// A mutual exclusion that a panic does not poison.
///
/// Nothing but a key's `Eq` and `Hash` and a value's `Clone` may run while it is held; those can
/// panic, but what they interrupt is never half done, so the data behind the lock stays whole.
pub(crate) struct Mutex<T> {
    gate: Gate,
    data: UnsafeCell<T>,
}

// SAFETY: `with` makes the only references to the data, one at a time, so sharing the lock is no
// more than sending the data from thread to thread.
unsafe impl<T: Send> Sync for Mutex<T> {}

// What a panic interrupts is never half done.
impl<T> UnwindSafe for Mutex<T> {}
impl<T> RefUnwindSafe for Mutex<T> {}

impl<T> Mutex<T> {
    pub(crate) fn new(data: T) -> Self {
        Self { gate: Gate::default(), data: UnsafeCell::new(data) }
    }

    /// Runs `f` on the data. If `f` panics, the lock is free again.
    ///
    /// # Panics
    ///
    /// When this thread holds the lock already: `Clone`, `Eq` or `Hash` of a value or a key has
    /// called the cache that was using it. That is noticed in debug builds with `std`, and where a
    /// passage is a critical section; elsewhere the thread waits for itself.
    #[inline]
    pub(crate) fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        let _undisturbed = Undisturbed::new();
        let _passage = self.gate.enter();
        self.data.with_mut(|data| {
            // SAFETY: the gate lets one in at a time, and whoever is inside stays there until
            // `f` has returned or unwound, which the reference does not outlive.
            f(unsafe { &mut *data })
        })
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// A lock whose readers do not meet, as long as they run on different cores.
///
/// A reader enters the gate of its thread, a writer all gates in turn: reading is as cheap as with
/// one thread, writing costs a gate more for each core. (The big-reader lock of Linux 2.4,
/// `brlock`.) Readers of one gate wait for each other, so the rules of [`Mutex`] hold for what runs
/// inside.
pub(crate) struct ReadersLock<T> {
    /// A power of two of them, so that a thread's is found by a mask.
    stalls: Box<[Stall]>,
    /// Counts writes.
    writes: Tally,
    data: UnsafeCell<T>,
}

// SAFETY: several threads may read the data at the same time, so it has to be `Sync`; a writer may
// take it away or leave something there, so it has to be `Send`.
unsafe impl<T: Send + Sync> Sync for ReadersLock<T> {}

// As for `Mutex`.
impl<T> UnwindSafe for ReadersLock<T> {}
impl<T> RefUnwindSafe for ReadersLock<T> {}

/// A gate and what is counted behind it, on a cache line of their own (two, as lines are fetched in
/// pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stall {
    gate: Gate,
    tally: Tally,
}

/// More gates than this make writing dear and reading no cheaper.
const MOST_GATES: usize = 16;

impl<T> ReadersLock<T> {
    pub(crate) fn new(data: T) -> Self {
        Self::with_gates(threads::cores(), data)
    }

    /// With a gate for each of so many threads that run at the same time.
    pub(super) fn with_gates(threads: usize, data: T) -> Self {
        let gates = threads.min(MOST_GATES).next_power_of_two();
        let stalls = (0..gates).map(|_| Stall::default()).collect();
        Self { stalls, writes: Tally::default(), data: UnsafeCell::new(data) }
    }

    /// Lets the thread read, beside other readers, until it drops what is returned.
    ///
    /// # Panics
    ///
    /// As [`Mutex::with`].
    // A function that took a closure would not be inlined as a whole.
    #[inline(always)]
    pub(crate) fn read(&self) -> Reader<'_, T> {
        let undisturbed = Undisturbed::new();
        let number = threads::number() & (self.stalls.len() - 1);
        // SAFETY: `with_gates` makes a power of two of stalls, so there is one at least, and the
        // mask leaves a number below theirs.
        let stall = unsafe { self.stalls.get_unchecked(number) };
        let passage = stall.gate.enter();
        Reader {
            data: self.data.get(),
            tally: &stall.tally,
            _passage: passage,
            _undisturbed: undisturbed,
        }
    }

    /// Runs `f` on the data, alone. If `f` panics, the lock is free again.
    ///
    /// # Panics
    ///
    /// As [`Mutex::with`].
    #[inline]
    pub(crate) fn write<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        let _undisturbed = Undisturbed::new();
        let _passages = Passages::through(&self.stalls);
        self.writes.add(1);
        self.data.with_mut(|data| {
            // SAFETY: all gates are shut behind this writer until `f` has returned or unwound, so
            // there is no reader and no other writer; the reference does not outlive that.
            f(unsafe { &mut *data })
        })
    }

    /// Returns how often the data has been written, so that a reader can tell later whether what it
    /// did not find may have come meanwhile. Wraps at the word size.
    #[inline(always)]
    pub(crate) fn writes(&self) -> usize {
        self.writes.count()
    }

    /// Returns the sum of all counts, which wraps at the word size. It may miss what is being added
    /// meanwhile.
    pub(crate) fn tally(&self) -> usize {
        self.stalls.iter().map(|stall| stall.tally.count()).fold(0, usize::wrapping_add)
    }
}

impl<T> fmt::Debug for ReadersLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadersLock").field("gates", &self.stalls.len()).finish_non_exhaustive()
    }
}

/// Being inside a reader's gate.
#[must_use = "whoever drops it has left"]
pub(crate) struct Reader<'a, T> {
    // Dropped in this order.
    data: ConstPtr<T>,
    tally: &'a Tally,
    _passage: Passage<'a>,
    _undisturbed: Undisturbed,
}

impl<T> Reader<'_, T> {
    /// The count of the thread's gate.
    #[inline(always)]
    pub(crate) const fn tally(&self) -> &Tally {
        self.tally
    }
}

impl<T> Deref for Reader<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: while one gate is shut behind a reader no writer has shut them all, so there is
        // no exclusive reference; this one cannot outlive the reader, and so not the passage.
        self.data.with(|data| unsafe { &*data })
    }
}

/// Being inside all gates. Writers take them in the same order, so none waits for another in a
/// circle.
#[must_use = "whoever drops it has left"]
struct Passages<'a> {
    stalls: &'a [Stall],
    shut: usize,
}

impl<'a> Passages<'a> {
    #[inline]
    fn through(stalls: &'a [Stall]) -> Self {
        // Exists from the start, so that a panic at one gate opens those before it.
        let mut passages = Self { stalls, shut: 0 };
        for stall in stalls {
            stall.gate.shut();
            passages.shut += 1;
        }
        passages
    }
}

impl Drop for Passages<'_> {
    #[inline]
    fn drop(&mut self) {
        for stall in self.stalls.iter().take(self.shut) {
            stall.gate.open();
        }
    }
}
