//! Two queues: S3-FIFO, and the same with a sketch at the gate of the large one.

use super::super::{
    ghost::Ghost,
    lines::{Lines, Place},
    ring::Side,
    sketch::Sketch,
};

/// What the policies of two queues know.
pub(in crate::storage::memory) struct Queues {
    /// Whether who leaves the small queue has to be asked for more often than whose place it takes.
    contested: bool,
    /// The shard's part of the capacity.
    share: usize,
    weighed: bool,
    /// What the shard has learnt, from its first eviction on: a cache that never fills needs none.
    memory: Option<Memory>,
    dice: Dice,
}

/// What is known of keys that may not be stored.
struct Memory {
    /// Sized for so many entries.
    entries: usize,
    ghost: Ghost,
    sketch: Option<Sketch>,
}

/// The state of a xorshift generator (Marsaglia, 2003).
struct Dice(u32);

/// The small queue is a tenth of the whole.
const SMALL: usize = 10;

/// Who is asked for so often and loses all the same gets in at times: else a flood of keys that
/// collide in the sketch could keep the large queue as it is for ever.
const LUCKY_FROM: u64 = 6;
const LUCKY_ONE_IN: u32 = 128;

impl Queues {
    pub(super) const fn new(contested: bool, share: usize, weighed: bool) -> Self {
        Self { contested, share, weighed, memory: None, dice: Dice::new() }
    }

    pub(super) const fn anew(&self) -> Self {
        Self::new(self.contested, self.share, self.weighed)
    }

    pub(super) fn set_share(&mut self, share: usize) {
        if self.share != share {
            self.share = share;
            self.memory = None;
        }
    }

    /// Says where an entry begins that is about to be inserted, and learns that it was asked for.
    #[inline]
    pub(super) fn admit(&mut self, hash: u64) -> Side {
        let Some(Memory { ghost, sketch, .. }) = &mut self.memory else { return Side::Small };
        if let Some(sketch) = sketch {
            sketch.add(hash, 1);
        }
        if ghost.take(hash) { Side::Main } else { Side::Small }
    }

    /// While nobody has to leave, lets the first of a small queue that is too long go on to the
    /// large one, and returns whether one did.
    pub(super) fn graduate<K, V>(&self, lines: &mut Lines<K, V>) -> bool {
        let enough = (self.share / SMALL).max(1);
        if !self.contested || lines.ring(Side::Small).weight() < enough {
            return false;
        }
        let Some(first) = lines.first(Side::Small) else { return false };
        lines.shift(first, Side::Main, first.counter);
        true
    }

    /// Says who leaves next; `None` if there is nobody.
    #[inline]
    pub(super) fn victim<K, V>(&mut self, lines: &mut Lines<K, V>) -> Option<Place> {
        self.size_memory(lines.len());
        let Memory { ghost, sketch, .. } = self.memory.as_mut()?;
        match sketch {
            Some(sketch) => contest(lines, sketch, ghost, &mut self.dice),
            None => by_hits(lines, ghost),
        }
    }

    /// Sees that what is known is sized for a shard that has `len` entries when it evicts.
    fn size_memory(&mut self, len: usize) {
        // What entries weigh says nothing about their number, so that is seen when it is time.
        let entries = if self.weighed { len } else { self.share.min(2 * len) };
        if self.memory.as_ref().is_none_or(|memory| entries > 2 * memory.entries) {
            self.memory = None;
            self.memory = Some(Memory::of(entries, self.contested));
        }
    }
}

impl Memory {
    #[cold]
    fn of(entries: usize, contested: bool) -> Self {
        Self {
            entries,
            // Without a sketch, the ghost is all there is to go by.
            ghost: Ghost::of(if contested { entries / 4 } else { entries / SMALL * (SMALL - 1) }),
            sketch: contested.then(|| Sketch::of(entries)),
        }
    }
}

impl Dice {
    const fn new() -> Self {
        Self(0x9e37_79b9)
    }

    fn are_lucky(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0.is_multiple_of(LUCKY_ONE_IN)
    }
}

/// The first of the small queue against the first of the large one.
#[cfg_attr(not(debug_assertions), inline(always))]
fn contest<K, V>(
    lines: &mut Lines<K, V>,
    sketch: &mut Sketch,
    ghost: &mut Ghost,
    dice: &mut Dice,
) -> Option<Place> {
    let candidate = candidate(lines);
    if let Some(Place { hash, counter: counter @ 1.., .. }) = candidate {
        sketch.add(hash, counter);
    }
    let victim = hand(lines, Some(sketch));
    let Some(candidate) = candidate else { return victim };
    if let Some(victim) = victim {
        let demand = sketch.estimate(candidate.hash);
        if demand > sketch.estimate(victim.hash) || demand >= LUCKY_FROM && dice.are_lucky() {
            lines.shift(candidate, Side::Main, 0);
            return Some(victim);
        }
    }
    ghost.remember(candidate.hash);
    Some(candidate)
}

/// Those of the small queue that were hit twice go on, until one leaves.
#[inline(never)]
fn by_hits<K, V>(lines: &mut Lines<K, V>, ghost: &mut Ghost) -> Option<Place> {
    while let Some(candidate) = candidate(lines) {
        if candidate.counter <= 1 {
            ghost.remember(candidate.hash);
            return Some(candidate);
        }
        lines.shift(candidate, Side::Main, 0);
    }
    hand(lines, None)
}

/// The first of the small queue, if that is long enough for it to be its turn.
#[cfg_attr(not(debug_assertions), inline(always))]
fn candidate<K, V>(lines: &mut Lines<K, V>) -> Option<Place> {
    let enough = (lines.weight() / SMALL).max(1);
    let due = lines.ring(Side::Small).weight() >= enough || lines.ring(Side::Main).len() == 0;
    if due { lines.first(Side::Small) } else { None }
}

/// The first of the large queue, when all that were hit have been given another round, at the price
/// of a hit.
#[cfg_attr(not(debug_assertions), inline(always))]
fn hand<K, V>(lines: &mut Lines<K, V>, mut sketch: Option<&mut Sketch>) -> Option<Place> {
    loop {
        let first = lines.first(Side::Main)?;
        if first.counter == 0 {
            return Some(first);
        }
        if let Some(sketch) = &mut sketch {
            sketch.add(first.hash, 1);
        }
        lines.shift(first, Side::Main, first.counter - 1);
    }
}
