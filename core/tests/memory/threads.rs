//! Threads at once leave it whole.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicIsize, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use evermemo_core::{CacheEntry, CacheStorage, Instant};

use super::{Counted, POLICIES, Storage, get, line, offer};

#[test]
fn threads_that_do_everything_leave_it_whole() {
    const CAPACITY: usize = 64;
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 7)]) {
        let alive = Arc::new(AtomicIsize::new(0));
        let storage = Storage::<u32, Counted>::new(CAPACITY)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        let writing = AtomicUsize::new(4);
        thread::scope(|scope| {
            for seed in 1..=4_u64 {
                let (storage, writing, alive) = (&storage, &writing, &alive);
                scope.spawn(move || {
                    let mut dice = seed * 0x9e37_79b9;
                    for _ in 0..20_000 {
                        dice ^= dice << 13;
                        dice ^= dice >> 7;
                        dice ^= dice << 17;
                        let key = (dice >> 40) as u32 % 200;
                        match dice >> 33 & 15 {
                            0..=6 => offer(storage, key, Counted::new(alive)),
                            7 => {
                                let entry = CacheEntry::new(Counted::new(alive), Instant::ZERO);
                                let current = || dice & 1 == 0;
                                let late = storage.offer_if(&key, &entry, Instant::ZERO, &current);
                                assert_eq!(late.is_some(), current());
                            }
                            8..=12 => drop(get(storage, &key)),
                            13 | 14 => drop(storage.release(&key)),
                            _ if dice & 63 == 0 => drop(storage.clear()),
                            _ => drop(storage.visit(&mut |_, _| {})),
                        }
                    }
                    writing.fetch_sub(1, SeqCst);
                });
            }
            while writing.load(SeqCst) > 0 {
                let len = storage.len();
                assert!(len <= CAPACITY, "{len} at {policy:?}, {shards}");
                thread::yield_now();
            }
        });
        assert_whole(&storage, CAPACITY, 0..200);
        assert_eq!(alive.load(SeqCst), storage.len() as isize);
        drop(storage);
        assert_eq!(alive.load(SeqCst), 0);
    }
}

#[test]
fn threads_that_write_while_the_bound_comes_and_goes_leave_it_bounded() {
    const CAPACITY: usize = 16;
    let storage = Storage::<u32, u32>::new(CAPACITY).with_shards(NonZeroUsize::new(4).unwrap());
    for _ in 0..200 {
        storage.bounded_outside(true);
        thread::scope(|scope| {
            for writer in 0..3 {
                let storage = &storage;
                scope.spawn(move || {
                    (0..100).for_each(|n| offer(storage, n * 3 + writer, n));
                });
            }
            scope.spawn(|| storage.bounded_outside(false));
        });
        // The next write finds whatever came in between.
        offer(&storage, 1_000, 0);
        assert!(storage.len() <= CAPACITY, "{}", storage.len());
    }
    assert_whole(&storage, CAPACITY, 0..1_001);
}

/// The count, the line and the table agree, and every place can be used.
fn assert_whole<V: Clone + 'static>(
    storage: &Storage<u32, V>,
    capacity: usize,
    keys: impl Iterator<Item = u32>,
) {
    let line: HashMap<_, _> = line(storage).into_iter().collect();
    assert_eq!(line.len(), storage.len());
    let found: Vec<_> = keys.filter(|key| get(storage, key).is_some()).collect();
    assert_eq!(found.len(), line.len());
    assert!(found.iter().all(|key| line.contains_key(key)));
    if let Some(value) = line.into_values().next() {
        for key in 0..capacity as u32 {
            offer(storage, 1_000_000 + key, value.clone());
            assert!(get(storage, &(1_000_000 + key)).is_some());
        }
        assert_eq!(storage.len(), capacity);
        let _cleared = storage.clear();
        (0..capacity as u32).for_each(|key| offer(storage, key, value.clone()));
        assert!((0..capacity as u32).all(|key| get(storage, &key).is_some()));
        (0..capacity as u32).for_each(|key| drop(storage.release(&key)));
        assert!(storage.is_empty());
    }
}
