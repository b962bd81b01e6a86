//! Keys and values that panic leave it whole.

use std::{
    cell::Cell,
    collections::HashSet,
    hash::{Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use evermemo_core::{CacheEntry, CacheStorage, Instant};
use proptest::{prelude::*, proptest};

use super::{
    POLICIES, Step, Storage, at, get, line, mortal, offer, offer_mortal, policies, shards, steps,
};

proptest! {
    /// At every place where a key's `Eq`, `Hash` or `Clone` or a value's `Clone` may panic.
    #[test]
    fn a_panic_leaves_it_whole_and_unlocked(
        steps in prop::collection::vec((steps(), 0..6_u32), 1..4),
        capacity in 1..4_usize,
        policy in policies(),
        shards in shards(),
    ) {
        let storage = Storage::<Brittle, Brittle>::new(capacity)
            .with_policy(policy)
            .with_shards(shards);
        let mut now = 1;
        for (steps, countdown) in steps {
            for step in steps {
                Brittle::panic_after(countdown);
                let survived = catch_unwind(AssertUnwindSafe(|| match step {
                    Step::Get(key) => drop(get(&storage, &Brittle(key))),
                    Step::Offer(key) | Step::Late(key) => {
                        offer(&storage, Brittle(key), Brittle(key));
                    }
                    Step::Mortal(key, life) => {
                        offer_mortal(&storage, Brittle(key), Brittle(key), now, now + life);
                    }
                    Step::Pass(time) => now += time,
                    Step::Sweep => assert!(storage.sweep(at(now)).is_some()),
                    Step::Release(key) => drop(storage.release(&Brittle(key))),
                    Step::Clear => drop(storage.clear()),
                    Step::BoundedOutside(_) => storage.bounded_outside(false),
                    Step::Capacity(_) => storage.set_capacity(capacity),
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
        let _cleared = storage.clear();
        for key in 0..capacity as u8 {
            offer(&storage, Brittle(key), Brittle(key));
        }
        for key in 0..capacity as u8 {
            prop_assert_eq!(get(&storage, &Brittle(key)).map(|value| value.0), Some(key));
        }
    }
}

/// The comparison that panics is the one after room was made: the room must not be lost with it.
#[test]
fn a_panic_after_an_eviction_costs_no_place() {
    // A storage that has lost its places waits for ever.
    finishes(|| {
        for (policy, capacity) in POLICIES.into_iter().flat_map(|policy| [(policy, 1), (policy, 3)])
        {
            let storage = Storage::<Brittle, Brittle>::new(capacity).with_policy(policy);
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
        let dying = mortal(Bomb(armed.clone()), 0, 5);
        for key in 0..60 {
            armed.store(true, SeqCst);
            drop(catch_unwind(AssertUnwindSafe(|| match key % 10 {
                0 => drop(storage.clear()),
                1 | 5 => drop(storage.release(&(key - 1))),
                4 => drop(storage.offer(&(key - 1), &entry, Instant::ZERO)),
                2 | 7 => drop(storage.offer(&key, &dying, Instant::ZERO)),
                3 => assert!(storage.sweep(at(5)).is_some()),
                8 => drop(storage.offer(&key, &entry, at(5))),
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

/// Fails instead of waiting for ever.
pub(super) fn finishes(test: impl FnOnce() + Send + 'static) {
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
