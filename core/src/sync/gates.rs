//! Gates for readers: one at first, and more where readers meet.
#![allow(unsafe_code, reason = "the gates that there are stand in two words, which change")]

use core::{ptr, slice};

use super::{
    AtomicPtr, AtomicUsize, Ordering, Tally,
    gate::{Gate, GateWait, Passage, PassageKind},
    threads,
};

use alloc::boxed::Box;

/// A reader passes the gate of its thread, a writer all gates, the first one first.
///
/// There is one gate at first, so that a writer has one to pass. Where readers wait for each other,
/// the gates double, as the cells of Java's `Striped64` do; they never become fewer. A reader that
/// adds gates is behind the first one, and so is a writer before it reads their number: each reader
/// is behind a gate that every writer passes.
#[derive(Debug)]
pub(super) struct Gates {
    /// One less than their number, a power of two, so that it masks a thread's number to that of
    /// its gate. Changed behind the first gate, once the stalls are there.
    mask: AtomicUsize,
    /// The first of them. It is alone as long as there is one gate, and then in a row with room for
    /// all that may come. Null as long as there is no gate.
    stalls: AtomicPtr<Stall>,
}

/// A gate and the counts behind it, on a cache line of their own (two, as lines are fetched in
/// pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Stall {
    gate: Gate,
    pub(super) tally: Tally,
    /// How often readers have waited here for readers, since that was last compared with writes.
    meetings: Tally,
    /// The number of writes at that time.
    writes: Tally,
}

/// The conditions for more gates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// Counts writes.
    pub(super) writes: &'a Tally,
    /// How many gates there may be, a power of two.
    pub(super) most: usize,
}

/// More gates than this make writes expensive and reads no cheaper.
const MOST_GATES: usize = 16;

/// After so many meetings at a gate their number doubles, unless there were more writes than that
/// meanwhile.
///
/// A gate more costs each writer about what a meeting costs a reader: a line of memory that another
/// core has changed. But readers take lines from each other without meeting as well, several times
/// for each time that they meet.
const MEETINGS: usize = if cfg!(any(shuttle, evermemo_loom)) { 1 } else { 16 };
const WRITES: usize = 4 * MEETINGS;

/// Returns how many gates there may be where this many threads run at the same time.
pub(super) fn most(threads: usize) -> usize {
    threads.min(MOST_GATES).next_power_of_two()
}

impl Gates {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { mask: AtomicUsize::new(0), stalls: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Makes the first gate, unless that has been done.
    ///
    /// # Safety
    ///
    /// It is the same stall each time, and is there, shared, as long as these gates are.
    pub(super) unsafe fn begin_with(&self, first: *mut Stall) {
        // `Release` pairs with the `Acquire` of a thread that looks for a gate.
        let _done = self.stalls.compare_exchange(
            ptr::null_mut(),
            first,
            Ordering::Release,
            Ordering::Relaxed,
        );
    }

    /// Returns their number and the first one, unless there is none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn standing(&self) -> Option<(usize, *mut Stall)> {
        // The number first, and by `Acquire`, so that the stalls are those that it counts, or later
        // ones, which are more. And a thread that takes a gate which has never been opened sees by
        // it all writes from before the gate was there.
        let mask = self.mask.load(Ordering::Acquire);
        let stalls = self.stalls.load(Ordering::Acquire);
        (!stalls.is_null()).then_some((mask, stalls))
    }

