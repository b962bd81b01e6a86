//! The loop around operations, and the keys that hits ask for.

use core::hint::black_box;

/// So many entries a hit is one of.
pub(super) const ENTRIES: usize = 1_000;

pub(super) fn numbers() -> Vec<u64> {
    (0..ENTRIES as u64).collect()
}

/// The loop without an operation.
pub(super) fn empty(calls: usize) {
    repeat(&numbers(), calls, |&n| n);
}

/// Asks for each key in turn, and for the first one again after the last.
#[inline(always)]
pub(super) fn repeat<T>(keys: &[T], calls: usize, ask: impl Fn(&T) -> u64) {
    let mut answers = 0_u64;
    for key in keys.iter().cycle().take(calls) {
        answers = answers.wrapping_add(black_box(ask(black_box(key))));
    }
    black_box(answers);
}
