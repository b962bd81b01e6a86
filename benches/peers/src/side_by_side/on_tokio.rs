//! A tokio runtime for each thread that measures.

use core::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use tokio::runtime::{Builder, Runtime};

thread_local! {
    static TOKIO: Runtime = Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without I/O needs nothing of the system");
}

/// Runs a future to its end, and the tasks that it starts meanwhile, on this thread.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    TOKIO.with(|tokio| tokio.block_on(future))
}

/// Calls `work` in the context of this thread's runtime, which foyer asks for at each call.
pub(super) fn entered<T>(work: impl FnOnce() -> T) -> T {
    TOKIO.with(|tokio| {
        let _context = tokio.enter();
        work()
    })
}

/// Polls a call once by hand, which is all that a hit needs; waits for one that is not ready, as
/// `cached` has its callers wait for its lock.
#[inline(always)]
pub(super) fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => block_on(future),
    }
}
