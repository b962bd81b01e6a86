//! A change that goes on when its caller stops waiting for it.

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::contained;
use crate::{
    error::{StorageError, StorageFailure},
    planted::{self, Fault},
    runtime::{AnyClock, Threading},
    sync::{Arc, Mutex},
};

/// The result of a change.
type Changed = Result<(), StorageError>;

/// Does `work` here as long as that takes no wait; then a task of the caller's runtime does it,
/// whether the caller goes on waiting or not. Where there is no runtime, or it drops the task, the
/// caller does it.
pub(crate) async fn detached<F, M>(
    runtime: &M::Clock,
    mut work: F,
    task: fn(Carrier<F>) -> M::Task,
) -> Changed
where
    F: Future<Output = Changed> + Unpin,
    M: Threading,
{
    let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut work).poll(cx))).await;
    if let Poll::Ready(output) = first {
        return output;
    }
    let Some(runtime) = runtime.bind().filter(|_| !planted::is(Fault::HandleDrives)) else {
        return work.await;
    };
    let state = DetachedState { work: Some(work), output: None, carried: true, waker: None };
    let load = Arc::new(DetachedLoad { state: Mutex::new(state) });
    let carrier = Carrier { load: load.clone() };
    // A runtime that panics instead of dropping a task has dropped it all the same.
    drop(contained(|| runtime.spawn(task(carrier))));
    poll_fn(|cx| load.poll_waiting(cx)).await
}

/// The task that does the work.
pub(crate) struct Carrier<F> {
    load: Arc<DetachedLoad<F>>,
}

struct DetachedLoad<F> {
    state: Mutex<DetachedState<F>>,
}

struct DetachedState<F> {
    /// Absent while it is polled.
    work: Option<F>,
    output: Option<Changed>,
    /// A task does the work.
    carried: bool,
    /// Wakes the caller.
    waker: Option<Waker>,
}

impl<F: Future<Output = Changed> + Unpin> DetachedLoad<F> {
    fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<Changed> {
        let waker = cx.waker().clone();
        let (polled, unused) = self.state.with(|state| match state.output.take() {
            Some(output) => (Some(Poll::Ready(output)), Some(waker)),
            None if state.carried => (Some(Poll::Pending), state.waker.replace(waker)),
            None => (None, Some(waker)),
        });
        drop(unused);
        polled.unwrap_or_else(|| self.poll_work(cx))
    }

    fn poll_work(&self, cx: &mut Context<'_>) -> Poll<Changed> {
        let taken = self.state.with(|state| state.work.take());
        // A panic has taken it.
        let panicked = || Poll::Ready(Err(Arc::new(StorageFailure::Panicked) as StorageError));
        let Some(mut work) = taken else { return panicked() };
        let polled = Pin::new(&mut work).poll(cx);
        if polled.is_pending() {
            self.state.with(|state| state.work = Some(work));
        }
        polled
    }
}

impl<F: Future<Output = Changed> + Unpin> Future for Carrier<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.load.poll_work(cx).map(|output| {
            let waker = self.load.state.with(|state| {
                state.output = Some(output);
                state.waker.take()
            });
            if let Some(waker) = waker {
                waker.wake();
            }
        })
    }
}

impl<F> Drop for Carrier<F> {
    fn drop(&mut self) {
        let waker = self.load.state.with(|state| {
            state.carried = false;
            state.waker.take()
        });
        // The caller has to do it itself.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
