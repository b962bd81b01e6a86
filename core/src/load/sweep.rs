//! What is dead leaves, even if nobody asks for it any more.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    future::contained,
    runtime::{AnyClock, Threading},
    sync::{Arc, Ordering, Weak},
};

/// Sees to it that somebody removes what is dead, if that is wanted.
#[inline]
pub(crate) fn sweep<M: Threading>(
    engine: &Arc<Engine<M>>,
    runtime: &Arc<M::Clock>,
    task: fn(Sweeping<M>) -> M::Task,
) {
    let period = engine.settings.resilience.sweep_every;
    if !period.is_zero()
        && !engine.swept.load(Ordering::Relaxed)
        && !engine.swept.swap(true, Ordering::AcqRel)
    {
        let weak = Arc::downgrade(engine);
        // Outside its context, a runtime that is not bound would have nowhere to run the task.
        let runtime = runtime.bind().unwrap_or_else(|| runtime.clone());
        let sweeping =
            Sweeping { engine: weak, runtime: runtime.clone(), period, sleep: None, over: false };
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(contained(|| runtime.spawn(task(sweeping))));
    }
}

/// The task that removes what is dead, once in a period, as long as there is anything and the cache
/// is there. Dropped, the next load starts another one.
pub(crate) struct Sweeping<M: Threading> {
    engine: Weak<Engine<M>>,
    runtime: Arc<M::Clock>,
    period: Duration,
    sleep: Option<M::Task>,
    /// It is no longer this task that does it.
    over: bool,
}

impl<M: Threading> Future for Sweeping<M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut swept = false;
        loop {
            let Self { engine, runtime, period, sleep, over } = &mut *self;
            let timer = sleep.get_or_insert_with(|| runtime.sleep(*period));
            ready!(Pin::new(timer).poll(cx));
            *sleep = None;
            // A timer may be ready at once each time.
            if core::mem::replace(&mut swept, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(engine) = engine.upgrade() else { return Poll::Ready(()) };
            let now = runtime.now();
            engine.failures.tidy(now);
            let configuration = engine.snapshot();
            let storage = configuration;
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

impl<M: Threading> Drop for Sweeping<M> {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.upgrade().filter(|_| !self.over) {
            engine.swept.store(false, Ordering::Release);
        }
    }
}
