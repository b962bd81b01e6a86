//! Checks of a storage of entries.

use core::{
    fmt::{Debug, Display},
    hash::Hash,
    time::Duration,
};

use super::report::{Report, Rule};
use crate::{
    entry::CacheEntry,
    key::Whole,
    storage::{CacheStorage, CountStorage},
    time::Instant,
};

use alloc::{format, string::String, vec::Vec};

const MINUTE: Duration = Duration::from_secs(60);

/// How many entries are written at the same time.
const ENTRIES: u32 = 16;

/// A storage outside the process may write lives less exactly.
const EXACTLY: Duration = Duration::from_millis(2);

/// It tells times by a wall clock, which goes on between two operations.
const LATELY: Duration = Duration::from_secs(30);

/// Checks what a cache relies on in a [`CacheStorage`], and reports what is not so.
///
/// `key` and `value` make different ones for different numbers. It takes some hundred operations.
/// The methods that a storage may leave out are checked where it has them. Dropped, it leaves the
/// storage as it is then.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, CacheStorage, Found, Instant, testing::conformance};
/// use std::{collections::HashMap, convert::Infallible, future::{Ready, ready}, sync::Mutex};
///
/// #[derive(Default)]
/// struct Map(Mutex<HashMap<u32, CacheEntry<String>>>);
///
/// impl CacheStorage<u32, String> for Map {
///     type Error = Infallible;
///     type Get = Ready<Found<String, Infallible>>;
///     type Done = Ready<Result<(), Infallible>>;
///     fn get(&self, key: &u32, _now: Instant) -> Self::Get {
///         ready(Ok(self.0.lock().unwrap().get(key).cloned()))
///     }
///     fn offer(&self, key: &u32, entry: &CacheEntry<String>, _now: Instant) -> Self::Done {
///         self.0.lock().unwrap().insert(*key, entry.clone());
///         ready(Ok(()))
///     }
///     fn release(&self, key: &u32) -> Self::Done {
///         self.0.lock().unwrap().remove(key);
///         ready(Ok(()))
///     }
/// }
///
/// # evermemo_core::testing::run(async |_| {
/// conformance::cache_storage(&Map::default(), |n| n, |n| n.to_string()).await.assert();
/// # });
/// ```
pub async fn cache_storage<K, V, S>(
    storage: &S,
    key: impl Fn(u32) -> K,
    value: impl Fn(u32) -> V,
) -> Report
where
    K: Hash + Eq + Clone,
    V: Clone + Debug + PartialEq,
    S: CacheStorage<K, V>,
{
    // In the middle of the clock: entries may be older than the process.
    let now = Instant::from_nanos(1 << 62);
    let mut checking = Entries { storage, key, value, now, report: Report::default() };
    checking.comes_and_goes().await;
    checking.many().await;
    checking.is_fenced().await;
    checking.sweeps().await;
    checking.clears().await;
    checking.is_bounded().await;
    checking.report
}

struct Entries<'a, S, F, G> {
    storage: &'a S,
    key: F,
    value: G,
    now: Instant,
    report: Report,
}

