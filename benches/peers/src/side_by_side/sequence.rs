//! Keys in the order in which they will be asked for, made before any clock starts.

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, Zipf};

use super::{Key, Value};

/// Keys, and the numbers that they were made of.
#[derive(Debug)]
pub struct Sequence<K> {
    keys: Vec<K>,
    numbers: Vec<u64>,
}

impl<K: Key> Sequence<K> {
    /// Draws `length` keys of `0..entries`, each as often as any other.
    #[must_use]
    pub fn uniform(entries: u64, length: usize) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(entries);
        (0..length).map(|_| random.random_range(0..entries)).collect()
    }

    /// Draws `length` keys of `0..entries` by Zipf's law with this exponent.
    ///
    /// # Panics
    ///
    /// If `entries` is zero, or the exponent negative.
    #[must_use]
    pub fn skewed(entries: u64, exponent: f64, length: usize) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(entries);
        let ranks = Zipf::new(entries as f64, exponent).expect("there are entries");
        (0..length).map(|_| ranks.sample(&mut random) as u64 - 1).collect()
    }

    /// Repeats one key.
    #[must_use]
    pub fn hot(length: usize) -> Self {
        (0..length).map(|_| 7).collect()
    }

    /// Returns the next `calls` keys from `*from` on, in pieces, and starts over at the end.
    pub fn next(&self, from: &mut usize, calls: usize) -> Vec<&[K]> {
        next(&self.keys, from, calls)
    }

    /// Returns each key with its number, for loads.
    #[must_use]
    pub fn with_numbers(self) -> Vec<(K, u64)> {
        self.keys.into_iter().zip(self.numbers).collect()
    }

    /// Returns all keys from `from` on, in pieces of `length`, each with what its values sum up to.
    #[must_use]
    pub fn pieces(&self, from: usize, length: usize) -> Vec<(&[K], u64)> {
        let pieces = self.keys.chunks(length).zip(self.numbers.chunks(length));
        let mut pieces: Vec<_> =
            pieces.map(|(keys, numbers)| (keys, sum(numbers.iter().copied()))).collect();
        let first = from / length % pieces.len();
        pieces.rotate_left(first);
        pieces
    }

    /// Returns what the values of the next `calls` keys from `from` on sum up to.
    #[must_use]
    pub fn sum(&self, from: usize, calls: usize) -> u64 {
        let numbers = self.numbers.iter().cycle().skip(from % self.numbers.len()).take(calls);
        sum(numbers.copied())
    }
}

impl<K: Key> FromIterator<u64> for Sequence<K> {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let numbers: Vec<_> = numbers.into_iter().collect();
        Self { keys: numbers.iter().map(|&number| K::numbered(number)).collect(), numbers }
    }
}

/// Returns the next `calls` of all from `*from` on, in pieces, and starts over at the end.
pub(super) fn next<'a, T>(all: &'a [T], from: &mut usize, calls: usize) -> Vec<&'a [T]> {
    let mut pieces = Vec::new();
    let mut left = calls;
    while left > 0 {
        *from %= all.len();
        let until = all.len().min(*from + left);
        pieces.push(&all[*from..until]);
        left -= until - *from;
        *from = until;
    }
    pieces
}

/// Returns what the values of these keys sum up to.
pub(super) fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, |sum, number| sum.wrapping_add(u64::of(number)))
}
