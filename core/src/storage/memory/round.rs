//! A walk from shard to shard.

use super::{buckets::Buckets, leavers::Leavers, ledger::Ledger, shard::Shard};
use crate::sync::LateLock;

/// The shards of a table, as the code that bounds all of them sees them.
///
/// As with [`Buckets`], the code behind it is compiled once.
pub(super) trait Shards {
    /// The number of shards.
    fn count(&self) -> usize;

    /// Lets `act` read the ledger of a shard, if the shard has been made.
    fn read(&self, index: usize, act: &mut dyn FnMut(&Ledger));

    /// Lets `act` change a shard, under its lock, if it has been made; a shard that is made later
    /// begins with the bounds of then. Entries that leave are kept.
    fn write(&mut self, index: usize, act: &mut dyn FnMut(&mut Ledger, &mut dyn Buckets));

    /// Lets waiting threads have a shard.
    fn give_way(&self, index: usize);

    /// Drops the entries that have left.
    fn dismiss(&mut self);
}

/// The shards of a table, and the entries that have left them on the way.
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
