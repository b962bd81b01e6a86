//! It does what a list would do.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::SeqCst},
    },
};

use evermemo_core::{CacheEntry, CacheStorage, Departures, Instant, Policy};
use proptest::{prelude::*, proptest};

use super::{
    Counted, EXACT, POLICIES, Step, Storage, at, get, line, offer, offer_mortal, policies, shards,
    steps,
};

/// What the storage is to do, as slowly as it likes.
struct Model {
    capacity: usize,
    bounded_outside: bool,
    policy: Policy,
    /// In the order in which they leave.
    line: Vec<Kept>,
    departures: Departures,
}

#[derive(Clone, Copy)]
struct Kept {
    key: u8,
    value: u32,
    death: u64,
}

/// Before anybody can be dead: a capacity is lowered without regard to the time.
const START: u64 = 1;

impl Model {
    fn get(&mut self, key: u8) -> Option<u32> {
        let place = self.line.iter().position(|kept| kept.key == key)?;
        let Kept { value, .. } = self.line[place];
        if self.policy == Policy::Lru {
            let read = self.line.remove(place);
            self.line.push(read);
        }
        Some(value)
    }

    /// Those who are dead leave first; which of them is not said, so `after` tells who is there
    /// afterwards.
    fn offer(&mut self, new: Kept, now: u64, after: &[(u8, u32)]) {
        self.release(new.key);
        let most = if self.bounded_outside { usize::MAX } else { self.capacity };
        if most == 0 {
            return;
        }
        while self.line.len() >= most {
            let gone = |kept: &Kept| after.iter().all(|(key, _)| *key != kept.key);
            let dead = |kept: &Kept| kept.death <= now && gone(kept);
            match self.line.iter().position(dead) {
                Some(place) => {
                    self.line.remove(place);
                    self.departures.expired += 1;
                }
                None => {
                    assert!(self.line.iter().all(|kept| kept.death > now), "the dead leave first");
                    self.line.remove(0);
                    self.departures.evicted += 1;
                }
            }
        }
        self.line.push(new);
    }

    fn release(&mut self, key: u8) {
        self.line.retain(|kept| kept.key != key);
    }

    fn sweep(&mut self, now: u64) {
        let before = self.line.len();
        self.line.retain(|kept| kept.death > now);
        self.departures.expired += before - self.line.len();
    }

    fn shrink(&mut self) {
        if !self.bounded_outside {
            let over = self.line.len().saturating_sub(self.capacity);
            self.line.drain(..over);
            self.departures.evicted += over;
        }
    }

    fn pairs(&self) -> Vec<(u8, u32)> {
        self.line.iter().map(|kept| (kept.key, kept.value)).collect()
    }
}

