//! A test of an hour that takes no time: in `testing::run` the clock moves by hand.
use evermemo::{Auto, Memo, Runtime, Source, testing};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The program's own code: nothing in it knows of tests.
fn exchange_rates(loads: Arc<AtomicU32>) -> Memo<&'static str, u32> {
    evermemo::builder().update_after(10 * MINUTE).expire_after(30 * MINUTE).wrap(
        move |_currency: &'static str| {
            let load = loads.fetch_add(1, SeqCst) + 1;
            async move {
                Auto::default().sleep(2 * SECOND).await; // a slow backend
                load
            }
        },
    )
}

fn main() {
    testing::run(async |time| {
        let loads = Arc::new(AtomicU32::new(0));
        let rates = exchange_rates(loads.clone());

        // Absent: the caller waits. Nothing else is to be done, so the clock jumps.
        let first = rates.outcome("EUR").await.unwrap();
        assert_eq!((first.value, first.source, time.elapsed()), (1, Source::Loaded, 2 * SECOND));

        // Fresh up to ten minutes.
        time.advance(10 * MINUTE - SECOND).await;
        assert_eq!(rates.outcome("EUR").await.unwrap().source, Source::Hit);

        // Stale: the old value, without a wait, and one load in the background.
        time.advance(SECOND).await;
        let before = time.elapsed();
        let stale = rates.outcome("EUR").await.unwrap();
        assert_eq!((stale.value, stale.source, stale.age), (1, Source::Stale, 10 * MINUTE));
        assert_eq!(rates.outcome("EUR").await.unwrap().source, Source::Stale);
        assert_eq!(time.elapsed(), before);
        time.advance(2 * SECOND).await;
        let refreshed = rates.outcome("EUR").await.unwrap();
        assert_eq!((refreshed.value, refreshed.source), (2, Source::Hit));

        // Expired: the caller waits again.
        time.advance(30 * MINUTE).await;
        assert_eq!(rates.outcome("EUR").await.unwrap().source, Source::Loaded);
        assert_eq!(loads.load(SeqCst), 3);
    });
}
