//! Debts: keys whose last change is not known to have reached the storage.

use core::hash::Hash;

use hashbrown::{DefaultHashBuilder, HashSet};

use crate::sync::{AtomicBool, Mutex, Ordering};

/// The keys whose stored entries are older than what was to replace them, so that nobody is answered
/// with one: until a later write or removal of the key has succeeded.
pub(crate) struct Owed<K> {
    any: AtomicBool,
    noted: Mutex<Noted<K>>,
}

struct Noted<K> {
    keys: HashSet<K, DefaultHashBuilder>,
    /// There is more to look for than these keys, from now on.
    more: bool,
}

/// How many debts are noted at most.
const MOST: usize = 1024;

impl<K: Hash + Eq + Clone> Owed<K> {
    pub(crate) fn new() -> Self {
        let keys = HashSet::with_hasher(DefaultHashBuilder::default());
        Self { any: AtomicBool::new(false), noted: Mutex::new(Noted { keys, more: false }) }
    }

    /// Has every look be a closer one, for what a clear hides: hits ask for both by one flag.
    pub(super) fn look_for_more(&self) {
        self.noted.with(|noted| {
            noted.more = true;
            self.any.store(true, Ordering::Release);
        });
    }

    /// Returns whether there may be anything that is not to be seen.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    pub(crate) fn has(&self, key: &K) -> bool {
        self.any() && self.noted.with(|noted| noted.keys.contains(key))
    }

    /// Notes a key; `false` if there is no room for it.
    #[must_use]
    pub(super) fn note(&self, key: &K) -> bool {
        let mut noted = Some(key.clone());
        self.noted.with(|Noted { keys, .. }| {
            if keys.len() >= MOST && !keys.contains(key) {
                return false;
            }
            if !keys.contains(key) {
                keys.extend(noted.take());
            }
            self.any.store(true, Ordering::Release);
            true
        })
    }

    /// Forgets a key, or all of them.
    pub(crate) fn settle(&self, key: Option<&K>) {
        if !self.any() {
            return;
        }
        let (one, all) = self.noted.with(|Noted { keys, more }| {
            let settled = match key {
                Some(key) => (keys.take(key), None),
                None => (None, Some(core::mem::take(keys))),
            };
            self.any.store(*more || !keys.is_empty(), Ordering::Release);
            settled
        });
        drop((one, all));
    }
}
