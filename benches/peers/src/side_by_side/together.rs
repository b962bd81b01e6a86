//! Threads that are measured while they are at work at the same time.

use core::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};
use std::{thread, time::Instant};

use super::rounds::median;

/// A piece of so many calls is measured at a time.
pub(super) const PIECE: usize = 1_024;

/// After so many calls of a piece a thread says that it has got on.
pub(super) const STEP: usize = 64;

/// A start for which no thread sleeps, as one takes longer to wake up than a turn lasts, an end that
/// all wait for, at work, and how far each thread has got.
#[derive(Debug)]
pub(super) struct Together {
    started: AtomicUsize,
    ended: AtomicUsize,
    threads: Vec<Progress>,
}

/// In a line of its own, so that saying it disturbs no other thread.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Progress {
    steps: AtomicU64,
}

impl Together {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            started: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            threads: (0..threads).map(|_| Progress::default()).collect(),
        }
    }

    /// Runs `work` on each of the threads, and returns what they return.
    pub(super) fn each<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let work = &work;
        thread::scope(|scope| {
            let running: Vec<_> =
                (0..self.threads.len()).map(|thread| scope.spawn(move || work(thread))).collect();
            running.into_iter().map(|thread| thread.join().expect("it measured")).collect()
        })
    }

    /// Gives this thread a processor of its own, as far as there are, and waits until all threads
    /// are here.
    pub(super) fn start(&self, thread: usize) {
        let processors = core_affinity::get_core_ids().unwrap_or_default();
        if let Some(processor) = processors.get(thread).filter(|_| self.threads.len() > 1) {
            core_affinity::set_for_current(*processor);
        }
        self.started.fetch_add(1, Ordering::AcqRel);
        for spins in 0_u64.. {
            if self.started.load(Ordering::Acquire) >= self.threads.len() {
                break;
            }
            // Another program may have the processor that the other thread needs.
            if spins % 10_000 == 9_999 { thread::yield_now() } else { spin_loop() }
        }
    }

    /// Says that a thread has made another [`STEP`] calls.
    #[inline]
    pub(super) fn step(&self, thread: usize) {
        let steps = &self.threads[thread].steps;
        steps.store(steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Says that this thread has measured.
    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns whether no thread measures any more; the others have to go on until then.
    pub(super) fn all_have_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire) >= self.threads.len()
    }

    /// Returns how many steps the slowest of the other threads has made.
    fn steps_of_others(&self, thread: usize) -> Option<u64> {
        let others = self.threads.iter().enumerate().filter(|(other, _)| *other != thread);
        others.map(|(_, progress)| progress.steps.load(Ordering::Relaxed)).min()
    }
}

/// What one of the threads measures: those pieces during which the others got on as well. In the
/// rest, another program had a processor.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    together: &'a Together,
    thread: usize,
    wanted: usize,
    tried: usize,
    measured: Vec<f64>,
}

/// A piece that is being measured.
#[derive(Debug)]
pub(super) struct Piece {
    steps_of_others: Option<u64>,
    start: Instant,
}

impl<'a> Watch<'a> {
    /// Starts to measure so many pieces.
    pub(super) fn new(together: &'a Together, thread: usize, pieces: usize) -> Self {
        let measured = Vec::with_capacity(pieces);
        Self { together, thread, wanted: pieces, tried: 0, measured }
    }

    /// How many pieces it takes at most; then it makes do with those that it has.
    pub(super) const fn at_most(pieces: usize) -> usize {
        8 * pieces
    }

    /// Returns whether there are pieces to be measured.
    pub(super) fn wants_more(&self) -> bool {
        self.measured.len() < self.wanted && self.tried < Self::at_most(self.wanted)
    }

    pub(super) fn begin(&self) -> Piece {
        let steps_of_others = self.together.steps_of_others(self.thread);
        Piece { steps_of_others, start: Instant::now() }
    }

    pub(super) fn end(&mut self, piece: &Piece, calls: usize) {
        let nanos = piece.start.elapsed().as_nanos() as f64;
        self.tried += 1;
        let others = self.together.steps_of_others(self.thread).zip(piece.steps_of_others);
        if others.is_none_or(|(now, before)| (now - before) as usize * STEP * 2 >= calls) {
            self.measured.push(nanos / calls as f64);
        }
    }

    /// Returns the time of a call: the median of the pieces, NaN if there is none.
    pub(super) fn time(self) -> f64 {
        median(self.measured)
    }
}
