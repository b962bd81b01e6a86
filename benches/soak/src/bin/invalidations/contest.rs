//! The two threads, and what is counted.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use evermemo::{Builder, CacheEntry, Cached, Memo, MultiThreaded, Runtime};

use crate::registry::Registry;

/// The key that both threads are at.
const KEY: u32 = 1;
/// An invalidation that is undone may be seen by a later call only, as loads overtake each other.
const CALLS: usize = 20;

/// What is the same for each memo.
#[derive(Clone, Copy)]
pub(crate) struct Contest<'a> {
    pub(crate) lasts: Duration,
    /// Drives a future on the thread that asks for it.
    pub(crate) block_on: &'a (dyn Fn(Pin<Box<dyn Future<Output = ()> + '_>>) + Sync),
}

/// What the thread has counted that invalidates.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    invalidations: u64,
    /// Those after whose end a value was told that is older than their begin.
    undone: u64,
    /// What ended with an error, which nothing here may.
    failed: u64,
    /// Loads that were handed a value.
    handed: u64,
}

impl Contest<'_> {
    pub(crate) fn of_flights<R: Runtime<Threading = MultiThreaded> + Send + Sync>(
        self,
        runtime: R,
    ) -> Counted {
        let backend = Arc::<Backend>::default();
        let load = backend.clone().load();
        self.held(&backend, &refreshing(runtime).wrap_loader(load))
    }

    pub(crate) fn of_a_registry<R: Runtime<Threading = MultiThreaded> + Send + Sync>(
        self,
        runtime: R,
    ) -> Counted {
        let backend = Arc::<Backend>::default();
        let load = backend.clone().load();
        let registry = Registry::default();
        self.held(&backend, &refreshing(runtime).update_statuses(registry).wrap_loader(load))
    }

    fn held<R>(self, backend: &Backend, memo: &Memo<u32, u64, Infallible, R>) -> Counted
    where
        R: Runtime<Threading = MultiThreaded> + Send + Sync,
    {
        let (over, failed) = (AtomicBool::new(false), AtomicU64::new(0));
        let call = async || {
            let value = memo.call(KEY).await.ok();
            failed.fetch_add(value.is_none().into(), SeqCst);
            value
        };
        let mut counted = Counted::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                (self.block_on)(Box::pin(async {
                    while !over.load(SeqCst) {
                        call().await;
                    }
                }));
            });
            (self.block_on)(Box::pin(async {
                let started = Instant::now();
                while started.elapsed() < self.lasts {
                    let epoch = backend.epoch.fetch_add(1, SeqCst) + 1;
                    let done = memo.try_invalidate(&KEY).await;
                    failed.fetch_add(done.is_err().into(), SeqCst);
                    counted.invalidations += 1;
                    for _ in 0..CALLS {
                        if call().await.is_some_and(|told| told < epoch) {
                            counted.undone += 1;
                            break;
                        }
                    }
                }
            }));
            over.store(true, SeqCst);
        });
        Counted { failed: failed.into_inner(), handed: backend.handed.load(SeqCst), ..counted }
    }
}

/// Hits are stale at once, and dead never.
fn refreshing<R: Runtime>(runtime: R) -> Builder<R> {
    Builder::on(runtime).update_after(Duration::ZERO).expire_after(Duration::MAX)
}

type Loading = Ready<Result<Cached<u64>, Infallible>>;

/// Brings the epoch, which each invalidation begins.
#[derive(Default)]
struct Backend {
    epoch: AtomicU64,
    handed: AtomicU64,
}

impl Backend {
    /// Has nothing new for those who have a value.
    fn load(self: Arc<Self>) -> impl Fn(u32, Option<CacheEntry<u64>>) -> Loading + Send + Sync {
        move |_, previous| {
            let handed = u64::from(previous.is_some());
            self.handed.fetch_add(handed, SeqCst);
            let value = previous.map_or_else(|| self.epoch.load(SeqCst), |entry| entry.value);
            ready(Ok(Cached::new(value)))
        }
    }
}

impl Counted {
    /// Nothing was undone, and there was something that could have been.
    pub(crate) const fn is_right(&self) -> bool {
        self.undone == 0 && self.failed == 0 && self.invalidations > 0 && self.handed > 0
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invalidations, undone, failed, handed } = self;
        write!(f, "{undone} of {invalidations} invalidations undone, ")?;
        write!(f, "{failed} errors, {handed} loads handed a value")
    }
}
