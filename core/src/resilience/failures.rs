//! The keys whose loads have failed lately.

use core::{hash::Hash, time::Duration};

use hashbrown::HashTable;

use super::Backoff;
use crate::{
    entry::CacheEntry,
    error::Failure,
    planted::{self, Fault},
    sync::{AtomicUsize, Mutex, Ordering},
    time::Instant,
};

use alloc::vec::Vec;

/// Keeps a note of each key whose last loads have failed: how many in a row, how long it is not
/// tried again, and the error, if errors are kept.
///
/// It is read where an entry is not fresh, and never on a hit. A note that is of no use any more is
/// dropped when a load of its key succeeds, and when any load fails, once a second at most. There
/// are no more pauses than entries: the first to go is one that no caller has read, such as that of
/// an entry that has left.
pub(crate) struct Failures<K, E> {
    /// The number of notes, so that no caller looks where there is none.
    count: AtomicUsize,
    table: Mutex<FailureTable<K, E>>,
}

struct FailureTable<K, E> {
    notes: HashTable<Note<K, E>>,
    /// The number of notes with an error.
    errors: usize,
    tidied: Instant,
    /// The bucket that was last in turn, if there are too many pauses.
    hand: usize,
}

/// A note of a key's failures.
struct Note<K, E> {
    key: K,
    hash: u64,
    in_a_row: u32,
    paused_until: Instant,
    /// An expired entry may stand in for the failed load.
    stands_in: bool,
    error: Option<Failure<E>>,
    error_until: Instant,
    /// It is new, or a caller has read it since its last turn.
    heard_of: bool,
    /// When none of it matters any more.
    until: Instant,
}

/// Notes that have been taken out, to be dropped outside the lock.
struct Gone<K, E> {
    notes: Vec<Note<K, E>>,
    errors: Vec<Failure<E>>,
}

/// The consequences of a failed load.
pub(crate) struct FailedLoad<'a, V, E> {
    pub(crate) failure: &'a Failure<E>,
    /// The entry that can answer meanwhile.
    pub(crate) old: Option<&'a CacheEntry<V>>,
    /// Whether that entry may stand in for the failed load once it has expired.
    pub(crate) stands_in: bool,
    /// How long the error is the answer.
    pub(crate) kept_for: Duration,
    /// The share by which the pause is shortened.
    pub(crate) share: f64,
    /// How many pauses are kept at most.
    pub(crate) most: usize,
}

/// The memory of a key's failures, for a call.
pub(crate) struct Remembered<E> {
    /// The key is paused: it is too early to try again.
    pub(crate) paused: bool,
    /// An old entry may stand in meanwhile, even if it has expired.
    pub(crate) stands_in: bool,
    /// The answer to a caller that finds no other.
    pub(crate) error: Option<Failure<E>>,
}

/// How many errors are kept at most, however many keys fail.
const ERRORS: usize = 4096;

/// The number of notes whose room is kept.
const KEPT_ROOM: usize = 512;

const TIDIED_EVERY: Duration = Duration::from_secs(1);

impl<K, E> Failures<K, E> {
    pub(crate) fn new() -> Self {
        let table =
            FailureTable { notes: HashTable::new(), errors: 0, tidied: Instant::ZERO, hand: 0 };
        Self { count: AtomicUsize::new(0), table: Mutex::new(table) }
    }

    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    pub(crate) fn forget_all(&self) {
        if self.any() {
            drop(self.change(|table| {
                table.errors = 0;
                core::mem::take(&mut table.notes)
            }));
        }
    }

    /// Drops notes that are of no use any more.
    pub(crate) fn tidy(&self, now: Instant) {
        if self.any() {
            let mut gone = Gone { notes: Vec::new(), errors: Vec::new() };
            self.change(|table| table.tidy(now, &mut gone));
        }
    }

    fn change<O>(&self, f: impl FnOnce(&mut FailureTable<K, E>) -> O) -> O {
        self.table.with(|table| {
            let output = f(table);
            table.give_back();
            self.count.store(table.notes.len(), Ordering::Release);
            output
        })
    }
}

impl<K: Hash + Eq + Clone, E> Failures<K, E> {
    /// Returns the note of `key`, if it still matters.
    pub(crate) fn recall(&self, key: &K, hash: u64, now: Instant) -> Option<Remembered<E>> {
        if !self.any() {
            return None;
        }
        self.table.with(|table| {
            let note = table.notes.find_mut(hash, |note| note.is(key, hash))?;
            note.heard_of = true;
            let error = note
                .error
                .as_ref()
                .filter(|_| now < note.error_until || planted::is(Fault::ErrorsKept));
            Some(Remembered {
                paused: now < note.paused_until && !planted::is(Fault::NoBackoff),
                stands_in: note.stands_in,
                error: error.cloned(),
            })
        })
    }

