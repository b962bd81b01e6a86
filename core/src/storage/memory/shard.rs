//! One shard: a table, and the line in which its entries wait to leave.

use hashbrown::HashTable;

use crate::{entry::CacheEntry, key::Lookup};

use alloc::vec::Vec;

/// How a write went. Carries what has to be dropped outside the lock.
pub(super) enum Written<K, V> {
    /// The entry that was there, and the second copy of its key.
    Replaced(#[allow(dead_code)] K, #[allow(dead_code)] CacheEntry<V>),
    Inserted,
    Superseded,
    Full,
}

/// Entries by key, linked in the order in which they leave.
///
/// Slots refer to each other by index: `first` is the next to leave, `last` the newest. Each slot in
/// use is in the table exactly once and in the line exactly once; free slots are listed in `free`.
pub(super) struct Shard<K, V> {
    table: HashTable<u32>,
    slots: Vec<Option<Slot<K, V>>>,
    free: Vec<u32>,
    first: u32,
    last: u32,
}

pub(super) struct Slot<K, V> {
    hash: u64,
    turn: usize,
    key: K,
    entry: CacheEntry<V>,
    before: u32,
    after: u32,
}

/// No slot.
const END: u32 = u32::MAX;

impl<K, V> Shard<K, V> {
    pub(super) const fn new() -> Self {
        Self { table: HashTable::new(), slots: Vec::new(), free: Vec::new(), first: END, last: END }
    }

    pub(super) fn find<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<u32> {
        self.table
            .find(hash, |&slot| {
                let slot = self.slot(slot);
                slot.hash == hash && key.matches(&slot.key)
            })
            .copied()
    }

    pub(super) fn entry(&self, slot: u32) -> &CacheEntry<V> {
        &self.slot(slot).entry
    }

    /// The turn of the next to leave.
    pub(super) fn first_turn(&self) -> Option<usize> {
        (self.first != END).then(|| self.slot(self.first).turn)
    }

    pub(super) fn insert(&mut self, hash: u64, key: K, entry: CacheEntry<V>, turn: usize) {
        let slot = Slot { hash, turn, key, entry, before: END, after: END };
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = Some(slot);
                index
            }
            None => {
                self.slots.push(Some(slot));
                (self.slots.len() - 1) as u32
            }
        };
        let slots = &self.slots;
        // Growing the table asks for the stored hash, not for the key's own `Hash`.
        self.table.insert_unique(hash, index, |&slot| {
            slots[slot as usize].as_ref().map_or(0, |slot| slot.hash)
        });
        self.append(index);
    }

    pub(super) fn replace(
        &mut self,
        slot: u32,
        entry: CacheEntry<V>,
        turn: usize,
    ) -> CacheEntry<V> {
        self.renew(slot, turn);
        core::mem::replace(&mut self.slot_mut(slot).entry, entry)
    }

    /// Moves the slot to the end of the line.
    pub(super) fn renew(&mut self, slot: u32, turn: usize) {
        self.unlink(slot);
        self.append(slot);
        self.slot_mut(slot).turn = turn;
    }

    pub(super) fn pop_first(&mut self) -> Option<Slot<K, V>> {
        (self.first != END).then(|| self.remove(self.first))
    }

    pub(super) fn remove(&mut self, index: u32) -> Slot<K, V> {
        self.unlink(index);
        let hash = self.slot(index).hash;
        if let Ok(found) = self.table.find_entry(hash, |&slot| slot == index) {
            found.remove();
        }
        self.free.push(index);
        self.slots[index as usize].take().expect("a slot in the line is in use")
    }

    /// Empties the shard into its hands.
    pub(super) fn take(&mut self) -> Vec<Slot<K, V>> {
        core::mem::replace(self, Self::new()).slots.into_iter().flatten().collect()
    }

    fn slot(&self, index: u32) -> &Slot<K, V> {
        self.slots[index as usize].as_ref().expect("a slot in the line is in use")
    }

    fn slot_mut(&mut self, index: u32) -> &mut Slot<K, V> {
        self.slots[index as usize].as_mut().expect("a slot in the line is in use")
    }

    fn append(&mut self, index: u32) {
        let last = core::mem::replace(&mut self.last, index);
        let slot = self.slot_mut(index);
        (slot.before, slot.after) = (last, END);
        match last {
            END => self.first = index,
            last => self.slot_mut(last).after = index,
        }
    }

    fn unlink(&mut self, index: u32) {
        let (before, after) = (self.slot(index).before, self.slot(index).after);
        match before {
            END => self.first = after,
            before => self.slot_mut(before).after = after,
        }
        match after {
            END => self.last = before,
            after => self.slot_mut(after).before = before,
        }
    }
}

impl<K: Clone, V: Clone> Shard<K, V> {
    pub(super) fn copy_into(&self, copies: &mut Vec<(usize, K, CacheEntry<V>)>) {
        let used = self.slots.iter().flatten();
        copies.extend(used.map(|slot| (slot.turn, slot.key.clone(), slot.entry.clone())));
    }
}
