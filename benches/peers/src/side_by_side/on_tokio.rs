//! A tokio runtime for each thread that measures.

use alloc::{sync::Arc, task::Wake};
use core::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use std::thread::{Thread, current, park};

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

/// Polls a call once by hand, which is all that a hit needs; sleeps and polls again if it is not
/// ready, as `cached` has its callers wait for its lock. It polls in one place, so that the compiler
/// can put the whole call in there.
#[inline(always)]
pub(super) fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let (mut waker, mut known) = (Waker::noop(), false);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending if known => park(),
            Poll::Pending => (waker, known) = (unparking(), true),
        }
    }
}

/// Returns a waker that ends this thread's sleep.
#[cold]
fn unparking() -> &'static Waker {
    thread_local! {
        // One for each thread that ever waits; they are few, and the program is short.
        static UNPARKING: &'static Waker = Box::leak(Box::new(Unpark(current()).into()));
    }
    UNPARKING.with(|waker| *waker)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl From<Unpark> for Waker {
    fn from(unpark: Unpark) -> Self {
        Arc::new(unpark).into()
    }
}