impl<K, V, S, F, G> Entries<'_, S, F, G>
where
    K: Hash + Eq + Clone,
    V: Clone + Debug + PartialEq,
    S: CacheStorage<K, V>,
    F: Fn(u32) -> K,
    G: Fn(u32) -> V,
{
    async fn comes_and_goes(&mut self) {
        self.expect(0, &[], Rule::Absent, "before anything was offered").await;
        self.release(0).await;
        self.offer(0, &self.entry(1)).await;
        self.expect(0, &[1], Rule::Whole, "after an offer").await;
        self.offer(0, &self.entry(2)).await;
        self.expect(0, &[2], Rule::Replaces, "after a second offer").await;
        self.release(0).await;
        self.expect(0, &[], Rule::Removes, "after a release").await;
    }

    /// Several entries are kept apart, and listed and counted.
    async fn many(&mut self) {
        for n in 0..ENTRIES {
            self.offer(n, &self.entry(n)).await;
        }
        let mut kept = Vec::new();
        for n in 0..ENTRIES {
            if self.expect(n, &[n], Rule::KeysApart, "after offers of other keys").await {
                kept.push(n);
            }
        }
        if kept.is_empty() {
            self.report.note(Rule::Keeps, format!("none of {ENTRIES} entries is there"));
        }
        self.lists(&kept);
        for n in (0..ENTRIES).step_by(2) {
            self.release(n).await;
            self.expect(n, &[], Rule::Removes, "after a release among others").await;
        }
        kept.retain(|n| n % 2 == 1);
        for &n in &kept {
            self.expect(n, &[n], Rule::KeysApart, "after releases of other keys").await;
        }
        self.lists(&kept);
    }

    fn lists(&mut self, kept: &[u32]) {
        let mut listed = Vec::new();
        let lists = self.storage.visit(&mut |key, entry| {
            listed.push((key.clone(), entry.value.clone()));
        });
        if lists {
            for &n in kept {
                let (key, value) = ((self.key)(n), (self.value)(n));
                let times = listed.iter().filter(|(listed, _)| *listed == key).count();
                if times != 1 || !listed.iter().any(|(_, listed)| *listed == value) {
                    self.report.note(Rule::Lists, format!("entry {n} is listed {times} times"));
                }
            }
            if listed.len() != kept.len() {
                let found = format!("{} of {} entries are listed", listed.len(), kept.len());
                self.report.note(Rule::Lists, found);
            }
        } else if !listed.is_empty() {
            self.report.note(Rule::Lists, "it lists entries, and says that it cannot".into());
        }
        if let Some(count) = self.storage.as_counted().map(CountStorage::len)
            && count != kept.len()
        {
            self.report.note(Rule::Lists, format!("{count} of {} entries are counted", kept.len()));
        }
    }

    async fn is_fenced(&mut self) {
        self.offer(1, &self.entry(1)).await;
        let (key, entry) = ((self.key)(1), self.entry(2));
        if let Some(done) = self.storage.offer_if(&key, &entry, self.now, &|| false) {
            self.report.note(Rule::Fenced, "an entry is offered that is superseded".into());
            let _refused = done.await;
        }
        self.expect(1, &[1], Rule::Fenced, "after an offer that was superseded").await;
        match self.storage.offer_if(&key, &entry, self.now, &|| true) {
            Some(done) => self.done("offer", 1, done.await),
            None => self.report.note(Rule::Fenced, "an entry is refused that is current".into()),
        }
        self.expect(1, &[2], Rule::Fenced, "after an offer that was current").await;
    }

    async fn sweeps(&mut self) {
        let later = self.now + 100 * MINUTE;
        let mut dying = self.entry(2);
        (dying.expires_after, dying.retain_until) = (self.now + MINUTE, self.now + 2 * MINUTE);
        self.offer(1, &self.entry(1)).await;
        self.offer(2, &dying).await;
        let lived = self.expect(1, &[1], Rule::Whole, "before a sweep").await;
        if self.storage.sweep(later).is_none() {
            return;
        }
        if lived {
            let found = self.read(1, self.now).await;
            if found.is_none() {
                self.report.note(Rule::Sweeps, "an entry that never dies has left".into());
            }
        }
        if self.read(2, later).await.is_some() {
            self.report.note(Rule::Sweeps, "an entry is there that was dead".into());
        }
    }

    async fn clears(&mut self) {
        let Some(done) = self.storage.clear() else { return };
        self.done("clear", 0, done.await);
        for n in 0..ENTRIES {
            self.expect(n, &[], Rule::Clears, "after a clear").await;
        }
        self.lists(&[]);
        self.offer(1, &self.entry(1)).await;
        self.expect(1, &[1], Rule::Whole, "after a clear and an offer").await;
    }

    async fn is_bounded(&mut self) {
        let Some(bounded) = self.storage.as_bounded() else { return };
        let before = bounded.capacity();
        for capacity in [3, 0] {
            bounded.set_capacity(capacity);
            if bounded.capacity() != capacity {
                let found = format!("{} after {capacity} was set", bounded.capacity());
                self.report.note(Rule::Bounded, found);
            }
            for n in 0..ENTRIES {
                self.offer(n, &self.entry(n)).await;
            }
            let mut kept = 0;
            for n in 0..ENTRIES {
                kept += usize::from(self.read(n, self.now).await.is_some());
            }
            if kept > capacity {
                let found = format!("{kept} entries at a capacity of {capacity}");
                self.report.note(Rule::Bounded, found);
            }
        }
        bounded.set_capacity(before);
    }

    fn entry(&self, n: u32) -> CacheEntry<V> {
        let mut entry = CacheEntry::new((self.value)(n), self.now)
            .update_after(self.now + MINUTE)
            .expires_after(self.now + 10 * MINUTE);
        // Entry 0 ends, the others never do.
        if n == 0 {
            entry.retain_until = entry.expires_after;
        }
        entry
    }

    async fn offer(&mut self, n: u32, entry: &CacheEntry<V>) {
        let done = self.storage.offer(&(self.key)(n), entry, self.now).await;
        self.done("offer", n, done);
    }

    async fn release(&mut self, n: u32) {
        let done = self.storage.release(&(self.key)(n)).await;
        self.done("release", n, done);
    }

    async fn read(&mut self, n: u32, now: Instant) -> Option<CacheEntry<V>> {
        let key = (self.key)(n);
        let found = match self.storage.get(&key, now).await {
            Ok(found) => found,
            Err(error) => {
                self.done("get", n, Err(error));
                None
            }
        };
        match self.storage.get_now(&Whole(&key), now) {
            Some(Ok(at_once)) if !is_like(at_once.as_ref(), found.as_ref()) => {
                let found = format!("{at_once:?} at once, {found:?} after a wait");
                self.report.note(Rule::AtOnce, found);
            }
            Some(Err(error)) => self.done("get at once", n, Err(error)),
            Some(Ok(_)) | None => {}
        }
        found
    }

    /// Checks that one of these entries is read, or nothing: a storage may decline. Returns whether
    /// one is.
    async fn expect(&mut self, key: u32, one_of: &[u32], rule: Rule, when: &str) -> bool {
        let Some(found) = self.read(key, self.now).await else { return false };
        let wanted = one_of.iter().any(|&n| is_like(Some(&found), Some(&self.entry(n))));
        if !wanted {
            let wanted: Vec<_> = one_of.iter().map(|&n| self.entry(n)).collect();
            self.report.note(rule, format!("{found:?} of key {key} {when}, not one of {wanted:?}"));
        }
        wanted
    }

    fn done<E: Display>(&mut self, what: &str, n: u32, done: Result<(), E>) {
        if let Err(error) = done {
            let found: String = format!("{what} of key {n}: {error}");
            self.report.note(Rule::Works, found);
        }
    }
}

fn is_like<V: PartialEq>(one: Option<&CacheEntry<V>>, other: Option<&CacheEntry<V>>) -> bool {
    let (one, other) = match (one, other) {
        (None, None) => return true,
        (Some(one), Some(other)) => (one, other),
        _ => return false,
    };
    let lives = |entry: &CacheEntry<V>| {
        [entry.update_after, entry.expires_after, entry.retain_until]
            .map(|time| time.saturating_since(entry.created))
    };
    let age = one.created.saturating_since(other.created);
    one.value == other.value
        && age.max(other.created.saturating_since(one.created)) <= LATELY
        && lives(one)
            .into_iter()
            .zip(lives(other))
            .all(|(one, other)| one.abs_diff(other) <= EXACTLY)
}
