//! Counts of superseded updates in a registry that several caches may share.

use crate::sync::{Arc, AtomicUsize, Ordering};

/// Counts how often all caches that share one registry have superseded anything. The user's own
/// calls of the registry are not seen.
pub(super) struct Superseded {
    count: Arc<AtomicUsize>,
}

impl Superseded {
    /// Shares the count with the other caches that have the registry at this `address`, if it has
    /// one.
    pub(super) fn of(address: Option<usize>) -> Self {
        let count = || Arc::new(AtomicUsize::new(0));
        Self { count: address.and_then(shared).unwrap_or_else(count) }
    }

    pub(super) fn count(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn get(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }
}

#[cfg(feature = "std")]
fn shared(address: usize) -> Option<Arc<AtomicUsize>> {
    use std::sync::OnceLock;

    use crate::sync::{Mutex, Weak};

    use alloc::vec::Vec;

    /// The existing counts, by the addresses of their registries.
    type Counts = Mutex<Vec<(usize, Weak<AtomicUsize>)>>;

    #[cfg(not(shuttle))]
    static COUNTS: OnceLock<Counts> = OnceLock::new();

    #[cfg(shuttle)]
    shuttle::lazy_static! {
        static ref COUNTS: OnceLock<Counts> = OnceLock::new();
    }

    let counts = COUNTS.get_or_init(|| Mutex::new(Vec::new()));
    Some(counts.with(|counts| {
        // A registry keeps its address for as long as a cache has it.
        counts.retain(|(_, count)| count.strong_count() > 0);
        let known = counts.iter().find(|(of, _)| *of == address);
        known.and_then(|(_, count)| count.upgrade()).unwrap_or_else(|| {
            let count = Arc::new(AtomicUsize::new(0));
            counts.push((address, Arc::downgrade(&count)));
            count
        })
    }))
}

/// Without `std` there is no static for a count that caches share.
#[cfg(not(feature = "std"))]
fn shared(_address: usize) -> Option<Arc<AtomicUsize>> {
    None
}
