//! A capacity of weight.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use evermemo_core::{CacheStorage, Policy};
use proptest::{prelude::*, proptest};

use super::{POLICIES, Storage, get, line, offer, policies, shards};

/// A value weighs what it is.
fn weighed(capacity: usize, policy: Policy) -> Storage<u8, u32> {
    Storage::new(capacity).with_policy(policy).with_weigher(|_, value| *value)
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Offer(u8, u32),
    Release(u8),
    Capacity(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..12_u8, 0..12_u32).prop_map(|(key, weight)| Step::Offer(key, weight)),
        2 => (0..12_u8).prop_map(Step::Release),
        1 => (0..30_usize).prop_map(Step::Capacity),
    ];
    prop::collection::vec(step, 0..150)
}

fn taken(storage: &Storage<u8, u32>, step: Step) {
    match step {
        Step::Offer(key, weight) => offer(storage, key, weight),
        Step::Release(key) => drop(storage.release(&key)),
        Step::Capacity(capacity) => storage.set_capacity(capacity),
    }
}

proptest! {
    #[test]
    fn the_weight_is_that_of_what_is_stored(
        steps in steps(),
        capacity in 0..30_usize,
        policy in policies(),
        shards in shards(),
    ) {
        let storage = weighed(capacity, policy).with_shards(shards);
        for step in steps {
            taken(&storage, step);
            let line = line(&storage);
            prop_assert_eq!(line.len(), storage.len());
            let weight: u32 = line.iter().map(|(_, value)| value).sum();
            prop_assert_eq!(weight as usize, storage.weight());
            prop_assert!(storage.weight() <= storage.capacity());
            if let Step::Offer(key, weight) = step {
                let fits = storage.capacity() > 0 && weight as usize <= storage.capacity();
                prop_assert_eq!(get(&storage, &key), fits.then_some(weight));
            }
        }
    }

    #[test]
    fn as_many_leave_as_there_have_to(steps in steps(), capacity in 1..30_usize) {
        let storage = weighed(capacity, Policy::LeastRecentlyUpdated);
        let (mut model, mut most) = (Vec::<(u8, u32)>::new(), capacity);
        for step in steps {
            taken(&storage, step);
            match step {
                Step::Offer(key, weight) => {
                    model.retain(|(other, _)| *other != key);
                    if weight as usize <= most && most > 0 {
                        model.push((key, weight));
                    }
                }
                Step::Release(key) => model.retain(|(other, _)| *other != key),
                Step::Capacity(capacity) => most = capacity,
            }
            while model.iter().map(|(_, weight)| *weight as usize).sum::<usize>() > most {
                model.remove(0);
            }
            if most == 0 {
                model.clear();
            }
            prop_assert_eq!(&line(&storage), &model);
        }
    }
}

#[test]
fn what_is_too_heavy_takes_with_it_what_was_there() {
    for policy in POLICIES {
        let storage = weighed(10, policy);
        offer(&storage, 1, 4);
        offer(&storage, 2, 3);
        offer(&storage, 1, 11);
        assert_eq!(line(&storage), [(2, 3)]);
        assert_eq!((storage.len(), storage.weight()), (1, 3));
        offer(&storage, 1, 10);
        assert_eq!(line(&storage), [(1, 10)]);
    }
}

#[test]
fn what_weighs_nothing_takes_no_room() {
    for policy in POLICIES {
        let storage = weighed(1, policy);
        (0..200).for_each(|key| offer(&storage, key, 0));
        assert_eq!((storage.len(), storage.weight()), (200, 0));
        offer(&storage, 200, 1);
        assert_eq!((storage.len(), storage.weight()), (201, 1));
    }
}

#[test]
fn threads_that_write_what_is_heavy_never_wait_for_each_other_for_ever() {
    const CAPACITY: usize = 100;
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 7)]) {
        let storage =
            Arc::new(weighed(CAPACITY, policy).with_shards(NonZeroUsize::new(shards).unwrap()));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let writers = [7_u32, 40, 80, 100].map(|weight| {
                let storage = storage.clone();
                scope.spawn(move || {
                    for n in 0..5_000 {
                        offer(&storage, (n % 250) as u8, weight - n % 5);
                    }
                })
            });
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    assert!(storage.weight() <= CAPACITY, "{}", storage.weight());
                    thread::yield_now();
                }
            });
            let outcomes = writers.map(thread::ScopedJoinHandle::join);
            done.store(true, SeqCst);
            outcomes.into_iter().for_each(|outcome| outcome.unwrap());
        });
        let line = line(&storage);
        assert_eq!(line.len(), storage.len());
        assert_eq!(line.iter().map(|(_, value)| *value as usize).sum::<usize>(), storage.weight());
    }
}
