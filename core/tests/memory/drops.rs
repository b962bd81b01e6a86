//! What leaves is dropped outside the locks.

use std::{
    cell::Cell,
    hash::{Hash, Hasher},
    sync::{Arc, Weak},
};

use evermemo_core::CacheStorage;

use super::{POLICIES, Storage, at, get, offer, offer_mortal, panics::finishes};

thread_local!(static LOOKS: Cell<Option<u32>> = const { Cell::new(None) });

/// A key or a value that uses the storage it was in as it goes: under a lock that would wait for
/// ever.
#[derive(Clone)]
struct Curious(u32, Weak<Storage<Self, Self>>);

impl PartialEq for Curious {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Curious {}

impl Hash for Curious {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        // The copies that it makes as it looks do not look in turn.
        let Some(looks) = LOOKS.take() else { return };
        if let Some(storage) = self.1.upgrade() {
            assert!(storage.len() <= 4);
            drop(get(&storage, self));
            offer(&storage, Self(self.0 + 1_000, Weak::new()), Self(0, Weak::new()));
            drop(storage.release(&Self(self.0 + 1_000, Weak::new())));
            assert!(storage.visit(&mut |_, _| {}));
        }
        LOOKS.set(Some(looks + 1));
    }
}

#[test]
fn a_key_or_a_value_may_use_the_storage_as_it_goes() {
    finishes(|| {
        for policy in POLICIES {
            let storage = Arc::new(Storage::new(4).with_policy(policy));
            let curious = |n| Curious(n, Arc::downgrade(&storage));
            LOOKS.set(Some(0));
            // Evicted, replaced, removed, cleared, dead, and too many of a sudden.
            (0..40).for_each(|n| offer(&storage, curious(n), curious(n)));
            (0..40).for_each(|n| offer(&storage, curious(n % 3), curious(n)));
            drop(storage.release(&curious(2)));
            (0..4).for_each(|n| offer(&storage, curious(n), curious(n)));
            let _cleared = storage.clear();
            (0..4).for_each(|n| offer(&storage, curious(n), curious(n)));
            (0..4)
                .for_each(|n| offer_mortal(&storage, curious(n), curious(n), 1, 5 + u64::from(n)));
            assert!(storage.sweep(at(6)).is_some());
            assert!((0..2).all(|n| get(&storage, &curious(n)).is_none()));
            // Room is made by one who is dead.
            (4..7).for_each(|n| offer_mortal(&storage, curious(n), curious(n), 7, 9));
            assert!(storage.sweep(at(10)).is_some());
            assert!((0..7).all(|n| get(&storage, &curious(n)).is_none()));
            (0..4).for_each(|n| offer(&storage, curious(n), curious(n)));
            storage.set_capacity(1);
            assert!(LOOKS.take().is_some_and(|looks| looks > 120));
            assert!(storage.len() <= 1);
        }
    });
}

thread_local!(static OFFERS: Cell<u32> = const { Cell::new(0) });

/// A value whose drop writes to the storage that it was in, or changes how much that may hold.
#[derive(Clone)]
struct Greedy(Weak<Storage<u32, Self>>, fn(&Storage<u32, Self>));

impl Drop for Greedy {
    fn drop(&mut self) {
        let Some(left) = OFFERS.get().checked_sub(1) else { return };
        OFFERS.set(left);
        if let Some(storage) = self.0.upgrade() {
            (self.1)(&storage);
        }
    }
}

/// It would wait for room that its own thread has in hand.
#[test]
fn what_leaves_may_need_room_as_it_is_dropped() {
    let write = |storage: &Storage<u32, Greedy>| {
        offer(storage, 1_000, Greedy(Weak::new(), |_| {}));
    };
    let resize = |storage: &Storage<u32, Greedy>| storage.set_capacity(20);
    for (n, change) in [write, resize].into_iter().enumerate() {
        finishes(move || {
            for policy in POLICIES {
                let heavy = |key: &u32, _: &Greedy| match key {
                    0..100 => 1,
                    100 => 100,
                    _ => 15,
                };
                for weighed in [false, true] {
                    let storage = Storage::new(if weighed { 100 } else { 1 }).with_policy(policy);
                    let storage = Arc::new(match weighed {
                        true => storage.with_weigher(heavy),
                        false => storage.with_shards(4.try_into().expect("not zero")),
                    });
                    let greedy = || Greedy(Arc::downgrade(&storage), change);
                    OFFERS.set(0);
                    (0..100).for_each(|key| offer(&storage, key, greedy()));
                    OFFERS.set(3);
                    offer(&storage, 100, greedy());
                    OFFERS.set(3);
                    (0..100).for_each(|key| offer(&storage, key, greedy()));
                    OFFERS.set(0);
                    assert!(storage.weight() <= 100, "{n}, {policy:?}");
                }
            }
        });
    }
}
