//! What the memoized functions do: they wait, fail in bursts, panic and hang.

use std::{
    fmt,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::{CacheEntry, Cached, Instant, Runtime};

use crate::{
    ask::{Ask, Origin, Payload, Value},
    caches::{FRESH_FOR, LIFE},
    facts::Facts,
    ledger::Version,
};

/// A runtime as a source of timers, for loads and storages that move between threads.
pub(crate) trait Timers: Runtime<Sleep: Send> + Send + Sync {}

impl<R: Runtime<Sleep: Send> + Send + Sync> Timers for R {}

/// What a load panics with.
pub(crate) const PANIC: &str = "the load of the soak panics";

/// Much longer than any timeout.
const HANGING: Duration = Duration::from_secs(3_600);

/// Why the memoized function has no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The backend answers no load; else it does not answer this one.
    pub(crate) outage: bool,
    /// When the load began, and what was true then.
    pub(crate) begun: Instant,
    pub(crate) seen: Version,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.outage { "the backend is down" } else { "the backend refuses" })
    }
}

impl core::error::Error for Fault {}

/// What works and what does not at the moment.
#[derive(Default)]
pub(crate) struct Weather {
    pub(crate) backend_down: AtomicBool,
    pub(crate) storage_down: AtomicBool,
    drawn: AtomicU64,
}

impl Weather {
    /// Draws what will happen to one load, or to one operation of a storage.
    pub(crate) fn draw(&self, seed: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(seed ^ self.drawn.fetch_add(1, SeqCst))
    }
}

/// Loads the answers of one cache.
pub(crate) struct Backend<T> {
    pub(crate) timers: T,
    pub(crate) facts: Arc<Facts>,
    pub(crate) weather: Arc<Weather>,
    pub(crate) seed: u64,
}

impl<T: Timers> Backend<T> {
    pub(crate) fn load(
        self: &Arc<Self>,
        ask: Ask,
    ) -> impl Future<Output = Result<Value, Fault>> + Send + use<T> {
        let backend = self.clone();
        async move { backend.loaded(ask).await }
    }

    /// Loads an answer that may have times of its own, or is not to be kept.
    pub(crate) fn load_after(
        self: &Arc<Self>,
        ask: Ask,
        previous: Option<CacheEntry<Value>>,
    ) -> impl Future<Output = Result<Cached<Value>, Fault>> + Send + use<T> {
        let backend = self.clone();
        async move {
            let key = ask.key;
            if previous.is_some_and(|previous| !previous.value.answers(key)) {
                backend.facts.violated(&format!("a load of {key} replaces another key's answer"));
            }
            let mut rng = backend.weather.draw(backend.seed);
            let loaded = Cached::new(backend.loaded(ask).await?);
            Ok(match rng.u32(0..20) {
                0 => loaded.do_not_store(),
                // Shorter than what the builder says, and than what the answer says of itself.
                1 | 2 => loaded.update_after(FRESH_FOR / 2).expire_after(LIFE / 2),
                _ => loaded,
            })
        }
    }

    async fn loaded(&self, ask: Ask) -> Result<Value, Fault> {
        let Self { facts, weather, .. } = self;
        facts.bodies.begun.one();
        // Before it looks at what is true: both are taken for when the load began.
        let begun = Instant::of_process();
        let seen = facts.ledger.truth(ask.key);
        let (_inside, beside) = facts.overlap.begin(&ask, &facts.ledger);
        if let Some(age) = beside {
            facts.violated(&format!("two loads of {}, the first asked {age:?} ago", ask.key));
        }
        let running = facts.overlap.running();
        if facts.promises.most_loads.is_some_and(|most| running > most) {
            facts.violated(&format!("{running} loads run at once"));
        }
        let mut rng = weather.draw(self.seed);
        if weather.backend_down.load(SeqCst) {
            self.wait(rng.u64(0..5)).await;
            facts.bodies.failed.one();
            return Err(Fault { outage: true, begun, seen });
        }
        match rng.u32(0..1_000) {
            // Some are ready at their first poll.
            0..250 => {}
            250..254 => self.timers.sleep(HANGING).await,
            _ => self.wait(rng.u64(0..=20)).await,
        }
        match rng.u32(0..1_000) {
            0..10 => {
                facts.bodies.failed.one();
                Err(Fault { outage: false, begun, seen })
            }
            10..13 => {
                facts.bodies.panicked.one();
                // Past the hook, which is for panics that were not planned.
                resume_unwind(Box::new(PANIC.to_owned()))
            }
            _ => Ok(Payload::new(ask.key, Origin::Loaded { begun, seen })),
        }
    }

    async fn wait(&self, milliseconds: u64) {
        self.timers.sleep(Duration::from_millis(milliseconds)).await;
    }
}
