//! Values whose writes ended without an answer, and which the storage may write at any time.

use core::{hash::Hash, mem, time::Duration};

use hashbrown::HashMap;

use crate::{hasher::KeyHasher, time::Instant};

use alloc::vec::Vec;

/// A value that a storage was given to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Put {
    pub(crate) created: Instant,
    /// No call can be answered with it from then on.
    pub(crate) until: Instant,
    pub(crate) now: Instant,
}

/// The times of an entry that a look has found: its creation, and the end of its use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundTimes {
    pub(crate) created: Instant,
    pub(crate) until: Instant,
}

/// The keys with such values, so that none of these is an answer once something newer has come.
///
/// An entry is recognised by its creation, as numbers of ours get lost in storages that keep
/// entries in a form of their own. So the successor of such a value is created later than it, even
/// by a clock that stands still or is set back.
pub(super) struct Late<K> {
    notes: HashMap<K, LateNote, KeyHasher>,
    /// Entries of every key that were created before are hidden, as there was no room for more
    /// notes.
    before: Instant,
    /// The entries that finished notes have hidden, and which are dead: no load is handed one
    /// either.
    over: PastLives,
    /// When finished notes are next looked for.
    tidied_from: Instant,
}

/// Entries that were created before, and lived no longer.
#[derive(Default)]
struct PastLives {
    before: Instant,
    until: Instant,
}

struct LateNote {
    /// The creation of the newest value that may still be written.
    latest: Instant,
    /// No call can be answered with any of them from then on.
    until: Instant,
    /// Entries that were created before are hidden.
    before: Instant,
}

/// How many keys are noted at most.
const MOST: usize = 65_536;

/// The error of the times that a storage returns: many round them, and convert them by clocks that
/// are read one after the other.
const ROUNDED: Duration = Duration::from_millis(1);

/// The smallest difference of two instants.
const NANO: Duration = Duration::from_nanos(1);

/// How often notes are looked through.
const TIDIED_EVERY: Duration = Duration::from_secs(1);

impl<K: Hash + Eq> Late<K> {
    pub(super) fn new() -> Self {
        let notes = HashMap::with_hasher(KeyHasher::default());
        Self {
            notes,
            before: Instant::ZERO,
            over: PastLives::default(),
            tidied_from: Instant::ZERO,
        }
    }

    pub(super) fn any(&self) -> bool {
        !self.notes.is_empty() || self.before.max(self.over.before) != Instant::ZERO
    }

    pub(super) fn hides(&self, key: &K, FoundTimes { created, until }: FoundTimes) -> bool {
        created < self.before
            || created < self.over.before && until <= self.over.until + ROUNDED
            || self.notes.get(key).is_some_and(|note| created < note.before)
    }

    /// Notes a value, whose key it takes, and returns the keys to be dropped outside the lock.
    /// Older entries are hidden, as they were to be replaced.
    ///
    /// The value of a storage that has `answered` with an error is noted while there is room, and
    /// hides nothing yet: that storage has hardly written anything.
    pub(super) fn note(&mut self, key: &mut Option<K>, put: Put, answered: bool) -> Vec<K> {
        let mut gone = self.tidy(put.now);
        let Some(asked) = key.as_ref().filter(|_| put.until > put.now) else { return gone };
        let before = if answered { Instant::ZERO } else { put.created };
        if let Some(note) = self.notes.get_mut(asked) {
            note.latest = note.latest.max(put.created);
            note.until = note.until.max(put.until);
            note.before = note.before.max(before);
            return gone;
        }
        if self.notes.len() >= MOST {
            if answered {
                return gone;
            }
            gone.extend(self.hide_all());
        }
        if let Some(key) = key.take() {
            self.notes.insert(key, LateNote { latest: put.created, until: put.until, before });
        }
        gone
    }

    /// Hides all noted values, of whatever key, instead of noting them.
    fn hide_all(&mut self) -> impl Iterator<Item = K> + use<K> {
        let notes = mem::replace(&mut self.notes, HashMap::with_hasher(Default::default()));
        let hidden = notes.values().map(|note| note.before.max(note.latest + ROUNDED)).max();
        self.before = self.before.max(hidden.unwrap_or_default());
        notes.into_keys()
    }

