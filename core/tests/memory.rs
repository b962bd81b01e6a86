//! The storage in memory: against a model, under threads, and with keys and values that panic.
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests stand where users of `std` stand"
)]

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    hash::{Hash, Hasher},
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use evermemo_core::{CacheEntry, CacheStorage, Instant, LocalInMemoryCacheStorage, Policy};
use proptest::{prelude::*, proptest};

type Storage<K, V> = LocalInMemoryCacheStorage<K, V>;

const POLICIES: [Policy; 2] = [Policy::LeastRecentlyUpdated, Policy::Lru];

#[derive(Clone, Copy, Debug)]
enum Step {
    Get(u8),
    Offer(u8),
    /// Offered, but superseded meanwhile.
    Late(u8),
    Release(u8),
    Clear,
    BoundedOutside(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..12_u8).prop_map(Step::Get),
        12 => (0..12_u8).prop_map(Step::Offer),
        2 => (0..12_u8).prop_map(Step::Late),
        4 => (0..12_u8).prop_map(Step::Release),
        1 => Just(Step::Clear),
        1 => any::<bool>().prop_map(Step::BoundedOutside),
    ];
    prop::collection::vec(step, 0..200)
}

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
        shards in prop_oneof![Just(1_usize), 2..5_usize],
        lru: bool,
    ) {
        let policy = POLICIES[usize::from(lru)];
        let storage = Storage::<u8, u32>::new(capacity)
            .with_policy(policy)
            .with_shards(NonZeroUsize::new(shards).unwrap());
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

    /// At every place where a key's `Eq`, `Hash` or `Clone` or a value's `Clone` may panic.
    #[test]
    fn a_panic_leaves_it_whole_and_unlocked(
        steps in prop::collection::vec((steps(), 0..6_u32), 1..4),
        capacity in 1..4_usize,
        shards in 1..3_usize,
        lru: bool,
    ) {
        let storage = Storage::<Brittle, Brittle>::new(capacity)
            .with_policy(POLICIES[usize::from(lru)])
            .with_shards(NonZeroUsize::new(shards).unwrap());
        for (steps, countdown) in steps {
            for step in steps {
                Brittle::panic_after(countdown);
                let survived = catch_unwind(AssertUnwindSafe(|| match step {
                    Step::Get(key) => drop(get(&storage, &Brittle(key))),
                    Step::Offer(key) | Step::Late(key) => {
                        offer(&storage, Brittle(key), Brittle(key));
                    }
                    Step::Release(key) => drop(storage.release(&Brittle(key))),
                    Step::Clear => drop(storage.clear()),
                    Step::BoundedOutside(_) => storage.bounded_outside(false),
                }));
                Brittle::panic_no_more();
                drop(survived);
                // Looked at in full: the count, the line and the table agree.
                let line = line(&storage);
                prop_assert_eq!(line.len(), storage.len());
                prop_assert!(line.len() <= capacity);
                let keys: HashSet<_> = line.iter().map(|(key, _)| key.0).collect();
                prop_assert_eq!(keys.len(), line.len());
                for (key, value) in line {
                    prop_assert_eq!(key.0, value.0);
                }
            }
        }
        // Every place can still be used.
        for key in 100..110 {
            offer(&storage, Brittle(key), Brittle(key));
        }
        prop_assert_eq!(storage.len(), capacity);
        for key in 110 - capacity as u8..110 {
            prop_assert_eq!(get(&storage, &Brittle(key)).map(|value| value.0), Some(key));
        }
    }
}

/// The comparison that panics is the one after room was made: the room must not be lost with it.
#[test]
fn a_panic_after_an_eviction_costs_no_place() {
    // A storage that has lost its places waits for ever.
    finishes(|| {
        for capacity in 1..4 {
            let storage = Storage::<Brittle, Brittle>::new(capacity);
            for round in 0..10 {
                for key in 0..capacity as u8 {
                    offer(&storage, Brittle(key), Brittle(key));
                }
                for comparisons in 0..2 * capacity as u32 + 4 {
                    Brittle::panic_after(comparisons);
                    let key = Brittle(50 + round);
                    let offered =
                        catch_unwind(AssertUnwindSafe(|| offer(&storage, key, Brittle(0))));
                    Brittle::panic_no_more();
                    drop(offered);
                    assert_eq!(line(&storage).len(), storage.len(), "at {comparisons}");
                }
            }
        }
    });
}

