//! Stored entries that are no answer, as the storage's answers to writes are lacking or bad.

use core::hash::Hash;

use hashbrown::HashSet;

use super::late::{FoundTimes, Late, Put};
use crate::{
    hasher::KeyHasher,
    planted::{self, Fault},
    sync::{AtomicBool, Mutex, Ordering},
    time::Instant,
};

/// The keys of which a stored entry is no answer.
///
/// **Debts** are keys whose stored entries are older than the ones that were to replace them: until
/// a later write or removal of the key has succeeded. **Late** values are those whose writes ended
/// without an answer and may be written at any time: none is an answer once something newer has
/// come.
pub(crate) struct Owed<K> {
    any: AtomicBool,
    noted: Mutex<NotedDebt<K>>,
    /// The functions for late values. Pointers, so that a program without a storage that waits
    /// contains none of them.
    note_late: fn(&Self, &K, Put, bool),
    outdo: fn(&Self, Option<&K>, Instant, Instant) -> Instant,
}

struct NotedDebt<K> {
    keys: HashSet<K, KeyHasher>,
    late: Late<K>,
    /// Looks have to consider more than these keys, from now on.
    more: bool,
}

/// How many debts are noted at most.
const MOST: usize = 1024;

impl<K: Hash + Eq + Clone> Owed<K> {
    pub(crate) fn new() -> Self {
        let keys = HashSet::with_hasher(KeyHasher::default());
        let noted = NotedDebt { keys, late: Late::new(), more: false };
        Self {
            any: AtomicBool::new(false),
            noted: Mutex::new(noted),
            note_late: Self::late_noted,
            outdo: Self::outdone,
        }
    }

    /// Makes every look a closer one, for the entries that a clear hides: hits check both by one
    /// flag.
    pub(crate) fn look_for_more(&self) {
        self.noted.with(|noted| {
            noted.more = true;
            self.any.store(true, Ordering::Release);
        });
    }

    /// Returns whether any entry may have to be hidden.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Returns whether no entry of a key is an answer, or not the one that was found.
    pub(crate) fn hides(&self, key: &K, found: Option<FoundTimes>) -> bool {
        self.any()
            && self.noted.with(|NotedDebt { keys, late, .. }| {
                keys.contains(key) || found.is_some_and(|found| late.hides(key, found))
            })
    }

    /// Notes a key; `false` if there is no room for it.
    #[must_use]
    pub(crate) fn note(&self, key: &K) -> bool {
        let mut noted = Some(key.clone());
        self.noted.with(|NotedDebt { keys, .. }| {
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

    /// Forgets a key, or all of them, if the settling write is still the newest.
    ///
    /// That is checked under the lock. A change that makes a debt makes older writes stale before
    /// it notes the debt, and one of those that ends later settles nothing.
    pub(crate) fn settle(&self, key: Option<&K>, is_newest: &dyn Fn() -> bool) {
        if !self.any() {
            return;
        }
        let (one, all) = self.noted.with(|noted| {
            if !is_newest() {
                return (None, None);
            }
            let settled = match key {
                Some(key) => (noted.keys.take(key), None),
                None => (None, Some(core::mem::take(&mut noted.keys))),
            };
            self.any.store(noted.any(), Ordering::Release);
            settled
        });
        drop((one, all));
    }

    /// Notes a value that the storage may write at any time, as it has not answered, or has
    /// `answered` with an error.
    pub(super) fn note_late(&self, key: &K, put: Put, answered: bool) {
        (self.note_late)(self, key, put, answered);
    }

    fn late_noted(&self, key: &K, put: Put, answered: bool) {
        let mut key = Some(key.clone());
        let gone = self.noted.with(|noted| {
            let gone = noted.late.note(&mut key, put, answered);
            self.any.store(noted.any(), Ordering::Release);
            gone
        });
        drop((key, gone));
    }

    /// Hides the late values of a key, or of all, as something newer has come that was created at
    /// `created`. Returns the creation that it has to have to be seen.
    pub(crate) fn outdo(&self, key: Option<&K>, created: Instant, now: Instant) -> Instant {
        if self.any() { (self.outdo)(self, key, created, now) } else { created }
    }

    fn outdone(&self, key: Option<&K>, created: Instant, now: Instant) -> Instant {
        let (seen, gone, forgotten) = self.noted.with(|noted| {
            let forgotten = match planted::is(Fault::LateSettled) {
                true => key.and_then(|key| noted.late.forget(key)),
                false => None,
            };
            let (seen, gone) = noted.late.outdo(key, created, now);
            self.any.store(noted.any(), Ordering::Release);
            (seen, gone, forgotten)
        });
        drop((gone, forgotten));
        created.max(seen)
    }
}

impl<K: Hash + Eq> NotedDebt<K> {
    fn any(&self) -> bool {
        self.more || !self.keys.is_empty() || self.late.any()
    }
}
