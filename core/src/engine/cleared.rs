//! Entries to hide in a storage that was asked for a clear that it could not do.

use core::{hash::Hash, mem};

use hashbrown::HashMap;

use crate::{
    hasher::KeyHasher,
    planted::{self, Fault},
    sync::{AtomicUsize, Mutex, Ordering},
};

/// Hides the entries that a storage has kept from before a clear that it could not do, or has from
/// elsewhere: all that this cache has not written there itself since.
///
/// No clock decides it, neither this cache's nor that of other writers.
pub(crate) struct Cleared<K> {
    /// How often all entries were hidden.
    times: AtomicUsize,
    known: Mutex<Visible<K>>,
}

/// The entries of a key that a look may see: those written after this many hidings of all, or none.
pub(crate) type Sight = Option<usize>;

/// The sight where nothing was ever hidden.
pub(crate) const ALL: Sight = Some(0);

/// A change of what is stored.
pub(crate) enum Fate<'a, K> {
    /// All entries may be from before a clear.
    AllHidden,
    /// The storage of this number has removed all entries from before.
    AllShown(usize),
    /// The entry of a key has left, or is to leave.
    Hidden(&'a K),
    /// A key has been written to the storage of this number. That shows the key if the written
    /// entry is still current then: a clear supersedes before it hides.
    Shown(&'a K, usize, &'a dyn Fn() -> bool),
}

/// The keys that may be seen.
struct Visible<K> {
    /// The number of a storage that was cleared as a whole since.
    whole: Option<usize>,
    /// The keys written or read last, each with the number of its storage.
    young: Keys<K>,
    /// The keys before them. They are forgotten when the young ones grow old, so that keys in use
    /// stay.
    old: Keys<K>,
}

type Keys<K> = HashMap<K, usize, KeyHasher>;

/// How many keys grow old together: at most twice as many are known.
const MOST: usize = 32_768;

impl<K: Hash + Eq + Clone> Cleared<K> {
    pub(super) fn new() -> Self {
        let known = Visible { whole: None, young: keys(), old: keys() };
        Self { times: AtomicUsize::new(0), known: Mutex::new(known) }
    }

    /// Returns whether there is anything to hide.
    #[inline]
    pub(crate) fn ever(&self) -> bool {
        self.times() > 0
    }

    fn times(&self) -> usize {
        self.times.load(Ordering::Acquire)
    }

    pub(super) fn note(&self, fate: Fate<'_, K>) {
        match fate {
            Fate::AllHidden => self.hide_all(),
            // All entries are seen.
            _ if !self.ever() => {}
            Fate::AllShown(number) => self.show_all(number),
            Fate::Hidden(key) => self.hide(key),
            Fate::Shown(key, number, current) => self.show(key, number, current),
        }
    }

    fn hide_all(&self) {
        let gone = self.known.with(|known| {
            self.times.fetch_add(1, Ordering::AcqRel);
            if planted::is(Fault::ClearedShown) {
                return (keys(), keys());
            }
            known.whole = None;
            known.take()
        });
        drop(gone);
    }

    fn show_all(&self, number: usize) {
        let gone = self.known.with(|known| {
            known.whole = Some(number);
            known.take()
        });
        drop(gone);
    }

    /// Returns how often all entries were hidden before the visible entry of a key was written;
    /// `None` if none may be seen.
    ///
    /// A look asks before it begins, and again at its end, as the entry of a write that ends during
    /// the look may not be the one that it finds.
    pub(super) fn sight(&self, key: &K, number: usize) -> Sight {
        if !self.ever() {
            return ALL;
        }
        let (shown, gone) = self.known.with(|known| {
            let (shown, gone) = known.shows(key, number);
            (shown.then(|| self.times()), gone)
        });
        drop(gone);
        shown
    }

    fn show(&self, key: &K, number: usize, current: &dyn Fn() -> bool) {
        let key = key.clone();
        let gone = self.known.with(|known| match known.whole == Some(number) || !current() {
            true => (Some(key), None, None),
            false => {
                let before = known.old.remove_entry(&key);
                // A call may still write to a storage that another one has replaced.
                let newest = before.as_ref().map_or(number, |&(_, before)| number.max(before));
                let (key, forgotten) = known.note(key, newest);
                (key, before, forgotten)
            }
        });
        drop(gone);
    }