proptest! {
    #[test]
    fn it_behaves_as_the_model_does(
        steps in steps(),
        capacity in 0..8_usize,
        policy in prop::sample::select(EXACT.as_slice()),
    ) {
        let storage = Storage::<u8, u32>::new(capacity).with_policy(policy);
        let departures = Departures::default();
        let mut model =
            Model { capacity, bounded_outside: false, policy, line: Vec::new(), departures };
        let mut now = START;
        for (value, step) in (0..).zip(steps) {
            taken(&storage, step, value, &mut now);
            match step {
                Step::Get(key) => prop_assert_eq!(get(&storage, &key), model.get(key)),
                Step::Offer(key) => {
                    model.offer(Kept { key, value, death: u64::MAX }, now, &line(&storage));
                }
                Step::Mortal(key, life) => {
                    model.offer(Kept { key, value, death: now + life }, now, &line(&storage));
                }
                Step::Sweep => model.sweep(now),
                Step::Late(_) | Step::Pass(_) => {}
                Step::Release(key) => model.release(key),
                Step::Clear => model.line.clear(),
                Step::BoundedOutside(bounded) => {
                    model.bounded_outside = bounded;
                    model.shrink();
                }
                Step::Capacity(capacity) => {
                    model.capacity = capacity;
                    model.shrink();
                }
            }
            prop_assert_eq!(storage.len(), model.line.len());
            prop_assert_eq!(storage.is_empty(), model.line.is_empty());
            prop_assert_eq!(line(&storage), model.pairs());
            prop_assert_eq!(storage.departures(), model.departures);
        }
    }

    /// Whichever entry leaves first: the entry found is the one written last, and the count is that of what
    /// is found.
    #[test]
    fn whatever_the_policy_it_answers_what_was_written_last(
        steps in steps(),
        capacity in 0..8_usize,
        policy in policies(),
        shards in shards(),
    ) {
        let storage = Storage::<u8, u32>::new(capacity).with_policy(policy).with_shards(shards);
        let (mut written, mut outside, mut now) = (HashMap::new(), false, START);
        for (n, step) in (0..).zip(steps) {
            let before: HashMap<_, _> = line(&storage).into_iter().collect();
            taken(&storage, step, n, &mut now);
            match step {
                Step::Offer(key) | Step::Mortal(key, _) => {
                    let death = match step {
                        Step::Mortal(_, life) => now + life,
                        _ => u64::MAX,
                    };
                    written.insert(key, (n, death));
                    let kept = (outside || storage.capacity() > 0).then_some(n);
                    prop_assert_eq!(get(&storage, &key), kept);
                }
                Step::Release(key) => drop(written.remove(&key)),
                Step::Clear => written.clear(),
                Step::BoundedOutside(bounded) => outside = bounded,
                Step::Sweep => {
                    let lives = |key: &u8| written.get(key).is_some_and(|(_, death)| *death > now);
                    let left: HashMap<_, _> = line(&storage).into_iter().collect();
                    prop_assert!(left.keys().all(lives));
                    prop_assert!(before.keys().filter(|key| lives(key)).all(|key| left[key] == before[key]));
                }
                Step::Get(_) | Step::Late(_) | Step::Capacity(_) | Step::Pass(_) => {}
            }
            let mut found: Vec<_> =
                (0..12).filter_map(|key| Some((key, get(&storage, &key)?))).collect();
            prop_assert!(outside || found.len() <= storage.capacity());
            prop_assert!(found.iter().all(|(key, value)| written[key].0 == *value));
            prop_assert_eq!(found.len(), storage.len());
            let mut line = line(&storage);
            line.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(line, found);
        }
        // Everybody can be made to leave, one at a time.
        storage.bounded_outside(false);
        for left in (0..storage.len()).rev() {
            storage.set_capacity(left);
            prop_assert_eq!(storage.len(), left);
            prop_assert_eq!(line(&storage).len(), left);
        }
    }

    #[test]
    fn every_value_is_dropped_once(
        steps in steps(),
        capacity in 0..8_usize,
        policy in policies(),
        shards in shards(),
    ) {
        let alive = Arc::new(AtomicIsize::new(0));
        let storage =
            Storage::<u8, Counted>::new(capacity).with_policy(policy).with_shards(shards);
        let mut now = START;
        for step in steps {
            match step {
                Step::Get(key) => drop(get(&storage, &key)),
                Step::Offer(key) => offer(&storage, key, Counted::new(&alive)),
                Step::Mortal(key, life) => {
                    offer_mortal(&storage, key, Counted::new(&alive), now, now + life);
                }
                Step::Pass(time) => now += time,
                Step::Sweep => prop_assert_eq!(storage.sweep(at(now)), Some(storage.len())),
                Step::Late(key) => {
                    let entry = CacheEntry::new(Counted::new(&alive), Instant::ZERO);
                    let late = storage.offer_if(&key, &entry, Instant::ZERO, &|| false);
                    prop_assert!(late.is_none());
                }
                Step::Release(key) => drop(storage.release(&key)),
                Step::Clear => drop(storage.clear()),
                Step::BoundedOutside(bounded) => storage.bounded_outside(bounded),
                Step::Capacity(capacity) => storage.set_capacity(capacity),
            }
            prop_assert_eq!(alive.load(SeqCst), storage.len() as isize);
        }
        drop(storage);
        prop_assert_eq!(alive.load(SeqCst), 0);
    }
}

