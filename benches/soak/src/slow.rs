//! A storage that takes its time, fails, hangs and loses things.

use std::{
    error, fmt,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use evermemo::{
    BoxFuture, CacheEntry, CacheStorage, CountStorage, Found, Instant, LocalInMemoryCacheStorage,
};

use crate::{
    ask::{Ask, Value},
    backend::{Timers, Weather},
};

type Map = LocalInMemoryCacheStorage<Ask, Value>;

/// Memory behind timers. An operation that is dropped has no effect afterwards.
#[derive(Clone)]
pub(crate) struct Slow<T> {
    pub(crate) within: Arc<Map>,
    pub(crate) timers: T,
    pub(crate) weather: Arc<Weather>,
    pub(crate) seed: u64,
    /// Whether it can remove everything at once.
    pub(crate) clears: bool,
}

/// What an operation failed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StorageDown;

impl fmt::Display for StorageDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the storage is down")
    }
}

impl error::Error for StorageDown {}

/// Longer than the cache waits for a storage, yet it ends: a release is waited for without a bound.
const LONG: Duration = Duration::from_millis(150);

impl<T: Timers> Slow<T> {
    fn later<O: Send + 'static>(
        &self,
        effect: impl FnOnce(&Map, &mut fastrand::Rng) -> O + Send + 'static,
    ) -> BoxFuture<'static, Result<O, StorageDown>> {
        let (within, timers, weather) =
            (self.within.clone(), self.timers.clone(), self.weather.clone());
        let mut rng = weather.draw(self.seed);
        Box::pin(async move {
            let wait = async |rng: &mut fastrand::Rng| match rng.u32(0..200) {
                0 => timers.sleep(LONG).await,
                1..60 => {}
                _ => timers.sleep(Duration::from_millis(rng.u64(0..4))).await,
            };
            wait(&mut rng).await;
            if weather.storage_down.load(SeqCst) || rng.u32(0..100) == 0 {
                return Err(StorageDown);
            }
            let output = effect(&within, &mut rng);
            wait(&mut rng).await;
            // It may fail although it has done what it was asked for.
            if rng.u32(0..200) == 0 { Err(StorageDown) } else { Ok(output) }
        })
    }
}

impl<T: Timers> CacheStorage<Ask, Value> for Slow<T> {
    type Error = StorageDown;
    type Get = BoxFuture<'static, Found<Value, StorageDown>>;
    type Done = BoxFuture<'static, Result<(), StorageDown>>;

    fn get(&self, ask: &Ask, now: Instant) -> Self::Get {
        let ask = ask.clone();
        let found =
            self.later(move |within, _| within.get_now(&&ask, now).and_then(Result::ok).flatten());
        Box::pin(found)
    }

    fn offer(&self, ask: &Ask, entry: &CacheEntry<Value>, now: Instant) -> Self::Done {
        let (ask, entry) = (ask.clone(), entry.clone());
        self.later(move |within, rng| {
            if rng.u32(0..100) == 0 {
                // Lost, together with what it was to replace.
                drop(within.release(&ask));
            } else {
                drop(within.offer(&ask, &entry, now));
            }
            entry.value.set_stored();
        })
    }

    fn release(&self, ask: &Ask) -> Self::Done {
        let ask = ask.clone();
        self.later(move |within, _| drop(within.release(&ask)))
    }

    fn clear(&self) -> Option<Self::Done> {
        self.clears.then(|| {
            self.later(|within, _| {
                let _cleared = CacheStorage::clear(within);
            })
        })
    }

    fn as_counted(&self) -> Option<&dyn CountStorage> {
        Some(self)
    }
}

impl<T> CountStorage for Slow<T> {
    fn len(&self) -> usize {
        self.within.len()
    }
}
