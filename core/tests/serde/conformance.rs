//! Storages of users are checked, and each fault of one is found.

use std::{
    collections::HashMap,
    convert::Infallible,
    error::Error,
    fmt,
    future::{Ready, poll_fn, ready},
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{
    BoundedStorage, ByteStore, CacheEntry, CacheStorage, CountStorage, EncodedCacheStorage, Found,
    Instant, JsonSerDe, LocalInMemoryCacheStorage, Lookup, PostcardSerDe,
    testing::conformance::{self, Report, Rule},
};

/// Runs a future that waits for nothing but its own next turn.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    for _ in 0..100_000 {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
    panic!("the future waits")
}

/// Gives way once, as a store that asks another machine does.
async fn turn() {
    let mut given = false;
    poll_fn(|_| match std::mem::replace(&mut given, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl Error for Refused {}

/// What is wrong with a store of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    HasAlways,
    KeepsNothing,
    StripsZeros,
    OverwritesInPlace,
    KeepsTheFirst,
    FailsToDeleteNothing,
    DeletesByPrefix,
    IgnoresCase,
    CutsKeys,
    OverflowsLives,
    RoundsLivesDown,
    WritesInTwoSteps,
}

struct Store {
    flaw: Flaw,
    bytes: Mutex<HashMap<String, Vec<u8>>>,
}

impl Store {
    fn with(flaw: Flaw) -> Self {
        Self { flaw, bytes: Mutex::default() }
    }

    fn name(&self, key: &str) -> String {
        match self.flaw {
            Flaw::IgnoresCase => key.to_lowercase(),
            Flaw::CutsKeys => key.chars().take(250).collect(),
            _ => key.to_owned(),
        }
    }
}

impl ByteStore for Store {
    type Error = Refused;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Refused> {
        turn().await;
        let found = self.bytes.lock().unwrap().get(&self.name(key)).cloned();
        Ok(if self.flaw == Flaw::HasAlways { found.or(Some(vec![])) } else { found })
    }

    async fn put(&self, key: &str, mut bytes: Vec<u8>, ttl: Duration) -> Result<(), Refused> {
        turn().await;
        let name = self.name(key);
        match self.flaw {
            Flaw::KeepsNothing => return Ok(()),
            Flaw::StripsZeros => bytes = bytes.split(|byte| *byte == 0).next().unwrap().to_vec(),
            Flaw::OverwritesInPlace => {
                let mut all = self.bytes.lock().unwrap();
                let old = all.entry(name).or_default();
                old.resize(old.len().max(bytes.len()), 0);
                old[..bytes.len()].copy_from_slice(&bytes);
                return Ok(());
            }
            Flaw::KeepsTheFirst => {
                self.bytes.lock().unwrap().entry(name).or_insert(bytes);
                return Ok(());
            }
            Flaw::OverflowsLives if ttl.as_millis() > u128::from(u32::MAX) => return Err(Refused),
            Flaw::RoundsLivesDown if ttl.as_secs() == 0 => return Err(Refused),
            Flaw::WritesInTwoSteps => {
                let half = bytes.len() / 2;
                self.bytes.lock().unwrap().insert(name.clone(), bytes[..half].to_vec());
                turn().await;
                let mut all = self.bytes.lock().unwrap();
                all.entry(name).or_default().extend_from_slice(&bytes[half..]);
                return Ok(());
            }
            _ => {}
        }
        self.bytes.lock().unwrap().insert(name, bytes);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Refused> {
        turn().await;
        let (name, mut all) = (self.name(key), self.bytes.lock().unwrap());
        match (self.flaw, all.remove(&name)) {
            (Flaw::FailsToDeleteNothing, None) => return Err(Refused),
            (Flaw::DeletesByPrefix, _) => all.retain(|other, _| !other.starts_with(&name)),
            _ => {}
        }
        Ok(())
    }
}

fn breaks(report: &Report, rule: Rule) -> bool {
    report.breaches().iter().any(|breach| breach.rule == rule)
}

#[test]
fn each_flaw_of_a_store_of_bytes_is_found_by_its_rule() {
    run(conformance::byte_store(&Store::with(Flaw::None))).assert();
    for (flaw, rule) in [
        (Flaw::HasAlways, Rule::Absent),
        (Flaw::KeepsNothing, Rule::Keeps),
        (Flaw::StripsZeros, Rule::Whole),
        (Flaw::OverwritesInPlace, Rule::Replaces),
        (Flaw::KeepsTheFirst, Rule::Replaces),
        (Flaw::FailsToDeleteNothing, Rule::Works),
        (Flaw::DeletesByPrefix, Rule::KeysApart),
        (Flaw::IgnoresCase, Rule::KeysApart),
        (Flaw::CutsKeys, Rule::KeysApart),
        (Flaw::OverflowsLives, Rule::Works),
        (Flaw::RoundsLivesDown, Rule::Works),
        (Flaw::WritesInTwoSteps, Rule::Dropped),
        (Flaw::WritesInTwoSteps, Rule::Overlapping),
    ] {
        let report = run(conformance::byte_store(&Store::with(flaw)));
        assert!(breaks(&report, rule), "{rule:?} is not broken by flaw {}:\n{report}", flaw as u8);
    }
}

#[test]
fn the_storages_of_the_crate_conform() {
    let memory = LocalInMemoryCacheStorage::<u32, String>::new(1_000);
    run(conformance::cache_storage(&memory, |n| n, |n| n.to_string())).assert();
    let key = |n| format!("key {n}");
    let encoded = EncodedCacheStorage::new(Store::with(Flaw::None), PostcardSerDe);
    run(conformance::cache_storage(&encoded, key, |n| vec![n; 3])).assert();
    let bare = EncodedCacheStorage::bare(Store::with(Flaw::None), JsonSerDe::default());
    run(conformance::cache_storage(&bare, key, |n| vec![n; 3])).assert();
    // What is wrong with the bytes shows in the entries.
    let strips = EncodedCacheStorage::new(Store::with(Flaw::StripsZeros), PostcardSerDe);
    assert!(breaks(&run(conformance::cache_storage(&strips, key, |n| n)), Rule::Works));
}

/// What is wrong with a storage of entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    ForgetsTimes,
    KeepsWhatIsReleased,
    TellsKeysApartByTens,
    SeesOtherThingsAtOnce,
    WritesWhatIsSuperseded,
    ListsTwice,
    CountsWhatWasOffered,
    ClearsSome,
    SweepsAll,
    SweepsNothing,
    IgnoresItsCapacity,
}

struct Entries {
    wrong: Wrong,
    offered: Mutex<usize>,
    entries: Mutex<HashMap<u32, CacheEntry<u32>>>,
    capacity: Mutex<usize>,
}

impl Entries {
    fn with(wrong: Wrong) -> Self {
        let capacity = Mutex::new(1_000);
        Self { wrong, offered: Mutex::default(), entries: Mutex::default(), capacity }
    }

    fn name(&self, key: u32) -> u32 {
        if self.wrong == Wrong::TellsKeysApartByTens { key % 10 } else { key }
    }
}

impl CacheStorage<u32, u32> for Entries {
    type Error = Infallible;
    type Get = Ready<Found<u32, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &u32, _now: Instant) -> Self::Get {
        ready(Ok(self.entries.lock().unwrap().get(&self.name(*key)).cloned()))
    }

    fn get_now<Q: Lookup<u32> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
    ) -> Option<Found<u32, Infallible>> {
        match self.wrong {
            Wrong::SeesOtherThingsAtOnce => Some(Ok(None)),
            _ => Some(self.get(&key.to_key(), now).into_inner()),
        }
    }

    fn offer(&self, key: &u32, entry: &CacheEntry<u32>, now: Instant) -> Self::Done {
        let entry = match self.wrong {
            Wrong::ForgetsTimes => CacheEntry::new(entry.value, now),
            _ => entry.clone(),
        };
        *self.offered.lock().unwrap() += 1;
        let mut entries = self.entries.lock().unwrap();
        entries.insert(self.name(*key), entry);
        while entries.len() > *self.capacity.lock().unwrap() {
            if self.wrong == Wrong::IgnoresItsCapacity {
                break;
            }
            let first = *entries.keys().next().unwrap();
            entries.remove(&first);
        }
        ready(Ok(()))
    }

    fn release(&self, key: &u32) -> Self::Done {
        if self.wrong != Wrong::KeepsWhatIsReleased {
            self.entries.lock().unwrap().remove(&self.name(*key));
        }
        ready(Ok(()))
    }

    fn offer_if(
        &self,
        key: &u32,
        entry: &CacheEntry<u32>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        let offers = current() || self.wrong == Wrong::WritesWhatIsSuperseded;
        offers.then(|| self.offer(key, entry, now))
    }

    fn clear(&self) -> Option<Self::Done> {
        let some = self.wrong == Wrong::ClearsSome;
        self.entries.lock().unwrap().retain(|key, _| some && key % 2 == 1);
        Some(ready(Ok(())))
    }

    fn visit(&self, each: &mut dyn FnMut(&u32, &CacheEntry<u32>)) -> bool {
        let times = if self.wrong == Wrong::ListsTwice { 2 } else { 1 };
        for (key, entry) in &*self.entries.lock().unwrap() {
            (0..times).for_each(|_| each(key, entry));
        }
        true
    }

    fn sweep(&self, now: Instant) -> Option<usize> {
        let mut entries = self.entries.lock().unwrap();
        match self.wrong {
            Wrong::SweepsAll => entries.clear(),
            Wrong::SweepsNothing => {}
            _ => entries.retain(|_, entry| entry.retain_until > now),
        }
        Some(entries.len())
    }

    fn as_counted(&self) -> Option<&dyn CountStorage> {
        Some(self)
    }

    fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
        Some(self)
    }
}