    fn hide(&self, key: &K) {
        let gone =
            self.known.with(|known| (known.young.remove_entry(key), known.old.remove_entry(key)));
        drop(gone);
    }
}

impl<K: Hash + Eq> Visible<K> {
    /// Returns whether a key may be seen in a storage, and the keys that are forgotten. The key is
    /// young again.
    fn shows(&mut self, key: &K, number: usize) -> (bool, Option<Keys<K>>) {
        if self.whole == Some(number) {
            return (true, None);
        }
        if let Some(&known) = self.young.get(key) {
            return (known == number, None);
        }
        match self.old.remove_entry(key) {
            Some((key, known)) => (known == number, self.note(key, known).1),
            None => (false, None),
        }
    }

    /// Notes a key, and returns the keys to be dropped outside the lock.
    fn note(&mut self, key: K, number: usize) -> (Option<K>, Option<Keys<K>>) {
        if let Some(known) = self.young.get_mut(&key) {
            *known = number.max(*known);
            return (Some(key), None);
        }
        let full = self.young.len() >= MOST;
        let forgotten =
            full.then(|| mem::replace(&mut self.old, mem::replace(&mut self.young, keys())));
        self.young.insert(key, number);
        (None, forgotten)
    }

    /// Forgets all keys.
    fn take(&mut self) -> (Keys<K>, Keys<K>) {
        (mem::replace(&mut self.young, keys()), mem::replace(&mut self.old, keys()))
    }
}

fn keys<K>() -> Keys<K> {
    HashMap::with_hasher(KeyHasher::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(cleared: &Cleared<usize>, key: usize, number: usize) {
        cleared.note(Fate::Shown(&key, number, &|| true));
    }

    #[test]
    fn keys_in_use_stay_known_and_no_more_than_twice_as_many_as_grow_old_together() {
        let cleared = Cleared::new();
        write(&cleared, 0, 0);
        assert_eq!(cleared.sight(&0, 0), ALL);
        assert_eq!(cleared.known.with(|known| known.young.len()), 0, "nothing is hidden");
        cleared.note(Fate::AllHidden);
        assert_eq!(cleared.sight(&0, 0), None);
        for key in 0..10 * MOST {
            write(&cleared, key, 0);
            assert_eq!(cleared.sight(&key, 0), Some(1));
            // The one that is read stays known.
            assert!(key % 1_000 != 0 || cleared.sight(&0, 0) == Some(1), "{key}");
            let (young, old) = cleared.known.with(|known| (known.young.len(), known.old.len()));
            assert!(young <= MOST && old <= MOST);
        }
        assert_eq!(cleared.sight(&1, 0), None);
        assert_eq!(cleared.sight(&(9 * MOST + 1), 0), Some(1));
    }

    #[test]
    fn what_is_hidden_is_known_no_more() {
        let cleared = Cleared::new();
        cleared.note(Fate::AllHidden);
        (0..=MOST).for_each(|key| write(&cleared, key, 0));
        // One of them is old, the other young.
        for key in [0, MOST] {
            cleared.note(Fate::Hidden(&key));
            assert_eq!(cleared.sight(&key, 0), None);
        }
        cleared.note(Fate::AllHidden);
        assert_eq!(cleared.sight(&1, 0), None);
        write(&cleared, 1, 0);
        assert_eq!(cleared.sight(&1, 0), Some(2));
        cleared.note(Fate::Shown(&2, 0, &|| false));
        assert_eq!(cleared.sight(&2, 0), None);
    }

    #[test]
    fn a_place_shows_what_was_written_there() {
        let cleared = Cleared::new();
        cleared.note(Fate::AllHidden);
        write(&cleared, 1, 1);
        // By a call that began before the exchange.
        write(&cleared, 1, 0);
        assert_eq!((cleared.sight(&1, 0), cleared.sight(&1, 1)), (None, Some(1)));
        cleared.note(Fate::AllShown(2));
        assert_eq!((cleared.sight(&1, 1), cleared.sight(&5, 2)), (None, Some(1)));
        cleared.note(Fate::AllHidden);
        assert_eq!(cleared.sight(&5, 2), None);
    }
}
