//! Looking entries up.

use core::{
    convert::Infallible,
    hash::{BuildHasher, Hash},
};

use super::{LocalInMemoryCacheStorage, resident::Resident, shard::Shard};
use crate::{
    entry::CacheEntry,
    key::Lookup,
    runtime::Runtime,
    storage::{Glance, Look},
    sync::{Ordering, Tally},
    time::Instant,
};

use alloc::vec::Vec;

/// What a look-up sees under the lock.
enum Seen<V> {
    Fresh {
        value: V,
        created: Instant,
    },
    /// An entry that has to be judged by another clock.
    Aged,
    Nothing,
}

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H>
where
    K: Hash + Eq + Clone,
    V: Clone,
    H: BuildHasher,
{
    #[inline(always)]
    pub(super) fn hash<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    #[inline]
    pub(super) fn find<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> Option<CacheEntry<V>> {
        self.read(self.hash(key), key, |found, shard, _| {
            found.map(|resident| shard.entry(resident))
        })
    }

    #[inline(always)]
    pub(super) fn glance<Q: Lookup<K> + ?Sized, R: Runtime>(
        &self,
        hash: u64,
        key: &Q,
        glance: &Glance<'_, R>,
    ) -> Look<V, Infallible> {
        let runtime = glance.runtime;
        // The coarse clock lags by so much at most, so what is fresh by this is fresh. Without a
        // clock, only what never grows old is.
        let near = match self.timed.load(Ordering::Relaxed) {
            true => runtime.coarse_now() + runtime.coarse_lag(),
            false => Instant::NEVER,
        };
        let seen = self.read(hash, key, |found, shard, tally| match found {
            None => Seen::Nothing,
            Some(resident) if resident.is_fresh(near) => {
                let value = resident.value.clone();
                let created = if glance.dated { shard.created(resident) } else { Instant::ZERO };
                tally.add(usize::from(glance.tallied));
                Seen::Fresh { value, created }
            }
            Some(_) => Seen::Aged,
        });
        match seen {
            Seen::Fresh { value, created } => Look::Fresh { value, created },
            Seen::Aged => Look::Found(Ok(self.aged(hash, key)), runtime.now()),
            Seen::Nothing => Look::Nothing,
        }
    }

    // Apart, so that hits stay short.
    #[cold]
    #[inline(never)]
    fn aged<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<CacheEntry<V>> {
        self.shards[self.index(hash)]
            .read(|shard, _| shard.find(hash, key).map(|resident| shard.entry(resident)))
    }

    /// Runs `f` on what is stored under a key, and notes for the policy that it was asked for.
    #[inline(always)]
    fn read<Q: Lookup<K> + ?Sized, O>(
        &self,
        hash: u64,
        key: &Q,
        f: impl FnOnce(Option<&Resident<K, V>>, &Shard<K, V>, &Tally) -> O,
    ) -> O {
        if self.policy.renews_on_read() {
            return self.read_and_renew(hash, key, f);
        }
        self.shards[self.index(hash)].read(|shard, tally| {
            let found = shard.find(hash, key);
            let output = f(found, shard, tally);
            found.inspect(|resident| resident.count());
            output
        })
    }

    // Apart, so that the other policies' hits stay short.
    #[inline(never)]
    fn read_and_renew<Q: Lookup<K> + ?Sized, O>(
        &self,
        hash: u64,
        key: &Q,
        f: impl FnOnce(Option<&Resident<K, V>>, &Shard<K, V>, &Tally) -> O,
    ) -> O {
        let lock = &self.shards[self.index(hash)];
        let (output, spot) = lock.read(|shard, tally| {
            let found = shard.find(hash, key);
            let spot = found.map(Resident::spot).filter(|&spot| !shard.is_last(spot));
            (f(found, shard, tally), spot)
        });
        if let Some(spot) = spot {
            lock.write(|shard| shard.renew(hash, spot));
        }
        output
    }

    /// Copies all entries, in the order in which they leave, or were made where there is no such
    /// order.
    pub(super) fn copied(&self) -> Vec<(K, CacheEntry<V>)> {
        let mut all = Vec::new();
        for lock in &self.shards {
            lock.read(|shard, _| shard.copy_into(&mut all));
        }
        if !self.policy.is_exact() || self.shards.len() > 1 {
            all.sort_by_key(|(_, entry)| entry.created);
        }
        all
    }
}
