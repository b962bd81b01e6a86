//! How long entries live, each way once.

use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{entry::CacheEntry, time::Instant};

use alloc::vec::Vec;

/// The times of an entry: one as it is, the others in a life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dated {
    pub(super) pivot: u64,
    /// Whether the entry never grows old.
    pub(super) ageless: bool,
    pub(super) life: u32,
}

/// The times of an entry, taken apart.
pub(super) struct Times {
    pivot: u64,
    pub(super) ageless: bool,
    life: Life,
}

/// Lives by number, shared by the entries that have the same one.
///
/// A cache whose entries all live equally long has one life; one that draws lives at random has one
/// for each entry.
#[derive(Default)]
pub(super) struct Lives {
    lives: Vec<Shared>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    free: Vec<u32>,
    /// The one that was asked for last, which most often is asked for next.
    last: u32,
}

struct Shared {
    life: Life,
    entries: u32,
}

/// Times as their distances from an entry's pivot.
///
/// The distances wrap, so that each time comes back exactly, whichever side of the pivot it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Life {
    distances: [u64; 4],
    /// A bit for each time that is never, whose distance is 0.
    never: u32,
}

impl Times {
    pub(super) fn of<V>(entry: &CacheEntry<V>) -> Self {
        let first = entry.update_after.min(entry.expires_after);
        let ageless = first == Instant::NEVER;
        let pivot = if ageless { entry.created } else { first }.as_nanos();
        Self { pivot, ageless, life: Life::of(entry, pivot) }
    }
}

impl Lives {
    /// Notes that one entry has these times from now on.
    #[inline]
    pub(super) fn begin(&mut self, times: &Times) -> Dated {
        Dated { pivot: times.pivot, ageless: times.ageless, life: self.number(&times.life) }
    }

    /// Notes that one entry with these times is gone.
    #[inline]
    pub(super) fn end(&mut self, dated: Dated) {
        let shared = &mut self.lives[dated.life as usize];
        shared.entries -= 1;
        if shared.entries == 0 {
            self.forget(dated.life);
        }
    }

    #[cold]
    fn forget(&mut self, life: u32) {
        let hash = self.hasher.hash_one(self.lives[life as usize].life);
        if let Ok(number) = self.numbers.find_entry(hash, |&number| number == life) {
            number.remove();
        }
        self.free.push(life);
    }

    /// Puts an entry together.
    pub(super) fn entry<V>(&self, dated: Dated, value: V) -> CacheEntry<V> {
        let life = &self.lives[dated.life as usize].life;
        let at = |time| life.time(time, dated.pivot);
        let mut entry = CacheEntry::new(value, at(0)).update_after(at(1)).expires_after(at(2));
        entry.retain_until = at(3);
        entry
    }

    /// When an entry was created.
    #[inline]
    pub(super) fn created(&self, dated: Dated) -> Instant {
        self.lives[dated.life as usize].life.time(0, dated.pivot)
    }

    #[inline]
    fn number(&mut self, life: &Life) -> u32 {
        if let Some(shared) = self.lives.get_mut(self.last as usize)
            && shared.entries > 0
            && shared.life == *life
        {
            shared.entries += 1;
            return self.last;
        }
        self.last = self.searched(life);
        self.last
    }

    fn searched(&mut self, life: &Life) -> u32 {
        let (lives, hasher) = (&mut self.lives, &self.hasher);
        let hash = hasher.hash_one(life);
        let known = self.numbers.find(hash, |&number| lives[number as usize].life == *life);
        if let Some(&number) = known {
            lives[number as usize].entries += 1;
            return number;
        }
        let shared = Shared { life: *life, entries: 1 };
        let number = match self.free.pop() {
            Some(number) => {
                lives[number as usize] = shared;
                number
            }
            None => {
                lives.push(shared);
                (lives.len() - 1) as u32
            }
        };
        let hash_of = |&number: &u32| hasher.hash_one(lives[number as usize].life);
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }
}

impl Life {
    fn of<V>(entry: &CacheEntry<V>, pivot: u64) -> Self {
        let times = [entry.created, entry.update_after, entry.expires_after, entry.retain_until];
        let mut life = Self { distances: [0; 4], never: 0 };
        for (n, time) in times.into_iter().enumerate() {
            if time == Instant::NEVER {
                life.never |= 1 << n;
            } else {
                life.distances[n] = time.as_nanos().wrapping_sub(pivot);
            }
        }
        life
    }

    #[inline]
    const fn time(&self, n: usize, pivot: u64) -> Instant {
        if self.never & 1 << n != 0 {
            return Instant::NEVER;
        }
        Instant::from_nanos(pivot.wrapping_add(self.distances[n]))
    }
}
