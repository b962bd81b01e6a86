//! Who has left by itself is counted by cause.

use std::num::NonZeroUsize;

use evermemo_core::{CacheStorage, Departures};

use super::{POLICIES, Storage, at, get, offer, offer_mortal};

fn departed<V: Clone + 'static>(storage: &Storage<u32, V>) -> (usize, usize) {
    let Departures { evicted, expired } = storage.departures();
    (evicted, expired)
}

#[test]
fn p8_evictions_and_expiries_are_counted_once_each() {
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 7)]) {
        let storage = Storage::<u32, u32>::new(700)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        assert_eq!(departed(&storage), (0, 0));
        // Others make room, their own shard's or another's.
        (0..2_000).for_each(|key| offer(&storage, key, key));
        assert_eq!(departed(&storage), (1_300, 0));
        assert!(storage.clear().is_some());
        (0..700).for_each(|key| offer_mortal(&storage, key, key, 1, 10 + u64::from(key % 7)));
        assert_eq!(storage.sweep(at(12)), Some(400));
        assert_eq!(departed(&storage), (1_300, 300));
        assert_eq!(storage.sweep(at(12)), Some(400));
        assert_eq!(departed(&storage), (1_300, 300));
        // All that is left is dead by now, and leaves before others do.
        (1_000..2_000).for_each(|key| offer_mortal(&storage, key, key, 20, 30));
        let Departures { evicted, expired } = storage.departures();
        assert_eq!(storage.len() + evicted + expired, 1_300 + 700 + 1_000);
        if shards == 1 {
            assert_eq!((evicted, expired), (1_300 + 300, 700));
        }
    }
}

#[test]
fn p8_what_somebody_takes_away_has_not_left_by_itself() {
    for policy in POLICIES {
        let storage = Storage::<u32, u32>::new(10).with_policy(policy);
        (0..10).for_each(|key| offer_mortal(&storage, key, 0, 1, 5));
        // Replaced dead or alive, released, cleared.
        (0..5).for_each(|key| offer_mortal(&storage, key, 1, 3, 5));
        (0..5).for_each(|key| offer_mortal(&storage, key, 2, 9, 20));
        (0..8).for_each(|key| drop(storage.release(&key)));
        assert!(storage.clear().is_some());
        assert_eq!(departed(&storage), (0, 0));
        // An entry that is not kept has not been there.
        storage.set_capacity(0);
        offer(&storage, 1, 1);
        assert_eq!(departed(&storage), (0, 0));
    }
}

#[test]
fn p8_a_capacity_that_is_lowered_evicts() {
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 3)]) {
        let storage = Storage::<u32, u32>::new(100)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        (0..100).for_each(|key| offer(&storage, key, key));
        storage.set_capacity(60);
        assert_eq!(departed(&storage), (40, 0));
        storage.bounded_outside(true);
        (100..200).for_each(|key| offer(&storage, key, key));
        assert_eq!(departed(&storage), (40, 0));
        storage.bounded_outside(false);
        assert_eq!(departed(&storage), (140, 0));
        storage.set_capacity(0);
        assert_eq!(departed(&storage), (200, 0));
    }
}

#[test]
fn p8_weights_are_no_matter() {
    for policy in POLICIES {
        let storage =
            Storage::<u32, u32>::new(10).with_policy(policy).with_weigher(|_, value| *value);
        (0..10).for_each(|key| offer(&storage, key, 1));
        offer(&storage, 10, 4);
        assert_eq!(departed(&storage), (4, 0));
        // Too heavy to be kept, and so is what takes its place: both are replaced.
        offer(&storage, 10, 11);
        assert_eq!((departed(&storage), get(&storage, &10)), ((4, 0), None));
        // One that grows is not its own victim.
        (20..30).for_each(|key| offer(&storage, key, 1));
        let (before, _) = departed(&storage);
        offer(&storage, 29, 3);
        assert_eq!((departed(&storage).0, storage.len()), (before + 2, 8));
        // Those that weigh nothing leave with the last of the room.
        (30..40).for_each(|key| offer(&storage, key, 0));
        storage.set_capacity(0);
        assert_eq!(departed(&storage), (before + 2 + 18, 0));
    }
}