    /// Hides the noted values of a key, or of all, because something newer has come that was
    /// created at `created`. Returns the creation from which entries of the key are seen, and the
    /// keys to be dropped outside the lock.
    pub(super) fn outdo(
        &mut self,
        key: Option<&K>,
        created: Instant,
        now: Instant,
    ) -> (Instant, Vec<K>) {
        let gone = self.tidy(now);
        let seen = match key {
            Some(key) => self.notes.get_mut(key).map(|note| note.outdo(created)),
            None => self.notes.values_mut().map(|note| note.outdo(created)).max(),
        };
        (seen.unwrap_or_default().max(self.before), gone)
    }

    /// Forgets a key, and returns it.
    pub(super) fn forget(&mut self, key: &K) -> Option<K> {
        self.notes.remove_entry(key).map(|(key, _)| key)
    }

    /// Forgets values that can be no answer any more, now and then.
    fn tidy(&mut self, now: Instant) -> Vec<K> {
        if now < self.tidied_from {
            return Vec::new();
        }
        self.tidied_from = now + TIDIED_EVERY;
        let mut gone = Vec::new();
        for (key, note) in self.notes.extract_if(|_, note| note.until <= now) {
            self.over.before = self.over.before.max(note.before).max(note.latest + NANO);
            self.over.until = self.over.until.max(note.until);
            gone.push(key);
        }
        gone
    }
}

impl LateNote {
    fn outdo(&mut self, created: Instant) -> Instant {
        let rounded = created.min(self.latest + ROUNDED);
        self.before = self.before.max(self.latest + NANO).max(rounded);
        self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Instant = Instant::from_nanos(7_000_000_000);

    fn hides(late: &Late<usize>, key: usize, created: Instant) -> bool {
        late.hides(&key, FoundTimes { created, until: Instant::NEVER })
    }

    fn note(late: &mut Late<usize>, key: usize, created: Instant, until: Instant) {
        late.note(&mut Some(key), Put { created, until, now: created }, false);
    }

    #[test]
    fn a_late_value_is_hidden_by_what_came_after_it_even_at_the_same_instant() {
        let mut late = Late::new();
        note(&mut late, 1, START, Instant::NEVER);
        assert!(hides(&late, 1, START.saturating_before(NANO)), "it was to be replaced");
        assert!(!hides(&late, 1, START), "nothing newer has come");
        let (seen, _) = late.outdo(Some(&1), START.saturating_before(SECOND), START);
        assert_eq!(seen, START + NANO);
        assert!(hides(&late, 1, START) && !hides(&late, 1, seen) && !hides(&late, 2, START));
        let (seen, _) = late.outdo(None, START + SECOND, START + SECOND);
        assert_eq!(seen, START + ROUNDED);
    }

    #[test]
    fn a_storage_that_has_answered_hides_nothing_older_and_takes_no_room_from_others() {
        let mut late = Late::new();
        let put = Put { created: START, until: Instant::NEVER, now: START };
        late.note(&mut Some(0), put, true);
        assert!(!hides(&late, 0, Instant::ZERO));
        late.outdo(Some(&0), START, START);
        assert!(hides(&late, 0, START));
        for key in 0..=MOST {
            late.note(&mut Some(key), put, true);
        }
        assert_eq!((late.notes.len(), late.before), (MOST, Instant::ZERO));
    }

    #[test]
    fn notes_are_kept_as_long_as_what_they_hide_and_more_than_there_is_room_for_hide_all() {
        let mut late = Late::new();
        (0..MOST).for_each(|key| note(&mut late, key, START, START + SECOND));
        let (_, gone) = late.outdo(Some(&0), START + SECOND, START + SECOND);
        assert_eq!((gone.len(), late.notes.len()), (MOST, 0));
        let dead = FoundTimes { created: START, until: START + SECOND };
        assert!(late.hides(&0, dead) && !hides(&late, 0, START), "no load is handed what is dead");
        (0..=MOST).for_each(|key| note(&mut late, key, START, Instant::NEVER));
        assert_eq!(late.notes.len(), 1);
        assert!(hides(&late, 0, START) && hides(&late, 9 * MOST, START));
        let (seen, _) = late.outdo(Some(&0), START, START);
        assert!(!hides(&late, 0, seen));
    }
}
