//! A walk from shard to shard.

use super::{buckets::Buckets, leavers::Leavers, ledger::Ledger, shard::Shard};
use crate::sync::LateLock;

/// The shards of a table as those see them who see to the bounds of all.
///
/// As with [`Buckets`], what goes through it is compiled once.
pub(super) trait Shards {
    /// How many shards there are.
    fn count(&self) -> usize;

    /// Lets `act` read what a shard knows of its entries, if it has been made.
    fn read(&self, index: usize, act: &mut dyn FnMut(&Ledger));

    /// Lets `act` change a shard, under its lock, if it has been made; whoever makes it later sees the
    /// bounds of then. Those are kept that leave.
    fn write(&mut self, index: usize, act: &mut dyn FnMut(&mut Ledger, &mut dyn Buckets));

    /// Lets those have a shard who wait for it.
    fn give_way(&self, index: usize);

    /// Drops those who have left.
    fn dismiss(&mut self);
}

/// The shards of a table, and those who have left them on the way.
pub(super) struct Round<'a, K, V> {
    shards: &'a [LateLock<Shard<K, V>>],
    pub(super) left: Leavers<K, V>,
}

impl<'a, K, V> Round<'a, K, V> {
    #[inline]
    pub(super) const fn of(shards: &'a [LateLock<Shard<K, V>>]) -> Self {
        Self { shards, left: Leavers::None }
    }
}

impl<K, V> Shards for Round<'_, K, V> {
    fn count(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, index: usize, act: &mut dyn FnMut(&Ledger)) {
        if let Some(shard) = self.shards[index].read() {
            act(&shard.ledger);
        }
    }

    fn write(&mut self, index: usize, act: &mut dyn FnMut(&mut Ledger, &mut dyn Buckets)) {
        let Some(mut shard) = self.shards[index].write() else { return };
        let (ledger, mut table) = shard.parts(&mut self.left);
        act(ledger, &mut table);
    }

    fn give_way(&self, index: usize) {
        self.shards[index].give_way();
    }

    fn dismiss(&mut self) {
        self.left.clear();
    }
}