impl CountStorage for Entries {
    fn len(&self) -> usize {
        match self.wrong {
            Wrong::CountsWhatWasOffered => *self.offered.lock().unwrap(),
            _ => self.entries.lock().unwrap().len(),
        }
    }
}

impl BoundedStorage for Entries {
    fn capacity(&self) -> usize {
        *self.capacity.lock().unwrap()
    }

    fn set_capacity(&self, capacity: usize) {
        *self.capacity.lock().unwrap() = capacity;
        let mut entries = self.entries.lock().unwrap();
        while entries.len() > capacity && self.wrong != Wrong::IgnoresItsCapacity {
            let first = *entries.keys().next().unwrap();
            entries.remove(&first);
        }
    }
}

#[test]
fn each_flaw_of_a_storage_of_entries_is_found_by_its_rule() {
    let check = |wrong| run(conformance::cache_storage(&Entries::with(wrong), |n| n, |n| n));
    check(Wrong::Nothing).assert();
    for (wrong, rule) in [
        (Wrong::ForgetsTimes, Rule::Whole),
        (Wrong::KeepsWhatIsReleased, Rule::Removes),
        (Wrong::TellsKeysApartByTens, Rule::KeysApart),
        (Wrong::SeesOtherThingsAtOnce, Rule::AtOnce),
        (Wrong::WritesWhatIsSuperseded, Rule::Fenced),
        (Wrong::ListsTwice, Rule::Lists),
        (Wrong::CountsWhatWasOffered, Rule::Lists),
        (Wrong::ClearsSome, Rule::Clears),
        (Wrong::SweepsAll, Rule::Sweeps),
        (Wrong::SweepsNothing, Rule::Sweeps),
        (Wrong::IgnoresItsCapacity, Rule::Bounded),
    ] {
        let report = check(wrong);
        assert!(breaks(&report, rule), "{rule:?} is not broken by {}:\n{report}", wrong as u8);
    }
}