/// Takes a step other than a reading.
fn taken(storage: &Storage<u8, u32>, step: Step, n: u32, now: &mut u64) {
    match step {
        Step::Get(_) => {}
        Step::Offer(key) => offer_mortal(storage, key, n, *now, u64::MAX),
        Step::Mortal(key, life) => offer_mortal(storage, key, n, *now, *now + life),
        Step::Pass(time) => *now += time,
        Step::Sweep => assert_eq!(storage.sweep(at(*now)), Some(storage.len())),
        Step::Late(key) => {
            let entry = CacheEntry::new(n, at(*now));
            assert!(storage.offer_if(&key, &entry, at(*now), &|| false).is_none());
        }
        Step::Release(key) => drop(storage.release(&key)),
        Step::Clear => assert!(storage.clear().is_some()),
        Step::BoundedOutside(bounded) => storage.bounded_outside(bounded),
        Step::Capacity(capacity) => storage.set_capacity(capacity),
    }
}

#[test]
fn a_capacity_of_as_many_as_there_are_keys_keeps_all_of_them() {
    for policy in POLICIES {
        for capacity in [1, 2, 10, 256, 4_096, 100_000] {
            let storage = Storage::<usize, usize>::new(capacity).with_policy(policy);
            for round in 0..2 {
                (0..capacity).for_each(|key| offer(&storage, key, key + round));
            }
            assert_eq!(storage.len(), capacity);
            let kept = (0..capacity).filter(|key| get(&storage, key) == Some(key + 1)).count();
            assert_eq!(kept, capacity, "{policy:?}");
        }
    }
}

/// Slots of entries that move or leave in the middle do not add up, and no order is lost with them.
#[test]
fn rewrites_and_removals_without_end_leave_the_order_as_it_is() {
    for policy in EXACT {
        let storage = Storage::<u32, u32>::new(100).with_policy(policy);
        (0..100).for_each(|key| offer(&storage, key, key));
        for round in 0..200 {
            // One stays first in line all the time; the others take turns.
            (1..100).for_each(|key| offer(&storage, key, key + round));
            drop(storage.release(&50));
            offer(&storage, 50, 50);
        }
        let keys: Vec<_> = line(&storage).into_iter().map(|(key, _)| key).collect();
        let expected = [0].into_iter().chain((1..100).filter(|&key| key != 50)).chain([50]);
        assert!(keys.into_iter().eq(expected), "{policy:?}");
    }
}

#[test]
fn what_is_asked_for_often_stays_whatever_passes_by() {
    for policy in [Policy::S3TinyLfu, Policy::S3Fifo] {
        let storage = Storage::<u32, u32>::new(100).with_policy(policy);
        for passing in 1_000..30_000 {
            let popular = passing % 50;
            if get(&storage, &popular).is_none() {
                offer(&storage, popular, 0);
            }
            offer(&storage, passing, 0);
        }
        let kept = (0..50).filter(|key| get(&storage, key).is_some()).count();
        assert!(kept >= 45, "{kept} by {policy:?}");
    }
}

#[test]
fn the_defaults_are_what_they_are_named_after() {
    let shown = format!("{:?}", Storage::<u8, u8>::default());
    assert!(shown.contains("capacity: 4096") && shown.contains("LeastRecentlyUpdated"), "{shown}");
    let shown = format!("{:?}", Storage::<u8, u8>::new(7));
    assert!(shown.contains("capacity: 7") && shown.contains("S3TinyLfu"), "{shown}");
    let shown = format!("{:?}", Storage::<u8, u8>::new(1).with_shards(NonZeroUsize::MIN));
    assert!(shown.contains("shards: 1"), "{shown}");
}
