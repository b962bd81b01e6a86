//! The storage in memory under a scheduler that explores interleavings of real threads:
//! `RUSTFLAGS="--cfg shuttle" cargo test -p evermemo-core --features shuttle --test
//! storage_interleavings`.
#![cfg(shuttle)]
#![expect(clippy::std_instead_of_core, reason = "a test has std")]

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::SeqCst},
    },
};

use evermemo_core::{CacheEntry, CacheStorage, Instant, LocalInMemoryCacheStorage, Policy};
use shuttle::{check_random, thread};

/// How many interleavings each test looks at.
const RUNS: usize = 5_000;

const POLICIES: [Policy; 4] =
    [Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru];

type Storage = LocalInMemoryCacheStorage<u32, Counted>;

/// Counts how many of it there are.
struct Counted(u32, Arc<AtomicIsize>);

impl Counted {
    fn new(n: u32, alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(n, alive.clone())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.0, &self.1)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(self.1.fetch_sub(1, SeqCst) > 0, "dropped twice");
    }
}

fn storage(capacity: usize, policy: Policy) -> Arc<Storage> {
    let storage = Storage::new(capacity).with_policy(policy).with_shards(2.try_into().unwrap());
    Arc::new(storage)
}

fn offer(storage: &Storage, key: u32, alive: &Arc<AtomicIsize>) {
    let entry = CacheEntry::new(Counted::new(key, alive), Instant::ZERO);
    let _offered = storage.offer(&key, &entry, Instant::ZERO);
}

fn assert_whole(storage: &Storage, alive: &AtomicIsize) {
    let mut keys = HashSet::new();
    storage.visit(&mut |&key, entry| assert!(entry.value.0 == key && keys.insert(key)));
    assert_eq!(keys.len(), storage.len());
    assert_eq!(alive.load(SeqCst), storage.len() as isize);
    for key in keys {
        assert!(storage.get(&key, Instant::ZERO).into_inner().unwrap().is_some());
    }
}

#[test]
fn readers_and_writers_leave_it_whole_and_bounded() {
    for policy in POLICIES {
        check_random(
            move || {
                let (storage, alive) = (storage(2, policy), Arc::new(AtomicIsize::new(0)));
                let threads: Vec<_> = (0..3_u32)
                    .map(|thread| {
                        let (storage, alive) = (storage.clone(), alive.clone());
                        thread::spawn(move || {
                            for n in 0..3 {
                                offer(&storage, (thread + n) % 4, &alive);
                                assert!(storage.len() <= 2);
                                let found = storage.get(&n, Instant::ZERO).into_inner().unwrap();
                                assert!(found.is_none_or(|found| found.value.0 == n));
                            }
                            let _released = storage.release(&thread);
                        })
                    })
                    .collect();
                threads.into_iter().for_each(|thread| thread.join().unwrap());
                assert_whole(&storage, &alive);
            },
            RUNS,
        );
    }
}

/// Each key is written dead and then alive: a sweep may take the one and not the other.
#[test]
fn p4_9_sweeps_and_writers_leave_it_whole_and_the_living_there() {
    let at = Instant::from_nanos;
    for policy in POLICIES {
        check_random(
            move || {
                let (storage, alive) = (storage(6, policy), Arc::new(AtomicIsize::new(0)));
                let write = move |storage: &Storage, alive: &Arc<AtomicIsize>, key, death| {
                    let mut entry = CacheEntry::new(Counted::new(key, alive), at(1));
                    entry.retain_until = at(death);
                    let _offered = storage.offer(&key, &entry, at(5));
                };
                let writers = [0, 1].map(|writer| {
                    let (storage, alive) = (storage.clone(), alive.clone());
                    thread::spawn(move || {
                        let keys = [writer, writer + 2];
                        for death in [5, 6] {
                            keys.iter().for_each(|&key| write(&storage, &alive, key, death));
                        }
                        for key in keys {
                            let found = storage.get(&key, at(5)).into_inner().unwrap();
                            assert_eq!(found.unwrap().retain_until, at(6));
                        }
                    })
                });
                let sweepers = [0, 1].map(|_| {
                    let storage = storage.clone();
                    thread::spawn(move || assert!(storage.sweep(at(5)) <= Some(6)))
                });
                writers.into_iter().chain(sweepers).for_each(|thread| thread.join().unwrap());
                assert_whole(&storage, &alive);
                assert_eq!(storage.sweep(at(5)), Some(4));
                assert_eq!(storage.departures().evicted, 0);
                assert_eq!(storage.sweep(at(6)), Some(0));
                assert_whole(&storage, &alive);
            },
            RUNS,
        );
    }
}

#[test]
fn a_lower_capacity_holds_from_the_moment_that_it_is_set() {
    for policy in POLICIES {
        check_random(
            move || {
                let (storage, alive) = (storage(4, policy), Arc::new(AtomicIsize::new(0)));
                let threads: Vec<_> = (0..2_u32)
                    .map(|thread| {
                        let (storage, alive) = (storage.clone(), alive.clone());
                        thread::spawn(move || {
                            (0..4).for_each(|n| offer(&storage, thread * 10 + n, &alive));
                        })
                    })
                    .collect();
                storage.set_capacity(1);
                assert!(storage.len() <= 1);
                thread::yield_now();
                assert!(storage.len() <= 1);
                threads.into_iter().for_each(|thread| thread.join().unwrap());
                assert!(storage.len() == 1);
                assert_whole(&storage, &alive);
            },
            RUNS,
        );
    }
}

#[test]
fn heavy_entries_do_not_wait_for_each_other_for_ever() {
    check_random(
        || {
            let alive = Arc::new(AtomicIsize::new(0));
            let storage =
                Storage::new(10).with_weigher(|&key, _| key).with_shards(2.try_into().unwrap());
            let storage = Arc::new(storage);
            let threads: Vec<_> = [4_u32, 7, 9]
                .map(|weight| {
                    let (storage, alive) = (storage.clone(), alive.clone());
                    thread::spawn(move || {
                        for key in [weight, weight - 1] {
                            offer(&storage, key, &alive);
                            assert!(storage.weight() <= 10);
                        }
                    })
                })
                .into();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            assert_whole(&storage, &alive);
        },
        RUNS,
    );
}
