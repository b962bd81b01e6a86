//! The budget on every interleaving. `sync/proofs.rs` says how these are run.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom::{model, sync::Arc, thread};

use super::budget::Budget;

/// A budget, and how many entries there are: what the budget must not be mistaken about.
///
/// The count is none of loom's atomics, so it puts nothing in order that is not so by itself.
struct Shared {
    budget: Budget,
    entries: AtomicUsize,
}

impl Shared {
    fn of(capacity: usize) -> Arc<Self> {
        Arc::new(Self { budget: Budget::of(capacity), entries: AtomicUsize::new(0) })
    }

    /// Puts an entry there if there is a place, and says whether there was one.
    fn insert(&self, capacity: usize) -> bool {
        let Some(place) = self.budget.reserve() else { return false };
        let entries = self.entries.fetch_add(1, Relaxed) + 1;
        place.fill();
        assert!(entries <= capacity);
        assert!(self.budget.used() <= capacity);
        true
    }

    fn remove(&self) {
        self.entries.fetch_sub(1, Relaxed);
        self.budget.release(1);
    }
}

#[test]
fn there_are_never_more_entries_than_the_capacity() {
    model(|| {
        let shared = Shared::of(1);
        let threads = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                if shared.insert(1) {
                    shared.remove();
                }
            })
        });
        if shared.insert(1) {
            shared.remove();
        }
        for thread in threads {
            thread.join().expect("a thread of the model");
        }
        assert_eq!(shared.budget.used(), 0);
        assert!(shared.insert(1));
    });
}

#[test]
fn each_place_is_given_once() {
    model(|| {
        let shared = Shared::of(2);
        let threads = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || shared.insert(2))
        });
        let here = shared.insert(2);
        let there = threads.map(|thread| thread.join().expect("a thread of the model"));
        let inserted = there.into_iter().chain([here]).filter(|inserted| *inserted).count();
        assert_eq!((inserted, shared.budget.used()), (2, 2));
    });
}

#[test]
fn a_place_that_is_not_filled_is_given_back() {
    model(|| {
        let shared = Shared::of(1);
        let there = shared.clone();
        let thread = thread::spawn(move || drop(there.budget.reserve()));
        drop(shared.budget.reserve());
        thread.join().expect("a thread of the model");
        assert_eq!(shared.budget.used(), 0);
        assert!(shared.insert(1));
    });
}