    /// Returns the stall of this thread, unless there is none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn mine(&self) -> Option<&Stall> {
        let (mask, stalls) = self.standing()?;
        // SAFETY: the mask is less than the number of stalls, which are there as long as `self`.
        Some(unsafe { &*stalls.add(threads::number() & mask) })
    }

    /// The sum of all counts, which wraps at the word size.
    pub(super) fn tally(&self) -> usize {
        let Some((mask, stalls)) = self.standing() else { return 0 };
        // SAFETY: as in `mine`.
        let stalls = unsafe { slice::from_raw_parts(stalls, mask + 1) };
        stalls.iter().map(|stall| stall.tally.count()).fold(0, usize::wrapping_add)
    }

    /// Returns how many there are, if any.
    pub(super) fn len(&self) -> usize {
        self.standing().map_or(0, |(mask, _)| mask + 1)
    }

    /// Lets a reader pass that has found its gate shut, and returns the stall that it is in then.
    ///
    /// # Panics
    ///
    /// As [`Gate::wait`].
    #[cold]
    #[inline(never)]
    pub(super) fn meet<'a>(&'a self, mut stall: &'a Stall, terms: Terms<'_>) -> &'a Stall {
        loop {
            let waited = stall.gate.wait(PassageKind::Reader);
            // Not before, as its gate is what detects that it is inside already.
            threads::take_number();
            match waited {
                GateWait::Inside { for_reader: true } => return self.met(stall, terms),
                GateWait::Inside { for_reader: false } => return stall,
                GateWait::Retired => match self.mine() {
                    Some(mine) if !ptr::eq(mine, stall) => stall = mine,
                    _ => return stall,
                },
            }
        }
    }

    /// Counts a meeting of readers in a stall that the caller is in, adds gates if that pays, and
    /// returns the stall that the caller is in then.
    fn met<'a>(&'a self, stall: &'a Stall, terms: Terms<'_>) -> &'a Stall {
        stall.meetings.add(1);
        if !threads::DIFFER || stall.meetings.count() < MEETINGS {
            return stall;
        }
        let writes = terms.writes.count();
        if writes.wrapping_sub(stall.writes.count()) > WRITES {
            stall.begin_anew(writes);
            return stall;
        }
        self.grow(stall, terms)
    }

    /// Doubles the number of gates for a reader in a stall, if it may and none is waited for, and
    /// returns the stall that the reader is in then.
    pub(super) fn grow<'a>(&'a self, stall: &'a Stall, terms: Terms<'_>) -> &'a Stall {
        let first = self.stalls.load(Ordering::Acquire);
        // SAFETY: there is one, as the reader is in it or in one of those after it.
        let first = unsafe { &*first };
        let is_first = ptr::eq(first, stall);
        // Only tried: a writer behind the first gate may be waiting for that of the reader.
        if !is_first && !first.gate.try_shut(PassageKind::Reader) {
            return stall;
        }
        // No other thread changes it: that takes being behind the first gate.
        let mask = self.mask.load(Ordering::Relaxed);
        let mut inside = stall;
        if mask + 1 < terms.most {
            stall.begin_anew(terms.writes.count());
            if mask == 0 {
                inside = self.make_row(stall, terms);
            }
            self.mask.store(2 * mask + 1, Ordering::Release);
        }
        if !is_first {
            first.gate.open();
        }
        inside
    }

    /// Makes stalls for all gates that there may be, for a reader in the only stall, and returns
    /// the first of them, in which the reader is then.
    fn make_row<'a>(&'a self, only: &Stall, terms: Terms<'_>) -> &'a Stall {
        let row: Box<[Stall]> = (0..terms.most).map(|_| Stall::default()).collect();
        let first = Box::into_raw(row).cast::<Stall>();
        // SAFETY: it is there, and is freed at the end, by `end`.
        let inside = unsafe { &*first };
        inside.begin_anew(terms.writes.count());
        inside.tally.add(only.tally.count());
        // No other thread knows of it.
        let shut = inside.gate.try_shut(PassageKind::Reader);
        debug_assert!(shut);
        self.stalls.store(first, Ordering::Release);
        // A thread that comes to the old gate looks for the new one.
        only.gate.retire();
        inside
    }

    /// Shuts all gates behind a writer, unless there are none.
    ///
    /// # Panics
    ///
    /// As [`Gate::wait`].
    // Compiled once for all data: a write costs more than this call.
    #[inline(never)]
    pub(super) fn through(&self) -> Option<Passages<'_>> {
        loop {
            let stalls = self.stalls.load(Ordering::Acquire);
            if stalls.is_null() {
                return None;
            }
            // SAFETY: as in `mine`.
            let first = slice::from_ref(unsafe { &*stalls });
            // Exists from the start, so that a panic at one gate opens those before it.
            let mut passages = Passages { stalls: first, shut: 0 };
            if !passages.pass() && !ptr::eq(self.stalls.load(Ordering::Relaxed), stalls) {
                continue;
            }
            // A thread behind the first gate keeps others from changing it.
            let mask = self.mask.load(Ordering::Relaxed);
            // SAFETY: as in `mine`.
            passages.stalls = unsafe { slice::from_raw_parts(stalls, mask + 1) };
            while passages.shut <= mask {
                passages.pass();
            }
            return Some(passages);
        }
    }

    /// Lets waiting threads in at all gates, before the caller, which is outside, comes again.
    #[cold]
    #[inline(never)]
    pub(super) fn give_way(&self) {
        let Some((mask, stalls)) = self.standing() else { return };
        // SAFETY: as in `mine`.
        let stalls = unsafe { slice::from_raw_parts(stalls, mask + 1) };
        stalls.iter().for_each(|stall| stall.gate.give_way());
    }

    /// Frees the gates after the first one.
    ///
    /// # Safety
    ///
    /// No thread is inside, and none comes again. The arguments are those of before.
    pub(super) unsafe fn end(&mut self, first: *mut Stall, most: usize) {
        let stalls = self.stalls.load(Ordering::Relaxed);
        if !ptr::eq(stalls, first) {
            // SAFETY: `make_row` has made as many, once.
            drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(stalls, most)) });
        }
    }
}

