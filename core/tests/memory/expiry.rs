//! Entries that are dead leave when they are swept, and before others when room is made.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicIsize, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use evermemo_core::{CacheStorage, Departures, Instant, Policy};
use proptest::{prelude::*, proptest};

use super::{
    Counted, EXACT, POLICIES, Storage, at, get, line, mortal, offer, offer_mortal, policies, shards,
};

/// A storage of each kind: by policy, in one shard and in several, with a weigher and without.
fn kinds(capacity: usize) -> impl Iterator<Item = Storage<u32, u32>> {
    let shards = |policy| [(policy, 1), (policy, 5)];
    POLICIES.into_iter().flat_map(shards).flat_map(move |(policy, shards)| {
        let plain = Storage::new(capacity).with_policy(policy);
        let weighed = Storage::new(3 * capacity).with_policy(policy).with_weigher(weight);
        [plain, weighed].map(|kind| kind.with_shards(NonZeroUsize::new(shards).unwrap()))
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a weigher is given references")]
fn weight(key: &u32, _value: &u32) -> u32 {
    key % 4
}

/// The count, the weight, the line and the table agree.
fn assert_whole(storage: &Storage<u32, u32>, weighed: bool) {
    let line = line(storage);
    assert_eq!(line.len(), storage.len());
    let weights = line.iter().map(|(key, value)| weight(key, value) as usize);
    let expected = if weighed { weights.sum() } else { line.len() };
    assert_eq!(storage.weight(), expected);
    assert!(line.iter().all(|(key, value)| get(storage, key) == Some(*value)));
}

/// More than are looked at, or leave, while the lock of a shard is held once.
const MANY: u32 = 6_000;

#[test]
fn p4_9_a_sweep_removes_who_is_dead_and_nobody_else() {
    for (n, storage) in kinds(MANY as usize).enumerate() {
        let weighed = n % 2 == 1;
        let death = |key: u32| match key % 3 {
            0 => u64::MAX,
            1 => 100,
            _ => 200,
        };
        (0..MANY).for_each(|key| offer_mortal(&storage, key, key, 1, death(key)));
        assert_eq!(storage.len(), MANY as usize);
        let before = line(&storage);
        // From its last moment on an entry is dead, and not before.
        for (now, thirds) in [(99, 3), (100, 2), (199, 2), (200, 1), (u64::MAX, 1)] {
            let left = MANY as usize / 3 * thirds;
            assert_eq!(storage.sweep(at(now)), Some(left), "at {now}, {storage:?}");
            assert_whole(&storage, weighed);
            // Who stays keeps its place.
            let alive = |&(key, _): &(u32, u32)| death(key) == u64::MAX || death(key) > now;
            let expected: Vec<_> = before.iter().copied().filter(alive).collect();
            assert_eq!(line(&storage), expected);
        }
        // There is room for as many as have left.
        (0..MANY).for_each(|key| offer(&storage, key, 7));
        assert_eq!(storage.len(), MANY as usize);
        assert_whole(&storage, weighed);
    }
}

#[test]
fn p4_9_an_entry_lives_by_the_times_that_were_written_last() {
    for storage in kinds(100) {
        for key in 0..40 {
            offer_mortal(&storage, key, 0, 1, 10);
            offer_mortal(&storage, key + 50, 0, 1, 1_000);
        }
        for key in 0..20 {
            offer_mortal(&storage, key, 1, 2, 1_000);
            offer_mortal(&storage, key + 50, 1, 2, 10);
        }
        assert_eq!(storage.sweep(at(10)), Some(40));
        assert!((0..20).all(|key| get(&storage, &key) == Some(1)));
        assert!((70..90).all(|key| get(&storage, &key) == Some(0)));
        // What is written after a sweep counts as well.
        offer_mortal(&storage, 99, 2, 11, 12);
        assert_eq!(storage.sweep(at(11)), Some(41));
        assert_eq!(storage.sweep(at(12)), Some(40));
        // And so does what was found alive by one.
        assert_eq!(storage.sweep(at(1_000)), Some(0));
        assert!(storage.is_empty());
    }
}

#[test]
fn p4_9_what_was_dead_when_it_was_written_is_swept() {
    for storage in kinds(100) {
        (0..50).for_each(|key| offer_mortal(&storage, key, 0, 20, 10));
        assert_eq!(storage.sweep(at(9)), Some(50));
        assert_eq!(storage.sweep(at(20)), Some(0));
    }
}

#[test]
fn p4_9_a_sweep_of_what_was_cleared_finds_nobody() {
    for storage in kinds(100) {
        (0..50).for_each(|key| offer_mortal(&storage, key, 0, 1, 10));
        assert!(storage.clear().is_some());
        offer(&storage, 3, 7);
        assert_eq!(storage.sweep(at(10)), Some(1));
        assert_eq!(storage.departures(), Departures::default());
    }
}

/// Whatever they were hit, as hits are what others stay for.
#[test]
fn p4_9_a_dead_entry_leaves_before_a_live_one() {
    // So few that all are looked at.
    const CAPACITY: u32 = 20;
    const DEAD: u32 = 8;
    for policy in POLICIES {
        let storage = Storage::<u32, u32>::new(CAPACITY as usize).with_policy(policy);
        // So that there is a sketch and a ghost, and the queues are full.
        (1_000..1_200).for_each(|key| offer(&storage, key, 0));
        assert_eq!(storage.departures(), Departures { evicted: 180, expired: 0 });
        assert!(storage.clear().is_some());
        for key in 0..CAPACITY {
            // Spread, so that some are in front of each queue and some are not.
            let death = if key % 2 == 1 && key < 2 * DEAD { 10 } else { 1_000 };
            offer_mortal(&storage, key, key, 1, death);
        }
        for _ in 0..5 {
            let dead = (0..2 * DEAD).filter(|key| key % 2 == 1);
            dead.for_each(|key| assert_eq!(get(&storage, &key), Some(key)));
        }
        let before = storage.departures();
        for new in 0..DEAD {
            offer_mortal(&storage, 100 + new, 0, 10, 1_000);
            let Departures { evicted, expired } = storage.departures();
            assert_eq!(evicted, before.evicted, "{policy:?}");
            assert_eq!(expired, new as usize + 1, "{policy:?}");
        }
        let alive = (0..CAPACITY).filter(|key| key % 2 == 0 || *key >= 2 * DEAD);
        assert!(alive.chain(100..100 + DEAD).all(|key| get(&storage, &key).is_some()));
        // From now on a living entry has to leave.
        offer_mortal(&storage, 200, 0, 10, 1_000);
        assert_eq!(storage.departures().evicted, before.evicted + 1);
    }
}

/// Where there are too many to look at all of them, who is met leaves, and in the end all are.
#[test]
fn p4_9_the_dead_of_a_large_shard_leave_as_room_is_made() {
    for policy in POLICIES {
        let storage = Storage::<u32, u32>::new(MANY as usize).with_policy(policy);
        let storage = storage.with_shards(NonZeroUsize::MIN);
        let death = |key: u32| if key.is_multiple_of(4) { 10 } else { u64::MAX };
        (0..MANY).for_each(|key| offer_mortal(&storage, key, key, 1, death(key)));
        for round in 0..3 {
            (0..MANY).for_each(|key| assert!(key < round || get(&storage, &key).is_some()));
        }
        let dead = MANY as usize / 4;
        (MANY..3 * MANY).for_each(|key| offer_mortal(&storage, key, key, 10, u64::MAX));
        let Departures { evicted, expired } = storage.departures();
        assert_eq!(expired, dead, "{policy:?}");
        assert_eq!(evicted, 2 * MANY as usize - dead);
        assert_eq!(storage.len(), MANY as usize);
    }
}

/// In order of age, the dead are found at once.
#[test]
fn p4_9_who_is_first_in_line_and_dead_is_not_evicted() {
    for policy in EXACT {
        let storage = Storage::<u32, u32>::new(1_000).with_policy(policy);
        (0..1_000).for_each(|key| offer_mortal(&storage, key, 0, 1, 10));
        (1_000..2_000).for_each(|key| offer_mortal(&storage, key, 0, 10, 20));
        assert_eq!(storage.departures(), Departures { evicted: 0, expired: 1_000 });
        assert!((1_000..2_000).all(|key| get(&storage, &key).is_some()));
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Offer { key: u32, life: u64, long: bool },
    Get(u32),
    Release(u32),
    Pass(u64),
    Sweep,
    Capacity(usize),
}

/// With more keys than are looked at when room is made.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offer = (0..120_u32, 0..60_u64, any::<bool>());
    let step = prop_oneof![
        24 => offer.prop_map(|(key, life, long)| Step::Offer { key, life, long }),
        8 => (0..120_u32).prop_map(Step::Get),
        2 => (0..120_u32).prop_map(Step::Release),
        6 => (0..9_u64).prop_map(Step::Pass),
        2 => Just(Step::Sweep),
        1 => (0..200_usize).prop_map(Step::Capacity),
    ];
    prop::collection::vec(step, 0..400)
}

proptest! {
    #[test]
    fn p4_9_after_a_sweep_the_living_are_all_that_is_there(
        steps in steps(),
        capacity in 1..150_usize,
        policy in policies(),
        shards in shards(),
        weighed in any::<bool>(),
    ) {
        let storage = Storage::<u32, u32>::new(capacity).with_policy(policy).with_shards(shards);
        let storage = if weighed { storage.with_weigher(weight) } else { storage };
        let (mut deaths, mut now) = (HashMap::new(), 1);
        for (n, step) in (0..).zip(steps) {
            match step {
                Step::Offer { key, life, long } => {
                    let death = if long { u64::MAX } else { now + life };
                    offer_mortal(&storage, key, n, now, death);
                    deaths.insert(key, death);
                }
                Step::Get(key) => drop(get(&storage, &key)),
                Step::Release(key) => drop(storage.release(&key)),
                Step::Pass(time) => now += time,
                Step::Sweep => {
                    let mut before = line(&storage);
                    let departed = storage.departures();
                    let left = storage.sweep(at(now));
                    let (swept, mut after) = (storage.departures(), line(&storage));
                    prop_assert_eq!(left, Some(after.len()));
                    prop_assert_eq!(swept.evicted, departed.evicted);
                    prop_assert_eq!(swept.expired - departed.expired, before.len() - after.len());
                    before.retain(|(key, _)| deaths[key] > now);
                    // A policy that is not exact does not say in which order they leave.
                    before.sort_unstable();
                    after.sort_unstable();
                    prop_assert_eq!(before, after);
                    assert_whole(&storage, weighed);
                }
                Step::Capacity(capacity) => storage.set_capacity(capacity),
            }
            prop_assert!(storage.weight() <= storage.capacity());
        }
        assert_whole(&storage, weighed);
        // No entry was lost sight of.
        let mortal = line(&storage).into_iter().filter(|(key, _)| deaths[key] < u64::MAX).count();
        prop_assert_eq!(storage.sweep(at(u64::MAX - 1)), Some(line(&storage).len()));
        prop_assert!(line(&storage).iter().all(|(key, _)| deaths[key] == u64::MAX));
        prop_assert!(storage.departures().expired >= mortal);
    }
}

#[test]
fn p4_9_threads_that_write_and_sweep_leave_it_whole() {
    const CAPACITY: usize = 2_000;
    const WRITES: u32 = 8_000;
    for (policy, shards) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 7)]) {
        let alive = Arc::new(AtomicIsize::new(0));
        let storage = Storage::<u32, Counted>::new(CAPACITY)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
        let (clock, writing) = (AtomicU64::new(1), AtomicUsize::new(3));
        thread::scope(|scope| {
            for writer in 0..3 {
                let (storage, clock, writing, alive) = (&storage, &clock, &writing, &alive);
                scope.spawn(move || {
                    for n in 0..WRITES {
                        // No thread writes a key twice, so each that is gone has left by itself.
                        let key = 3 * n + writer;
                        let now = clock.load(SeqCst);
                        let death = match key % 5 {
                            0 => u64::MAX,
                            some => now + u64::from(some) * 2,
                        };
                        offer_mortal(storage, key, Counted::new(alive), now, death);
                        if key % 7 == 0 {
                            drop(get(storage, &(key / 2)));
                        }
                    }
                    writing.fetch_sub(1, SeqCst);
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while writing.load(SeqCst) > 0 {
                        let now = clock.fetch_add(1, SeqCst);
                        assert!(storage.sweep(at(now)).is_some_and(|left| left <= CAPACITY));
                    }
                });
            }
        });
        assert_eq!(alive.load(SeqCst), storage.len() as isize);
        let Departures { evicted, expired } = storage.departures();
        assert_eq!(storage.len() + evicted + expired, 3 * WRITES as usize);
        let left = storage.sweep(at(u64::MAX - 1));
        assert_eq!(left, Some(line(&storage).len()));
        assert!(line(&storage).iter().all(|(key, _)| key % 5 == 0), "{policy:?}");
        assert_eq!(alive.load(SeqCst), storage.len() as isize);
        drop(storage);
        assert_eq!(alive.load(SeqCst), 0);
    }
}

