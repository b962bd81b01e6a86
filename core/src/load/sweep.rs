//! What is dead leaves, even if nobody asks for it any more.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    flight::contained,
    parts::{Parts, SendParts},
    runtime::{BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, Task},
    storage::CacheStorage,
    sync::{Arc, Ordering, Weak},
};

use alloc::boxed::Box;

/// Sees to it that somebody removes what is dead, if that is wanted.
#[inline]
pub(crate) fn sweep<P: Parts>(
    engine: &Arc<Engine<P>>,
    runtime: &P::Runtime,
    task: fn(Sweeping<P>) -> Task<P::Runtime>,
) {
    let period = engine.settings.resilience.sweep_every;
    if !period.is_zero()
        && !engine.swept.load(Ordering::Relaxed)
        && !engine.swept.swap(true, Ordering::AcqRel)
    {
        let (weak, runtime) = (Arc::downgrade(engine), runtime.clone());
        let sweeping =
            Sweeping { engine: weak, runtime: runtime.clone(), period, sleep: None, over: false };
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(contained(|| runtime.spawn(task(sweeping))));
    }
}

/// The task that removes what is dead, once in a period, as long as there is anything and the cache
/// is there. Dropped, the next load starts another one.
pub struct Sweeping<P: Parts> {
    engine: Weak<Engine<P>>,
    runtime: P::Runtime,
    period: Duration,
    /// Boxed, as a timer may have to stay where it is.
    sleep: Option<Pin<Box<<P::Runtime as Runtime>::Sleep>>>,
    /// It is no longer this task that does it.
    over: bool,
}

impl<P: Parts> Sweeping<P> {
    /// The task of a single-threaded runtime, which asks nothing of its parts.
    pub(crate) fn boxed(self) -> LocalBoxFuture<'static, ()> {
        Box::pin(self)
    }
}

/// Nothing in it is pinned in place: the timer is pinned in its box.
impl<P: Parts> Unpin for Sweeping<P> {}

impl<P: Parts> Future for Sweeping<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Self { engine, runtime, period, sleep, over } = &mut *self;
            let timer = sleep.get_or_insert_with(|| Box::pin(runtime.sleep(*period)));
            ready!(timer.as_mut().poll(cx));
            *sleep = None;
            let Some(engine) = engine.upgrade() else { return Poll::Ready(()) };
            let now = runtime.now();
            engine.failures.tidy(now);
            let snapshot = engine.source.snapshot();
            let storage = engine.source.current(&snapshot).storage();
            let sweep = || matches!(contained(|| storage.sweep(now)), Ok(Some(1..)));
            // One that is empty, or cannot sweep, has no use for this.
            if !sweep() {
                engine.swept.store(false, Ordering::SeqCst);
                *over = true;
                // What has been stored just now was left to this task.
                if !sweep() || engine.swept.swap(true, Ordering::SeqCst) {
                    return Poll::Ready(());
                }
                *over = false;
            }
        }
    }
}

impl<P: Parts> Drop for Sweeping<P> {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.upgrade().filter(|_| !self.over) {
            engine.swept.store(false, Ordering::Release);
        }
    }
}

impl<P: SendParts> Portable<P::Runtime> for Sweeping<P> {
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        Box::pin(self)
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        self.boxed()
    }
}

impl<P: Parts> fmt::Debug for Sweeping<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweeping").finish_non_exhaustive()
    }
}
