//! The order in which entries leave: rings of hashes that entries point into.

use core::mem;

use alloc::collections::VecDeque;

/// Which of the two rings of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Where most entries begin, if the policy tells new entries from proven ones.
    Small,
    /// Where the others are; all, if it does not.
    Main,
}

/// A slot of a ring, as an entry notes it: the ring, and a position that wraps at 2²⁸.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot(u32);

impl Spot {
    /// The bits of an entry's mark that a spot takes.
    pub(super) const BITS: u32 = !(0b11 | Self::FOREIGN);
    /// A bit that the mark has for other things.
    const FOREIGN: u32 = 0b1000;
    const MAIN: u32 = 0b100;
    const SHIFT: u32 = 4;

    const fn new(side: Side, position: u32) -> Self {
        let main = if matches!(side, Side::Main) { Self::MAIN } else { 0 };
        Self(position << Self::SHIFT | main)
    }

    #[inline]
    pub(super) const fn of_mark(mark: u32) -> Self {
        Self(mark & Self::BITS)
    }

    #[inline]
    pub(super) const fn to_mark(self) -> u32 {
        self.0
    }

    #[inline]
    pub(super) const fn side(self) -> Side {
        if self.0 & Self::MAIN == 0 { Side::Small } else { Side::Main }
    }

    const fn position(self) -> u32 {
        self.0 >> Self::SHIFT
    }
}

/// What a slot holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) hash: u64,
    pub(super) spot: Spot,
}

/// Hashes of entries, first in first out.
///
/// An entry is found by the hash in its slot, and notes the slot's position. A slot to which no
/// entry points is stale: its entry has left, or has moved to another slot. So an entry leaves or
/// moves at no cost to the others, and the table learns from the ring what an entry hashes to.
pub(super) struct Ring {
    side: Side,
    /// The position of the front slot.
    first: u32,
    hashes: VecDeque<u64>,
    live: usize,
    /// Beside the hashes, if entries have weights; else each weighs 1.
    weights: Option<Weights>,
}

/// What the entries of a ring weigh, by slot and together.
#[derive(Default)]
struct Weights {
    slots: VecDeque<u32>,
    sum: usize,
}

/// Positions wrap here.
const POSITIONS: u32 = u32::MAX >> Spot::SHIFT;

/// So many stale slots are not worth the trouble.
const LITTER: usize = 32;

impl Ring {
    /// So many entries leave room in the positions for as many stale slots.
    pub(super) const MOST: usize = (POSITIONS as usize >> 1) - LITTER;

    pub(super) fn new(side: Side, weighed: bool) -> Self {
        let weights = weighed.then(Weights::default);
        Self { side, first: 0, hashes: VecDeque::new(), live: 0, weights }
    }

    /// The number of entries.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// What the entries weigh.
    #[inline]
    pub(super) const fn weight(&self) -> usize {
        match &self.weights {
            Some(weights) => weights.sum,
            None => self.live,
        }
    }

    pub(super) const fn is_weighed(&self) -> bool {
        self.weights.is_some()
    }

    #[inline]
    pub(super) fn hash_at(&self, spot: Spot) -> u64 {
        self.hashes[self.index(spot)]
    }

    #[inline]
    pub(super) fn weight_at(&self, spot: Spot) -> u32 {
        self.weights.as_ref().map_or(1, |weights| weights.slots[self.index(spot)])
    }

    #[inline]
    pub(super) fn is_last(&self, spot: Spot) -> bool {
        self.index(spot) + 1 == self.hashes.len()
    }

    /// The slot that is first in line, which may be stale.
    #[inline]
    pub(super) fn front(&self) -> Option<Slot> {
        self.hashes.front().map(|&hash| Slot { hash, spot: self.spot(0) })
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let slot = |(index, &hash)| Slot { hash, spot: self.spot(index) };
        self.hashes.iter().enumerate().map(slot)
    }