#[test]
fn p4_9_what_is_replaced_while_it_is_swept_stays() {
    for policy in POLICIES {
        let storage = Storage::<u32, u32>::new(5_000).with_policy(policy);
        let (done, sweeps) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    assert!(storage.sweep(at(10)).is_some());
                    sweeps.fetch_add(1, SeqCst);
                }
            });
            let mut round = 0;
            while round < 20 || sweeps.load(SeqCst) < 20 {
                for key in 0..500 {
                    offer_mortal(&storage, key, 0, 1, 10);
                }
                for key in 0..500 {
                    offer_mortal(&storage, key, round, 1, 11);
                    assert_eq!(get(&storage, &key), Some(round), "{policy:?}");
                }
                assert!((0..500).all(|key| get(&storage, &key) == Some(round)));
                round += 1;
            }
            done.store(true, SeqCst);
        });
        assert_eq!(storage.sweep(at(11)), Some(0));
    }
}

#[test]
fn p4_9_storages_say_whether_they_can_sweep() {
    let storage = Arc::new(Storage::<u32, u32>::new(9));
    let _offered = storage.offer(&1, &mortal(1, 0, 5), Instant::ZERO);
    assert_eq!(CacheStorage::<u32, u32>::sweep(&storage, at(4)), Some(1));
    assert_eq!(CacheStorage::<u32, u32>::sweep(&storage, at(5)), Some(0));
    let hidden = evermemo_core::SharedStorage::<u32, u32>::new(storage.clone());
    let _offered = storage.offer(&1, &mortal(1, 0, 7), Instant::ZERO);
    assert_eq!((hidden.sweep(at(6)), hidden.sweep(at(7))), (Some(1), Some(0)));
    assert_eq!(hidden.departures(), Departures { evicted: 0, expired: 2 });
    assert_eq!(CacheStorage::<u32, u32>::departures(&storage), hidden.departures());
    assert_eq!(Storage::<u32, u32>::new(0).with_policy(Policy::Lru).sweep(at(7)), Some(0));
}
