//! The measure of work under one lock.

/// The steps that are left before others have their turns.
///
/// A step is an entry, a slot or a bucket that is looked at. Work that is not done when none is
/// left gives the lock away and takes it again.
pub(super) struct Portion {
    steps: usize,
}

/// How many steps there are at most while a lock is held once.
pub(super) const PORTION: usize = 1_024;

impl Portion {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { steps: PORTION }
    }

    /// One of so few steps that it is a part of something else.
    #[inline]
    pub(super) const fn of(steps: usize) -> Self {
        Self { steps }
    }

    /// Returns how many steps are left.
    #[inline]
    pub(super) const fn left(&self) -> usize {
        self.steps
    }

    /// Takes this many steps of those that are left.
    #[inline]
    pub(super) const fn spend(&mut self, steps: usize) {
        self.steps -= steps;
    }

    /// Takes a step, and returns whether one was left.
    #[inline]
    pub(super) const fn step(&mut self) -> bool {
        let left = self.steps > 0;
        self.steps -= left as usize;
        left
    }
}