    /// Puts an entry last in line.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn push(&mut self, hash: u64, weight: u32) -> Spot {
        let spot = self.spot(self.hashes.len());
        append(&mut self.hashes, hash);
        if let Some(weights) = &mut self.weights {
            weights.push(weight);
        }
        self.live += 1;
        spot
    }

    /// Takes an entry's slot from it, and returns what the entry weighs.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn vacate(&mut self, spot: Spot) -> u32 {
        let index = self.index(spot);
        let weight = self.weights.as_mut().map_or(1, |weights| weights.vacate(index));
        self.live -= 1;
        if index == 0 {
            self.skip();
        } else if self.is_last(spot) {
            self.hashes.pop_back();
            if let Some(weights) = &mut self.weights {
                weights.slots.pop_back();
            }
        }
        weight
    }

    /// Changes what the entry in a slot weighs.
    pub(super) fn reweigh(&mut self, spot: Spot, weight: u32) {
        let index = self.index(spot);
        if let Some(weights) = &mut self.weights {
            let before = mem::replace(&mut weights.slots[index], weight);
            weights.sum = weights.sum - before as usize + weight as usize;
        }
    }

    /// Drops the front slot, which is stale.
    #[inline(never)]
    pub(super) fn skip_stale(&mut self) {
        self.skip();
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn skip(&mut self) {
        self.hashes.pop_front();
        if let Some(weights) = &mut self.weights {
            weights.slots.pop_front();
        }
        self.first = self.first.wrapping_add(1) & POSITIONS;
    }

    /// Whether most slots are stale.
    #[inline]
    pub(super) fn is_littered(&self) -> bool {
        self.hashes.len() > 2 * self.live + LITTER
    }

    /// Drops the stale slots: `moves` is told of each slot's hash and of the spots that it moves
    /// from and to, moves the entry that is there, and returns whether there is one.
    pub(super) fn compact(&mut self, mut moves: impl FnMut(u64, Spot, Spot) -> bool) {
        let mut kept = 0;
        for index in 0..self.hashes.len() {
            let hash = self.hashes[index];
            if moves(hash, self.spot(index), self.spot(kept)) {
                self.hashes[kept] = hash;
                if let Some(weights) = &mut self.weights {
                    weights.slots[kept] = weights.slots[index];
                }
                kept += 1;
            }
        }
        self.hashes.truncate(kept);
        if let Some(weights) = &mut self.weights {
            weights.slots.truncate(kept);
        }
    }

    /// Gives back memory that was for more entries.
    pub(super) fn shrink(&mut self) {
        self.hashes.shrink_to_fit();
        if let Some(weights) = &mut self.weights {
            weights.slots.shrink_to_fit();
        }
    }

    #[inline]
    fn index(&self, spot: Spot) -> usize {
        (spot.position().wrapping_sub(self.first) & POSITIONS) as usize
    }

    #[inline]
    const fn spot(&self, index: usize) -> Spot {
        Spot::new(self.side, self.first.wrapping_add(index as u32) & POSITIONS)
    }
}

impl Weights {
    #[inline(never)]
    fn push(&mut self, weight: u32) {
        append(&mut self.slots, weight);
        self.sum += weight as usize;
    }

    /// Notes that an entry is gone from its slot, and returns what it weighed.
    #[inline(never)]
    fn vacate(&mut self, index: usize) -> u32 {
        let weight = self.slots[index];
        self.sum -= weight as usize;
        weight
    }
}

#[inline]
fn append<T>(slots: &mut VecDeque<T>, slot: T) {
    if slots.len() == slots.capacity() {
        grow(slots);
    }
    slots.push_back(slot);
}

/// Grows by an eighth, as a ring that doubles would be half empty for most of its life.
#[cold]
fn grow<T>(slots: &mut VecDeque<T>) {
    slots.reserve_exact((slots.len() / 8).max(8));
}