impl Stall {
    /// Shuts the gate behind the caller, a reader that has to leave by the
    /// [passage](Self::passage), unless it is shut and the caller has to [`meet`](Gates::meet).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn enter(&self) -> bool {
        self.gate.try_shut(PassageKind::Reader)
    }

    /// Returns the way out for a thread inside.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn passage(&self) -> Passage<'_> {
        self.gate.passage()
    }

    /// Begins to count meetings anew, after this many writes.
    fn begin_anew(&self, writes: usize) {
        self.meetings.set(0);
        self.writes.set(writes);
    }
}

/// Being inside all gates. Writers take them in the same order, so none waits for another in a
/// circle.
#[must_use = "dropping it leaves"]
pub(super) struct Passages<'a> {
    stalls: &'a [Stall],
    shut: usize,
}

impl Passages<'_> {
    /// Shuts the next gate, and returns whether it has not been retired.
    #[inline]
    fn pass(&mut self) -> bool {
        let gate = &self.stalls[self.shut].gate;
        if !gate.try_shut(PassageKind::Writer)
            && gate.wait(PassageKind::Writer) == GateWait::Retired
        {
            return false;
        }
        self.shut += 1;
        true
    }
}

impl Drop for Passages<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        for stall in self.stalls.iter().take(self.shut) {
            stall.gate.open();
        }
    }
}

// Where a passage is a critical section no thread waits, and no gate is added.
#[cfg(all(test, not(any(shuttle, evermemo_loom, evermemo_critical_section))))]
mod tests {
    use super::*;

    /// How many gates there are after a thousand meetings, with this many writes after each.
    fn gates(writes_each: usize) -> usize {
        let (gates, mut first) = (Gates::new(), Stall::default());
        let (writes, most) = (Tally::default(), 8);
        // SAFETY: it is the only stall that is given, and is there to the end.
        unsafe { gates.begin_with(&raw mut first) };
        for _ in 0..1_000 {
            let stall = gates.mine().expect("there is one");
            assert!(stall.enter());
            drop(gates.met(stall, Terms { writes: &writes, most }).passage());
            writes.add(writes_each);
        }
        let len = gates.len();
        let mut gates = gates;
        // SAFETY: no thread is inside.
        unsafe { gates.end(&raw mut first, most) };
        len
    }

    #[test]
    fn gates_come_where_readers_meet_unless_writers_pass_more_often() {
        assert_eq!([0, 1, 3].map(gates), [8; 3]);
        assert_eq!([5, 100].map(gates), [1; 2]);
    }
}
