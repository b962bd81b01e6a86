//! It does what a list would do.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::SeqCst},
    },
};

use evermemo_core::{CacheEntry, CacheStorage, Instant, Policy};
use proptest::{prelude::*, proptest};

use super::{Counted, POLICIES, Step, Storage, get, line, offer, steps};

/// What the storage is to do, as slowly as it likes.
struct Model {
    capacity: usize,
    bounded_outside: bool,
    policy: Policy,
    /// In the order in which they leave.
    line: Vec<(u8, u32)>,
}

impl Model {
    fn get(&mut self, key: u8) -> Option<u32> {
        let place = self.line.iter().position(|(other, _)| *other == key)?;
        let (_, value) = self.line[place];
        if self.policy == Policy::Lru {
            let read = self.line.remove(place);
            self.line.push(read);
        }
        Some(value)
    }

    fn offer(&mut self, key: u8, value: u32) {
        self.release(key);
        self.line.push((key, value));
        self.shrink();
    }

    fn release(&mut self, key: u8) {
        self.line.retain(|(other, _)| *other != key);
    }

    fn bounded_outside(&mut self, bounded: bool) {
        self.bounded_outside = bounded;
        self.shrink();
    }

    fn shrink(&mut self) {
        if !self.bounded_outside {
            let over = self.line.len().saturating_sub(self.capacity);
            self.line.drain(..over);
        }
    }
}

proptest! {
    #[test]
    fn it_behaves_as_the_model_does(
        steps in steps(),
        capacity in 0..8_usize,
        lru: bool,
    ) {
        let policy = POLICIES[usize::from(lru)];
        let storage = Storage::<u8, u32>::new(capacity)
            .with_policy(policy)
            .with_shards(NonZeroUsize::MIN);
        let mut model = Model { capacity, bounded_outside: false, policy, line: Vec::new() };
        for (n, step) in (0..).zip(steps) {
            match step {
                Step::Get(key) => prop_assert_eq!(get(&storage, &key), model.get(key)),
                Step::Offer(key) => {
                    offer(&storage, key, n);
                    model.offer(key, n);
                }
                Step::Late(key) => {
                    let entry = CacheEntry::new(n, Instant::ZERO);
                    let late = storage.offer_if(&key, &entry, Instant::ZERO, &|| false);
                    prop_assert!(late.is_none());
                }
                Step::Release(key) => {
                    let _released = storage.release(&key);
                    model.release(key);
                }
                Step::Clear => {
                    prop_assert!(storage.clear().is_some());
                    model.line.clear();
                }
                Step::BoundedOutside(bounded) => {
                    storage.bounded_outside(bounded);
                    model.bounded_outside(bounded);
                }
            }
            prop_assert_eq!(storage.len(), model.line.len());
            prop_assert_eq!(storage.is_empty(), model.line.is_empty());
            prop_assert_eq!(&line(&storage), &model.line);
        }
    }

    #[test]
    fn every_value_is_dropped_once(steps in steps(), capacity in 0..8_usize, shards in 1..4_usize) {
        let alive = Arc::new(AtomicIsize::new(0));
        let storage = Storage::<u8, Counted>::new(capacity)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        for step in steps {
            match step {
                Step::Get(key) => drop(get(&storage, &key)),
                Step::Offer(key) => offer(&storage, key, Counted::new(&alive)),
                Step::Late(key) => {
                    let entry = CacheEntry::new(Counted::new(&alive), Instant::ZERO);
                    let late = storage.offer_if(&key, &entry, Instant::ZERO, &|| false);
                    prop_assert!(late.is_none());
                }
                Step::Release(key) => drop(storage.release(&key)),
                Step::Clear => drop(storage.clear()),
                Step::BoundedOutside(bounded) => storage.bounded_outside(bounded),
            }
            prop_assert_eq!(alive.load(SeqCst), storage.len() as isize);
        }
        drop(storage);
        prop_assert_eq!(alive.load(SeqCst), 0);
    }
}