    /// Notes that a load of `key` has failed, if its flight is `current`, and returns how long it
    /// is not tried again.
    pub(crate) fn note<V>(
        &self,
        key: &K,
        hash: u64,
        now: Instant,
        backoff: &Backoff,
        verdict: &FailedLoad<'_, V, E>,
        current: &dyn Fn() -> bool,
    ) -> Option<Duration> {
        if verdict.old.is_none() && verdict.kept_for.is_zero() {
            return None;
        }
        // It is dropped outside the lock.
        let mut gone = Gone { notes: Vec::new(), errors: Vec::new() };
        let pause = self.change(|table| {
            // A removal supersedes first and forgets then, so one of the two is seen.
            if !current() {
                return Duration::ZERO;
            }
            table.tidy(now, &mut gone);
            let mut in_a_row = 1_u32;
            if let Some(before) = table.take(key, hash) {
                if now < before.until && !planted::is(Fault::RowForgotten) {
                    in_a_row = in_a_row.saturating_add(before.in_a_row);
                }
                gone.notes.push(before);
            }
            let keeps = !verdict.kept_for.is_zero() && table.errors < ERRORS;
            if verdict.old.is_none() && !keeps {
                return Duration::ZERO;
            }
            let (mut pause, mut until) = (Duration::ZERO, now);
            if let Some(old) = verdict.old {
                (pause, until) = (backoff.pause(in_a_row, old, verdict.share), old.retain_until);
            }
            let error_until = if keeps { now + verdict.kept_for } else { now };
            // The clones share the user's values.
            table.put(Note {
                key: key.clone(),
                hash,
                in_a_row,
                paused_until: now + pause,
                stands_in: verdict.stands_in,
                error: keeps.then(|| verdict.failure.clone()),
                error_until,
                heard_of: true,
                until: until.max(error_until),
            });
            if table.notes.len() - table.errors > verdict.most {
                gone.notes.extend(table.take_next());
            }
            pause
        });
        Some(pause).filter(|pause| !pause.is_zero())
    }

    /// Drops the note of `key`.
    #[inline(never)]
    pub(crate) fn forget(&self, key: &K, hash: u64) {
        if self.any() {
            drop(self.change(|table| table.take(key, hash)));
        }
    }
}

impl<K, E> FailureTable<K, E> {
    /// Takes out the notes that are of no use any more, if it is time to look.
    #[inline(never)]
    fn tidy(&mut self, now: Instant, gone: &mut Gone<K, E>) {
        if now.saturating_since(self.tidied) >= TIDIED_EVERY {
            self.tidied = now;
            let useless = self.notes.extract_if(|note| {
                if note.error_until <= now
                    && let Some(error) = note.error.take()
                {
                    self.errors -= 1;
                    gone.errors.push(error);
                }
                note.until <= now
            });
            useless.for_each(|note| gone.notes.push(note));
        }
    }

    /// Takes out the next pause in turn that no caller has read since its last turn.
    fn take_next(&mut self) -> Option<Note<K, E>> {
        let buckets = self.notes.num_buckets();
        for _ in 0..2 * buckets {
            self.hand = (self.hand + 1) % buckets;
            if let Ok(mut entry) = self.notes.get_bucket_entry(self.hand) {
                let note = entry.get_mut();
                if note.error.is_none() && !core::mem::take(&mut note.heard_of) {
                    return Some(entry.remove().0);
                }
            }
        }
        None
    }

    /// Gives room back if most of it is free, as an outage may have left many notes.
    fn give_back(&mut self) {
        let (room, left) = (self.notes.capacity(), self.notes.len());
        if room > KEPT_ROOM && left < room / 8 {
            self.notes.shrink_to(left * 2, |note| note.hash);
        }
    }

    fn put(&mut self, note: Note<K, E>) {
        self.errors += usize::from(note.error.is_some());
        self.notes.insert_unique(note.hash, note, |note| note.hash);
    }
}

impl<K: Eq, E> FailureTable<K, E> {
    fn take(&mut self, key: &K, hash: u64) -> Option<Note<K, E>> {
        let found = self.notes.find_entry(hash, |note| note.is(key, hash)).ok()?;
        let note = found.remove().0;
        self.errors -= usize::from(note.error.is_some());
        Some(note)
    }
}

impl<K: Eq, E> Note<K, E> {
    fn is(&self, key: &K, hash: u64) -> bool {
        self.hash == hash && self.key == *key
    }
}
