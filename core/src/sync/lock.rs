//! Data behind gates.
#![allow(unsafe_code, reason = "a lock hands out references that only its gates keep apart")]

use core::fmt;

use super::{
    AtomicUsize, Ordering, UnsafeCell,
    gate::{Gate, Passage},
    lane, undisturbed,
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

impl<T> Mutex<T> {
    pub(crate) fn new(data: T) -> Self {
        Self { gate: Gate::default(), data: UnsafeCell::new(data) }
    }

    /// Runs `f` on the data.
    ///
    /// # Panics
    ///
    /// In debug builds with `std`, when this thread holds the lock already: `Clone`, `Eq` or
    /// `Hash` of a value or a key has called the cache that was using it.
    #[inline]
    pub(crate) fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        undisturbed(|| {
            let _passage = self.gate.enter();
            // SAFETY: the gate lets one in at a time, and whoever is inside stays there until `f`
            // has returned or unwound, which the reference does not outlive.
            self.data.with_mut(|data| f(unsafe { &mut *data }))
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
/// one thread, writing costs a gate more for each core. Both may wait for each other, so the rules
/// of [`Mutex`] hold for what runs inside.
pub(crate) struct ReadersLock<T> {
    /// A power of two of them.
    stalls: Box<[Stall]>,
    data: UnsafeCell<T>,
}

// SAFETY: several threads may read the data at the same time, so it has to be `Sync`; a writer may
// take it away or leave something there, so it has to be `Send`.
unsafe impl<T: Send + Sync> Sync for ReadersLock<T> {}

/// A gate and what is counted behind it, on a cache line of their own (two, as lines are fetched in
/// pairs).
#[derive(Default)]
#[repr(align(128))]
struct Stall {
    gate: Gate,
    tally: Tally,
}

/// A count that is changed behind one gate only, and so by a plain addition.
#[derive(Default)]
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    /// Adds to the count, which wraps at the word size.
    #[inline]
    pub(crate) fn add(&self, more: usize) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
    }
}

/// More gates than this make writing dear and reading no cheaper.
const MOST_GATES: usize = 16;

impl<T> ReadersLock<T> {
    pub(crate) fn new(data: T) -> Self {
        let gates = lane::cores().next_power_of_two().min(MOST_GATES);
        let stalls = (0..gates).map(|_| Stall::default()).collect();
        Self { stalls, data: UnsafeCell::new(data) }
    }

    /// Runs `f` on the data and on the count of the thread's gate, beside other readers.
    ///
    /// # Panics
    ///
    /// As [`Mutex::with`].
    #[inline]
    pub(crate) fn read<O>(&self, f: impl FnOnce(&T, &Tally) -> O) -> O {
        undisturbed(|| {
            let stall = &self.stalls[lane::number() & (self.stalls.len() - 1)];
            let _passage = stall.gate.enter();
            // SAFETY: while a gate is shut behind a reader no writer has passed them all, so there
            // is no exclusive reference; this one does not outlive the passage.
            self.data.with(|data| f(unsafe { &*data }, &stall.tally))
        })
    }

    /// Runs `f` on the data, alone.
    ///
    /// # Panics
    ///
    /// As [`Mutex::with`].
    #[inline]
    pub(crate) fn write<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        undisturbed(|| {
            let _passages = Passages::of(&self.stalls);
            // SAFETY: all gates are shut behind this writer until `f` has returned or unwound, so
            // there is no reader and no other writer; the reference does not outlive that.
            self.data.with_mut(|data| f(unsafe { &mut *data }))
        })
    }

    /// Returns the sum of all counts; one under way may lag.
    pub(crate) fn tally(&self) -> usize {
        let count = |stall: &Stall| stall.tally.0.load(Ordering::Relaxed);
        self.stalls.iter().map(count).fold(0, usize::wrapping_add)
    }
}

/// Being inside of all gates. Writers take them in the same order, so none waits for another in a
/// circle.
struct Passages<'a> {
    stalls: &'a [Stall],
    entered: usize,
}

impl<'a> Passages<'a> {
    #[inline]
    fn of(stalls: &'a [Stall]) -> Self {
        // One that panics on its way in leaves those gates that it has passed.
        let mut passages = Self { stalls, entered: 0 };
        for stall in stalls {
            core::mem::forget(stall.gate.enter());
            passages.entered += 1;
        }
        passages
    }
}

impl Drop for Passages<'_> {
    #[inline]
    fn drop(&mut self) {
        for stall in &self.stalls[..self.entered] {
            drop(Passage::forgotten(&stall.gate));
        }
    }
}

impl<T> fmt::Debug for ReadersLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadersLock").field("gates", &self.stalls.len()).finish_non_exhaustive()
    }
}
