//! A storage that is exchanged while it is being looked into.
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a test has std")]

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo_core::{
    ArgumentsKeyExtractor, BoxFuture, Builder, CacheEntry, CacheStorage, FixedCacheConfiguration,
    Found, Instant, LocalInMemoryCacheStorage, MutableCacheConfiguration, NoEvictionStrategy,
    NoPostprocessing, ProvidedLifeSpanCacheEntryBuilder, Runtime,
    testing::{self, Virtual},
};

const MS: Duration = Duration::from_millis(1);

/// Memory that is read in 20 ms, and written in one; reads may fail.
#[derive(Clone)]
struct Slow {
    within: Arc<LocalInMemoryCacheStorage<u32, u32>>,
    time: Virtual,
    failures: Arc<AtomicU32>,
}

impl Slow {
    fn new(time: &Virtual) -> Self {
        let within = Arc::new(LocalInMemoryCacheStorage::unbounded());
        Self { within, time: time.clone(), failures: Arc::default() }
    }
}

impl CacheStorage<u32, u32> for Slow {
    type Error = io::Error;
    type Get = BoxFuture<'static, Found<u32, io::Error>>;
    type Done = BoxFuture<'static, Result<(), io::Error>>;

    fn get(&self, &key: &u32, now: Instant) -> Self::Get {
        let this = self.clone();
        Box::pin(async move {
            this.time.sleep(20 * MS).await;
            if this.failures.load(SeqCst) > 0 {
                this.failures.fetch_sub(1, SeqCst);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let found = this.within.get_now(&&key, now).expect("memory does not wait");
            Ok(found.expect("memory does not fail"))
        })
    }

    fn offer(&self, &key: &u32, entry: &CacheEntry<u32>, now: Instant) -> Self::Done {
        let (this, entry) = (self.clone(), entry.clone());
        Box::pin(async move {
            this.time.sleep(MS).await;
            let Ok(()) = this.within.offer(&key, &entry, now).await;
            Ok(())
        })
    }

    fn release(&self, &key: &u32) -> Self::Done {
        let this = self.clone();
        Box::pin(async move {
            this.time.sleep(MS).await;
            let Ok(()) = this.within.release(&key).await;
            Ok(())
        })
    }
}

#[test]
fn p3_1_an_exchanged_storage_answers_nobody_who_asks_after_an_invalidation() {
    testing::run(async |time: Virtual| {
        let (old, new) = (Slow::new(&time), Slow::new(&time));
        let configuration =
            MutableCacheConfiguration::initialized_with(FixedCacheConfiguration::new(
                None,
                old.clone(),
                ArgumentsKeyExtractor,
                ProvidedLifeSpanCacheEntryBuilder::default(),
                NoEvictionStrategy,
                NoPostprocessing,
            ));
        let version = Arc::new(AtomicU32::new(1));
        let (truth, clock) = (version.clone(), time.clone());
        let handle = configuration.clone();
        let memo = Builder::on(time.clone()).configuration(configuration).wrap(move |_: u32| {
            let (value, clock) = (truth.load(SeqCst), clock.clone());
            async move {
                clock.sleep(5 * MS).await;
                value
            }
        });
        assert_eq!(memo.call(7).await.unwrap(), 1);
        time.advance(100 * MS).await;

        // It begins with the old storage, whose first look fails.
        old.failures.store(1, SeqCst);
        let asking = memo.clone();
        time.spawn(Box::pin(async move { drop(asking.call(7).await) }));
        time.advance(2 * MS).await;
        handle.set_storage(new.clone());
        version.store(2, SeqCst);
        memo.try_invalidate(&7).await.unwrap();
        // A flight that ends meanwhile makes it look again, in the old storage.
        memo.try_insert(8, 0).await.unwrap();
        time.advance(5 * MS).await;

        assert_eq!(memo.call(7).await.unwrap(), 2);
    });
}
