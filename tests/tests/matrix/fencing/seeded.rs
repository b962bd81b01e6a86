//! Anything at any moment, over a storage that takes its time.

use evermemo::{
    BoxFuture, Builder, CacheEntry, CacheStorage, CountStorage, EvictionStrategy, Found, Instant,
    LeastRecentlyUpdatedEvictionStrategy, LocalInMemoryCacheStorage, NoEvictionStrategy, Runtime,
    testing::{Order, Simulation, Virtual},
};
use futures_util::future::{Either, join_all, select};
use std::{
    convert::Infallible,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

const KEYS: u32 = 3;

/// A generator of numbers that look random; the same seed, the same numbers.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)))
    }

    /// A number below `sides`.
    fn roll(&self, sides: u32) -> u32 {
        let mut state = self.0.lock().expect("nothing panics in here");
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        u32::try_from((*state >> 33) % u64::from(sides)).expect("it is smaller")
    }

    fn delay(&self, milliseconds: u32) -> Duration {
        Duration::from_millis(self.roll(milliseconds).into())
    }
}

/// Memory whose every operation takes a while, and which cannot clear itself unless it is told.
#[derive(Clone)]
struct Slow {
    within: Arc<LocalInMemoryCacheStorage<u32, u32>>,
    time: Virtual,
    dice: Dice,
    clears: bool,
}

impl Slow {
    fn later<O: Send + 'static>(
        &self,
        effect: impl FnOnce(&LocalInMemoryCacheStorage<u32, u32>) -> O + Send + 'static,
    ) -> BoxFuture<'static, O> {
        let (within, time, before) = (self.within.clone(), self.time.clone(), self.dice.delay(20));
        let after = self.dice.delay(20);
        Box::pin(async move {
            time.sleep(before).await;
            let output = effect(&within);
            time.sleep(after).await;
            output
        })
    }
}

impl CacheStorage<u32, u32> for Slow {
    type Error = Infallible;
    type Get = BoxFuture<'static, Found<u32, Infallible>>;
    type Done = BoxFuture<'static, Result<(), Infallible>>;

    fn get(&self, &key: &u32, now: Instant) -> Self::Get {
        self.later(move |within| within.get_now(&&key, now).expect("memory does not wait"))
    }

    fn offer(&self, &key: &u32, entry: &CacheEntry<u32>, now: Instant) -> Self::Done {
        let entry = entry.clone();
        self.later(move |within| {
            let _offered = within.offer(&key, &entry, now);
            Ok(())
        })
    }

    fn release(&self, &key: &u32) -> Self::Done {
        self.later(move |within| {
            let _released = within.release(&key);
            Ok(())
        })
    }

    fn clear(&self) -> Option<Self::Done> {
        self.clears.then(|| {
            self.later(|within| {
                let _cleared = CacheStorage::clear(within);
                Ok(())
            })
        })
    }
}

/// The truth about each key, and the least that a caller may be told from now on.
#[derive(Default)]
struct Ledger {
    truth: [AtomicU32; KEYS as usize],
    floor: [AtomicU32; KEYS as usize],
    changing: [AtomicU32; KEYS as usize],
}

/// A change of a key's truth, until it has ended or was dropped.
struct Change<'a> {
    ledger: &'a Ledger,
    key: u32,
    version: u32,
    /// Whether no other change of the key was under way.
    alone: bool,
}

impl Change<'_> {
    /// Whether there has been no other change of the key.
    fn undisputed(&self) -> bool {
        self.alone && self.ledger.truth(self.key) == self.version
    }

    /// From now on no caller is told what was true before.
    fn settle(self) {
        self.ledger.floor[self.key as usize].fetch_max(self.version, SeqCst);
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.ledger.changing[self.key as usize].fetch_sub(1, SeqCst);
    }
}

impl Ledger {
    fn change(&self, key: u32) -> Change<'_> {
        let version = self.truth[key as usize].fetch_add(1, SeqCst) + 1;
        let alone = self.changing[key as usize].fetch_add(1, SeqCst) == 0;
        Change { ledger: self, key, version, alone }
    }

    fn truth(&self, key: u32) -> u32 {
        self.truth[key as usize].load(SeqCst)
    }

    fn floor(&self, key: u32) -> u32 {
        self.floor[key as usize].load(SeqCst)
    }
}

