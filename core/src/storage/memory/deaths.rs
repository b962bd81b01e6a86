//! From when on an entry may be dead.

use super::lines::Layout;
use crate::time::Instant;

/// A bound of the earliest death in a shard, so that nobody looks for the dead where there are none.
///
/// What is written lowers it. What leaves does not raise it: that takes a walk past every entry.
/// Walks of one shard may overlap, and the one that began last has the say.
pub(super) struct Deaths {
    /// The earliest death of what was written since the last walk began.
    written: Instant,
    /// No later than that of any entry from before.
    before: Instant,
    /// Which walk began last; wraps.
    walk: u32,
}

/// How far a walk through the buckets of a shard's table has come.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    number: u32,
    /// How entries lay when it began; once that has changed, it has to begin again.
    pub(super) layout: Layout,
    /// The bucket to look at next.
    pub(super) next: usize,
    /// The earliest death of those that it passed.
    passed: Instant,
}

impl Deaths {
    /// Of an empty shard.
    pub(super) const fn new() -> Self {
        Self { written: Instant::NEVER, before: Instant::NEVER, walk: 0 }
    }

    /// Of the shard once it has been emptied, in which no walk from before has a say.
    pub(super) const fn anew(&self) -> Self {
        Self { walk: self.walk.wrapping_add(1), ..Self::new() }
    }

    /// Notes when an entry dies that is being written.
    #[inline]
    pub(super) fn note(&mut self, death: Instant) {
        self.written = self.written.min(death);
    }

    /// Whether an entry may be dead at `now`.
    #[inline]
    pub(super) fn are_due(&self, now: Instant) -> bool {
        self.written.min(self.before) <= now
    }

    pub(super) fn begin(&mut self, layout: Layout) -> Walk {
        self.before = self.before.min(self.written);
        self.written = Instant::NEVER;
        self.walk = self.walk.wrapping_add(1);
        Walk { number: self.walk, layout, next: 0, passed: Instant::NEVER }
    }

    /// Learns from a walk that has passed every entry from before it began.
    pub(super) const fn finish(&mut self, walk: &Walk) {
        if walk.number == self.walk {
            self.before = walk.passed;
        }
    }
}

impl Walk {
    /// Notes when an entry dies that is passed alive.
    pub(super) fn pass(&mut self, death: Instant) {
        self.passed = self.passed.min(death);
    }

    pub(super) const fn is_over(&self) -> bool {
        self.next >= self.layout.buckets()
    }
}

#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;
    use crate::storage::memory::lines::Lines;

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    fn layout() -> Layout {
        Lines::<u32, u32>::new(false).layout()
    }

    #[test]
    fn nobody_is_dead_before_the_first_who_dies() {
        let mut deaths = Deaths::new();
        assert!(!deaths.are_due(at(u64::MAX - 1)));
        deaths.note(at(20));
        deaths.note(at(10));
        deaths.note(Instant::NEVER);
        assert!(!deaths.are_due(at(9)) && deaths.are_due(at(10)));
    }

    #[test]
    fn a_walk_learns_of_those_it_passed_and_of_those_who_came_meanwhile() {
        let mut deaths = Deaths::new();
        deaths.note(at(10));
        let mut walk = deaths.begin(layout());
        walk.pass(at(50));
        assert!(deaths.are_due(at(10)), "it has not seen everybody yet");
        deaths.note(at(40));
        deaths.finish(&walk);
        assert!(!deaths.are_due(at(39)) && deaths.are_due(at(40)));
        let mut walk = deaths.begin(layout());
        walk.pass(at(50));
        deaths.finish(&walk);
        assert!(!deaths.are_due(at(49)) && deaths.are_due(at(50)));
    }

    /// It does not know who came before the later one began.
    #[test]
    fn a_walk_has_no_say_once_another_has_begun() {
        let mut deaths = Deaths::new();
        let earlier = deaths.begin(layout());
        deaths.note(at(10));
        let later = deaths.begin(layout());
        deaths.finish(&earlier);
        assert!(deaths.are_due(at(10)));
        deaths.finish(&later);
        assert!(!deaths.are_due(at(10)));
        // Nor has one from before the shard was emptied.
        deaths = deaths.anew();
        deaths.note(at(10));
        let _one_more = deaths.begin(layout());
        deaths.finish(&later);
        assert!(deaths.are_due(at(10)));
    }
}
