//! Two queues: S3-FIFO, and the same with a sketch at the gate of the large one.

use super::{
    super::{
        ghost::Ghost,
        ring::Side,
        shard::{Left, Place, Shard},
        sketch::Sketch,
    },
    Order,
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
    /// The state of a xorshift generator (Marsaglia, 2003).
    dice: u32,
}

/// What is known of keys that may not be stored.
struct Memory {
    /// Sized for so many entries.
    entries: usize,
    ghost: Ghost,
    sketch: Option<Sketch>,
}

/// The small queue is a tenth of the whole.
const SMALL: usize = 10;

/// Who is asked for so often and loses all the same gets in at times: else a flood of keys that
/// collide in the sketch could keep the large queue as it is for ever.
const LUCKY_FROM: u64 = 6;
const LUCKY_ONE_IN: u32 = 128;

impl Queues {
    pub(super) const fn new(contested: bool, share: usize, weighed: bool) -> Self {
        Self { contested, share, weighed, memory: None, dice: 0x9e37_79b9 }
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

    pub(super) fn admit(&mut self, hash: u64) -> Side {
        let Some(memory) = &mut self.memory else { return Side::Small };
        memory.ask(hash, 1);
        if memory.ghost.take(hash) { Side::Main } else { Side::Small }
    }

    /// What is known, sized for a shard that has `len` entries when it evicts.
    fn memory(&mut self, len: usize) -> &mut Memory {
        // What entries weigh says nothing about their number, so that is seen when it is time.
        let entries = if self.weighed { len } else { self.share.min(2 * len) };
        if self.memory.as_ref().is_none_or(|memory| entries > 2 * memory.entries) {
            self.memory = None;
        }
        let contested = self.contested;
        self.memory.get_or_insert_with(|| Memory {
            entries,
            // Without a sketch, the ghost is all there is to go by.
            ghost: Ghost::of(if contested { entries / 4 } else { entries / SMALL * (SMALL - 1) }),
            sketch: contested.then(|| Sketch::of(entries)),
        })
    }

    fn is_lucky(&mut self) -> bool {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        self.dice.is_multiple_of(LUCKY_ONE_IN)
    }
}

impl Memory {
    fn ask(&mut self, hash: u64, times: u32) {
        if let Some(sketch) = &mut self.sketch
            && times > 0
        {
            sketch.add(hash, times);
        }
    }

    fn estimate(&self, hash: u64) -> u64 {
        self.sketch.as_ref().map_or(0, |sketch| sketch.estimate(hash))
    }
}

impl<K, V> Shard<K, V> {
    /// While nobody has to leave, lets the first of a small queue that is too long go on to the
    /// large one, and returns whether one did.
    pub(super) fn graduate(&mut self) -> bool {
        let Order::Queues(queues) = &self.order else { return false };
        if !queues.contested || self.rings.of(Side::Small).weight() < (queues.share / SMALL).max(1)
        {
            return false;
        }
        let Some(first) = self.first(Side::Small) else { return false };
        self.shift(first, Side::Main, self.counter(first));
        true
    }

    pub(super) fn evict_of_queues(&mut self) -> Option<Left<K, V>> {
        let len = self.len();
        let Order::Queues(queues) = &mut self.order else { return None };
        let contested = queues.contested;
        queues.memory(len);
        if contested { self.contest() } else { self.evict_of_s3_fifo() }
    }

    /// The first of the small queue against the first of the large one.
    fn contest(&mut self) -> Option<Left<K, V>> {
        let Some(candidate) = self.candidate() else { return self.evict_of_main() };
        self.learn(candidate.hash, self.counter(candidate));
        let Some(victim) = self.hand() else { return self.dismiss(candidate) };
        let Order::Queues(queues) = &mut self.order else { return None };
        let memory = queues.memory.as_ref()?;
        let demand = memory.estimate(candidate.hash);
        let wins =
            demand > memory.estimate(victim.hash) || demand >= LUCKY_FROM && queues.is_lucky();
        if !wins {
            return self.dismiss(candidate);
        }
        let victim = self.remove(victim);
        self.shift(candidate, Side::Main, 0);
        victim
    }

    /// Those of the small queue that were hit twice go on, until one leaves.
    fn evict_of_s3_fifo(&mut self) -> Option<Left<K, V>> {
        while let Some(candidate) = self.candidate() {
            if self.counter(candidate) <= 1 {
                return self.dismiss(candidate);
            }
            self.shift(candidate, Side::Main, 0);
        }
        self.evict_of_main()
    }

    /// The first of the small queue, if that is long enough for it to be its turn.
    fn candidate(&mut self) -> Option<Place> {
        let (small, main) = (self.rings.of(Side::Small), self.rings.of(Side::Main));
        let enough = (self.rings.weight() / SMALL).max(1);
        let due = small.weight() >= enough || main.len() == 0;
        if due { self.first(Side::Small) } else { None }
    }

    /// Removes an entry of the small queue, and remembers that it was there.
    fn dismiss(&mut self, candidate: Place) -> Option<Left<K, V>> {
        if let Order::Queues(Queues { memory: Some(memory), .. }) = &mut self.order {
            memory.ghost.remember(candidate.hash);
        }
        self.remove(candidate)
    }

    fn evict_of_main(&mut self) -> Option<Left<K, V>> {
        let victim = self.hand()?;
        self.remove(victim)
    }

    /// Gives all that were hit another round, at the price of a hit, until it is the turn of one
    /// that was not.
    fn hand(&mut self) -> Option<Place> {
        loop {
            let first = self.first(Side::Main)?;
            match self.counter(first) {
                0 => return Some(first),
                counter => {
                    self.learn(first.hash, 1);
                    self.shift(first, Side::Main, counter - 1);
                }
            }
        }
    }

    fn learn(&mut self, hash: u64, hits: u32) {
        if let Order::Queues(Queues { memory: Some(memory), .. }) = &mut self.order {
            memory.ask(hash, hits);
        }
    }
}
