//! Removal of dead entries that no caller asks for.

use core::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use crate::{
    configuration::AnyConfiguration,
    engine::{Engine, Sweeps},
    future::contained,
    runtime::{AnyClock, Threading},
    storage::Sweep,
    sync::{Arc, Ordering, Weak},
    time::Instant,
};

/// Makes sure that a task removes dead entries, if the cache is set to sweep.
#[inline]
pub(crate) fn sweep<M: Threading>(engine: &Arc<Engine<M>>, runtime: &Arc<M::Clock>) {
    if let Some(Sweeps { period, task }) = &engine.sweeps
        && !engine.swept.load(Ordering::Relaxed)
        && !engine.swept.swap(true, Ordering::AcqRel)
    {
        let weak = Arc::downgrade(engine);
        // Outside its context, a runtime that is not bound would have nowhere to run the task.
        let runtime = runtime.bind().unwrap_or_else(|| runtime.clone());
        // A runtime that panics instead of dropping a task has dropped it all the same.
        drop(contained(|| runtime.spawn(task(weak, runtime.clone(), *period))));
    }
}

/// The task that removes dead entries, once in a period, as long as there is any entry and the
/// cache exists. If it is dropped, the next load starts another one.
pub(crate) struct Sweeping<M: Threading> {
    engine: Weak<Engine<M>>,
    runtime: Arc<M::Clock>,
    period: Duration,
    sleep: Option<M::Task>,
    /// The sweep, if one is under way.
    sweep: Option<Sweep>,
    /// Another task has taken over.
    over: bool,
}

impl<M: Threading> Sweeping<M> {
    pub(crate) const fn new(
        engine: Weak<Engine<M>>,
        runtime: Arc<M::Clock>,
        period: Duration,
    ) -> Self {
        Self { engine, runtime, period, sleep: None, sweep: None, over: false }
    }
}

impl<M: Threading> Future for Sweeping<M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut swept = false;
        loop {
            let Self { engine, runtime, period, sleep, sweep, over } = &mut *self;
            if sweep.is_none() {
                let timer = sleep.get_or_insert_with(|| runtime.sleep(*period));
                ready!(Pin::new(timer).poll(cx));
                *sleep = None;
            }
            // A timer may be ready at once each time, and others have their turns between two
            // portions.
            if mem::replace(&mut swept, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(engine) = engine.upgrade() else { return Poll::Ready(()) };
            if engine.flights.is_closed() {
                // No other one begins: the cache is still noted as swept.
                *over = true;
                return Poll::Ready(());
            }
            let (now, storage) = (runtime.now(), engine.snapshot());
            if sweep.is_none() {
                engine.failures.tidy(now);
            }
            let going = sweep.get_or_insert_default();
            let any = goes_on::<M>(&storage, going, now);
            if !going.is_over() {
                continue;
            }
            *sweep = None;
            // A storage that is empty, or cannot sweep, has no use for this task.
            if !any {
                engine.swept.store(false, Ordering::SeqCst);
                *over = true;
                // The sweep of an entry that has been stored just now was left to this task.
                let mut again = Sweep::default();
                if !goes_on::<M>(&storage, &mut again, now)
                    || engine.swept.swap(true, Ordering::SeqCst)
                {
                    return Poll::Ready(());
                }
                *over = false;
            }
        }
    }
}

/// Goes on with a sweep for a portion, and returns whether there is any entry.
fn goes_on<M: Threading>(storage: &M::Configuration, sweep: &mut Sweep, now: Instant) -> bool {
    match contained(|| storage.sweep_some(sweep, now)) {
        Ok(entries) => matches!(entries, Some(1..)),
        Err(_) => {
            sweep.end();
            false
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
