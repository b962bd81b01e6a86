//! Entries come back with the times that they were offered with.

use evermemo_core::{CacheEntry, CacheStorage, Instant};
use proptest::{prelude::*, proptest};

use super::{Storage, policies};

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => Just(u64::MAX),
        1 => Just(u64::MAX - 1),
        2 => 0..4_u64,
        2 => 1_000..1_004_u64,
        2 => any::<u64>(),
    ]
}

/// Times that have little to do with each other.
fn entry() -> impl Strategy<Value = CacheEntry<u32>> {
    [time(), time(), time(), time()].prop_map(|times| {
        let [created, update_after, expires_after, retain_until] = times.map(Instant::from_nanos);
        let mut entry =
            CacheEntry::new(0, created).update_after(update_after).expires_after(expires_after);
        entry.retain_until = retain_until;
        entry
    })
}

proptest! {
    #[test]
    fn times_come_back_as_they_were_offered(
        offers in prop::collection::vec((0..20_u32, entry()), 0..100),
        policy in policies(),
    ) {
        let storage = Storage::<u32, u32>::new(10).with_policy(policy);
        let mut last = std::collections::HashMap::new();
        for (key, entry) in offers {
            let _offered = storage.offer(&key, &entry, Instant::ZERO);
            last.insert(key, entry);
            for (key, entry) in &last {
                let found = storage.get(key, Instant::ZERO).into_inner().unwrap();
                prop_assert!(found.is_none_or(|found| found == *entry));
            }
        }
        storage.visit(&mut |key, entry| assert_eq!(&last[key], entry));
    }

    #[test]
    fn lives_of_all_lengths_are_told_apart(lives in prop::collection::vec(0..1_000_u64, 1..300)) {
        let storage = Storage::<usize, u32>::new(1_000);
        let entry = |key: usize, life: u64| {
            let created = Instant::from_nanos(key as u64 * 10_000);
            let ends = Instant::from_nanos(key as u64 * 10_000 + life);
            CacheEntry::new(0, created).expires_after(ends)
        };
        for (key, &life) in lives.iter().enumerate() {
            let _offered = storage.offer(&key, &entry(key, life), Instant::ZERO);
            // Lives come free in between.
            if key % 3 == 2 {
                let _released = storage.release(&(key - 1));
            }
        }
        for (key, &life) in lives.iter().enumerate() {
            let found = storage.get(&key, Instant::ZERO).into_inner().unwrap();
            let released = key % 3 == 1 && key + 1 < lives.len();
            prop_assert_eq!(found, (!released).then(|| entry(key, life)));
        }
    }
}
