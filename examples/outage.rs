//! A backend that is down for a while, and what its callers notice: on virtual time, so that hours
//! take no time.
use evermemo::{
    Auto, Backoff, Error, Event, Memo, Observer, Runtime, Source,
    testing::{self, Virtual},
};
use std::{
    fmt::{Debug, Display},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Answers after two seconds, or fails after two seconds.
#[derive(Clone, Default)]
struct Backend {
    down: Arc<AtomicBool>,
    requests: Arc<AtomicU32>,
}

impl Backend {
    async fn rate(self, currency: &'static str) -> io::Result<usize> {
        self.requests.fetch_add(1, Relaxed);
        Auto::default().sleep(2 * SECOND).await;
        match self.down.load(Relaxed) {
            true => Err(io::Error::other("no connection")),
            false => Ok(currency.len()),
        }
    }
}

/// Prints when loads end, and how.
struct Log(Virtual);

impl<K: Debug, V, E: Display> Observer<K, V, E> for Log {
    fn observe(&self, event: &Event<'_, K, V, E>) {
        let at = self.0.elapsed().as_secs();
        match event {
            Event::LoadEnded { key, result: Ok(_), trigger, .. } => {
                println!("{at:5} s  {key:?} loaded ({trigger:?})");
            }
            Event::LoadEnded { key, result: Err(why), trigger, retried_after, .. } => {
                let next = retried_after.map(|pause| format!("; again after {pause:.0?}"));
                let next = next.unwrap_or_default();
                println!("{at:5} s  {key:?} failed ({trigger:?}): {why}{next}");
            }
            _ => {}
        }
    }
}

fn rates(backend: &Backend, time: &Virtual) -> Memo<&'static str, usize, io::Error> {
    let backend = backend.clone();
    evermemo::builder()
        .update_after(MINUTE)
        .expire_after(5 * MINUTE)
        .stale_if_error(60 * MINUTE)
        .soft_timeout(SECOND / 2)
        .refresh_backoff(Backoff::exponential(10 * SECOND, MINUTE))
        .cache_errors_for(5 * SECOND)
        .observer(Log(time.clone()))
        .seed(7) // the same pauses in each run
        .try_wrap(move |currency: &'static str| backend.clone().rate(currency))
}

/// Asks once in a second, and returns the longest wait.
async fn longest_wait(
    rates: &Memo<&'static str, usize, io::Error>,
    time: &Virtual,
    seconds: u32,
) -> Result<Duration, Error<io::Error>> {
    let mut longest = Duration::ZERO;
    for _ in 0..seconds {
        let asked = time.elapsed();
        rates.call("EUR").await?;
        longest = longest.max(time.elapsed() - asked);
        time.advance(SECOND).await;
    }
    Ok(longest)
}

fn main() -> Result<(), Error<io::Error>> {
    testing::run(async |time| {
        let backend = Backend::default();
        let rates = rates(&backend, &time);
        assert_eq!(rates.outcome("EUR").await?.source, Source::Loaded);

        println!("\nThe backend goes down for half an hour.");
        backend.down.store(true, Relaxed);
        // Fresh, then stale, then expired: every call is answered, without a wait to speak of.
        let longest = longest_wait(&rates, &time, 1800).await?;
        assert_eq!(longest, SECOND / 2);
        let requests = backend.requests.load(Relaxed) - 1;
        println!("1,800 calls were answered within {longest:?}; {requests} loads were tried");
        // A pause of a minute is shortened by a quarter at most.
        assert!((20..45).contains(&requests));

        // Who has nothing old gets the error, which is the answer to others for a while.
        assert!(rates.call("PLN").await.is_err());
        assert!(rates.call("PLN").await.is_err());
        assert_eq!(rates.stats().cached_errors, 1);

        println!("\nIt is back, and so is a fresh value after the pause.");
        backend.down.store(false, Relaxed);
        longest_wait(&rates, &time, 70).await?;
        let value = rates.outcome("EUR").await?;
        assert!(value.age < 70 * SECOND);
        println!("the value is {:?} old", value.age);

        println!("\nIt goes down for good: an hour after expiry the old value is none any more.");
        backend.down.store(true, Relaxed);
        time.advance(2 * 60 * MINUTE).await;
        let error = rates.call("EUR").await.unwrap_err();
        println!("the caller is told: {error}: {}", error.failure());
        assert_eq!(error.cause().map(io::Error::kind), Some(io::ErrorKind::Other));
        Ok(())
    })
}