#[test]
fn a_value_whose_drop_panics_costs_no_place() {
    #[derive(Clone)]
    struct Bomb(Arc<AtomicBool>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0.swap(false, SeqCst) {
                resume_unwind(Box::new("dropped"));
            }
        }
    }
    finishes(|| {
        let armed = Arc::new(AtomicBool::new(false));
        let storage = Storage::<u8, Bomb>::new(2);
        let entry = CacheEntry::new(Bomb(armed.clone()), Instant::ZERO);
        for key in 0..60 {
            armed.store(true, SeqCst);
            drop(catch_unwind(AssertUnwindSafe(|| match key % 10 {
                0 => drop(storage.clear()),
                1 | 5 => drop(storage.release(&(key - 1))),
                4 => drop(storage.offer(&(key - 1), &entry, Instant::ZERO)),
                _ => drop(storage.offer(&key, &entry, Instant::ZERO)),
            })));
            armed.store(false, SeqCst);
            let mut entries = 0;
            storage.visit(&mut |_, _| entries += 1);
            assert_eq!(entries, storage.len(), "after {key}");
        }
        storage.bounded_outside(true);
        (0..9).for_each(|key| drop(storage.offer(&key, &entry, Instant::ZERO)));
        armed.store(true, SeqCst);
        drop(catch_unwind(AssertUnwindSafe(|| storage.bounded_outside(false))));
        drop(storage.offer(&100, &entry, Instant::ZERO));
        assert!(storage.len() <= 2);
    });
}

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

fn get<K, V>(storage: &Storage<K, V>, key: &K) -> Option<V>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let found = storage.get(key, Instant::ZERO).into_inner();
    found.unwrap_or_else(|never| match never {}).map(|entry| entry.value)
}

fn offer<K, V>(storage: &Storage<K, V>, key: K, value: V)
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let _offered = storage.offer(&key, &CacheEntry::new(value, Instant::ZERO), Instant::ZERO);
}

/// All that is stored, in the order in which it leaves.
fn line<K, V>(storage: &Storage<K, V>) -> Vec<(K, V)>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let mut line = Vec::new();
    assert!(storage.visit(&mut |key, entry| line.push((key.clone(), entry.value.clone()))));
    line
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
        (0..capacity as u32).for_each(|key| drop(storage.release(&(1_000_000 + key))));
        assert!(storage.is_empty());
    }
}

/// Fails instead of waiting for ever.
fn finishes(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let running = thread::spawn(move || {
        let outcome = catch_unwind(AssertUnwindSafe(test));
        let _nobody_waits = done.send(());
        outcome.map_err(|panic| resume_unwind(panic))
    });
    assert_ne!(
        finished.recv_timeout(Duration::from_secs(20)),
        Err(mpsc::RecvTimeoutError::Timeout),
        "it waits for ever"
    );
    if let Err(panic) = running.join() {
        resume_unwind(panic);
    }
}

/// A value that counts how many of it there are.
struct Counted(Arc<AtomicIsize>);

impl Counted {
    fn new(alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(alive.clone())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let before = self.0.fetch_sub(1, SeqCst);
        assert!(before > 0, "dropped twice");
    }
}

thread_local!(static LEFT: Cell<Option<u32>> = const { Cell::new(None) });

/// A key or value whose `Eq`, `Hash` and `Clone` panic when their number is up. All of one hash, so
/// that a look-up compares.
#[derive(Debug)]
struct Brittle(u8);

impl Brittle {
    fn panic_after(uses: u32) {
        LEFT.set(Some(uses));
    }

    fn panic_no_more() {
        LEFT.set(None);
    }

    fn used() {
        match LEFT.get() {
            None => {}
            Some(0) => {
                LEFT.set(None);
                // As `panic!` does, but without the message on the screen.
                resume_unwind(Box::new("brittle"));
            }
            Some(left) => LEFT.set(Some(left - 1)),
        }
    }
}

impl PartialEq for Brittle {
    fn eq(&self, other: &Self) -> bool {
        Self::used();
        self.0 == other.0
    }
}

impl Eq for Brittle {}

impl Hash for Brittle {
    fn hash<H: Hasher>(&self, _state: &mut H) {
        Self::used();
    }
}

impl Clone for Brittle {
    fn clone(&self) -> Self {
        Self::used();
        Self(self.0)
    }
}