/// Eight clients who call, force, invalidate, insert, clear and go away in the middle. If they are
/// `tame` they do not force, and do not go away from an insertion.
async fn scenario<T>(time: Virtual, seed: u64, tame: bool, strategy: T)
where
    T: EvictionStrategy<u32, u32> + Send + Sync,
{
    let (dice, ledger) = (Dice::new(seed), Arc::new(Ledger::default()));
    let (within, clears) =
        (Arc::new(LocalInMemoryCacheStorage::unbounded()), seed.is_multiple_of(2));
    let storage = Slow { within: within.clone(), time: time.clone(), dice: dice.clone(), clears };
    let (facts, clock, chance) = (ledger.clone(), time.clone(), dice.clone());
    let memo = Builder::on(time.clone())
        .storage(storage)
        .storage_timeout(Duration::MAX)
        .method_timeout(Duration::from_secs(1))
        .update_after(Duration::from_millis(100))
        .expire_after(Duration::from_millis(300))
        .eviction_strategy(strategy)
        .try_wrap(move |key: u32| {
            let (facts, clock, delay) = (facts.clone(), clock.clone(), chance.delay(60));
            let fails = chance.roll(10) == 0;
            async move {
                let value = facts.truth(key);
                clock.sleep(delay).await;
                if fails { Err("down") } else { Ok(value) }
            }
        });

    let client = async |client: u32| {
        for _ in 0..60 {
            let key = dice.roll(KEYS);
            let kind = dice.roll(12);
            let impatient = dice.roll(4) == 0 && !(tame && kind == 2);
            let patience = if impatient { dice.delay(40) } else { Duration::MAX };
            let step = async {
                match kind {
                    0 | 1 => {
                        let change = ledger.change(key);
                        memo.invalidate(&key).await;
                        change.settle();
                    }
                    2 => {
                        let change = ledger.change(key);
                        memo.insert(key, change.version).await;
                        // A removal that came later may have kept it out, and be under way.
                        if change.undisputed() {
                            change.settle();
                        }
                    }
                    3 if dice.roll(3) == 0 => {
                        let changes: Vec<_> = (0..KEYS).map(|key| ledger.change(key)).collect();
                        memo.clear().await;
                        changes.into_iter().for_each(Change::settle);
                    }
                    4 | 5 if !tame => {
                        let least = ledger.truth(key);
                        if let Ok(value) = memo.force_refresh(key).await {
                            assert!(value >= least, "seed {seed}: forced {value} < {least}");
                        }
                    }
                    _ => {
                        let least = ledger.floor(key);
                        if let Ok(value) = memo.call(key).await {
                            assert!(value >= least, "seed {seed}: {client} got {value} < {least}");
                        }
                    }
                }
            };
            // Who has lost patience drops what it did where it stood.
            match select(pin!(step), pin!(time.sleep(patience))).await {
                Either::Left(_) | Either::Right(_) => time.sleep(dice.delay(30)).await,
            }
        }
    };
    join_all((0..8).map(client)).await;

    time.sleep(Duration::from_secs(10)).await;
    assert_eq!((memo.cache().in_flight(), time.tasks()), (0, 0), "seed {seed}");
    // All lanes are free.
    memo.clear().await;
    time.sleep(Duration::from_secs(1)).await;
    for key in 0..KEYS {
        let least = ledger.truth(key);
        while memo.force_refresh(key).await.is_err() {}
        assert!(memo.call(key).await.is_ok_and(|value| value >= least));
    }
    time.sleep(Duration::from_secs(1)).await;
    assert!(within.len() <= KEYS as usize);
}

#[test]
fn p3_nothing_old_wins_whatever_is_removed() {
    for seed in 1..=40 {
        for order in [Order::Fifo, Order::Lifo, Order::Seeded(seed)] {
            Simulation::new()
                .order(order)
                .run(async |time| scenario(time, seed, true, NoEvictionStrategy).await);
        }
    }
}

#[test]
fn p3_nothing_old_wins_whatever_is_evicted() {
    for seed in 101..=140 {
        for order in [Order::Fifo, Order::Lifo, Order::Seeded(seed)] {
            let strategy = LeastRecentlyUpdatedEvictionStrategy::new(1);
            Simulation::new()
                .order(order)
                .run(async |time| scenario(time, seed, true, strategy).await);
        }
    }
}

#[test]
fn p3_nothing_old_wins_whatever_happens() {
    for seed in 201..=240 {
        for order in [Order::Fifo, Order::Lifo, Order::Seeded(seed)] {
            Simulation::new()
                .order(order)
                .run(async |time| scenario(time, seed, false, NoEvictionStrategy).await);
        }
    }
}
