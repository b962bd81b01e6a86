//! A capacity that changes while it is in use.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicIsize, Ordering::SeqCst},
    },
    thread,
};

use evermemo_core::{BoundedStorage, CacheStorage};

use super::{Counted, POLICIES, Storage, get, line, offer};

#[test]
fn what_is_too_much_has_left_when_the_capacity_is_lowered() {
    const MOST: usize = 200;
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 5)]) {
        let alive = Arc::new(AtomicIsize::new(0));
        let storage = Storage::<u32, Counted>::new(MOST)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for writer in 0..3_u32 {
                let (storage, alive, done) = (&storage, &alive, &done);
                scope.spawn(move || {
                    let mut key = writer;
                    while !done.load(SeqCst) {
                        key = key.wrapping_add(3);
                        offer(storage, key % 1_000, Counted::new(alive));
                        drop(get(storage, &(key % 100)));
                        if key.is_multiple_of(7) {
                            drop(storage.release(&(key % 1_000)));
                        }
                    }
                });
            }
            let mut capacity = 0;
            for _ in 0..300 {
                capacity = (capacity * 5 + 3) % (MOST + 1);
                storage.set_capacity(capacity);
                // No thread raises it again, so it holds at every moment from now on.
                for _ in 0..20 {
                    let len = storage.len();
                    assert!(len <= capacity, "{len} of {capacity} by {policy:?}, {shards}");
                }
            }
            done.store(true, SeqCst);
        });
        assert_eq!(alive.load(SeqCst), storage.len() as isize);
        assert_eq!(line(&storage).len(), storage.len());
    }
}

#[test]
fn a_capacity_that_is_raised_can_be_used() {
    for policy in POLICIES {
        let storage = Arc::new(Storage::<u32, u32>::new(10).with_policy(policy));
        (0..1_000).for_each(|key| offer(&storage, key, key));
        assert_eq!(storage.len(), 10);
        BoundedStorage::set_capacity(&storage, 1_000);
        assert_eq!(BoundedStorage::capacity(&storage), 1_000);
        (0..1_000).for_each(|key| offer(&storage, key, key));
        assert_eq!(storage.len(), 1_000);
        BoundedStorage::set_capacity(&storage, 0);
        assert!(storage.is_empty());
        offer(&storage, 1, 1);
        assert!(storage.is_empty());
        storage.set_capacity(usize::MAX);
        (0..5_000).for_each(|key| offer(&storage, key, key));
        assert_eq!(storage.len(), 5_000);
    }
}
