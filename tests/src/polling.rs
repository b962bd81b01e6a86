//! Driving futures step by step.

use evermemo::{CacheEntry, CacheStorage, Instant, Runtime};
use futures_util::FutureExt;
use std::{
    any::Any,
    cell::Cell,
    future::poll_fn,
    hash::Hash,
    mem,
    panic::{self, AssertUnwindSafe, Location},
    pin::Pin,
    sync::{Mutex, Once},
    task::Poll,
    time::Duration,
};

use crate::Timed;

/// Polls a future once, with the waker of the task that asks.
///
/// The first caller of a key so polled leads its flight, later ones join it.
pub async fn polled<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Awaits futures one after another, in order, and returns what they end with.
pub async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut outputs = Vec::new();
    for future in futures {
        outputs.push(future.await);
    }
    outputs
}

/// Gives others a turn, once.
pub async fn yielded() {
    let mut yielded = false;
    poll_fn(|cx| {
        if mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits for what happens in the background, for up to 5 seconds.
///
/// # Panics
///
/// When it has not happened by then.
#[track_caller]
pub fn until<R: Timed>(rt: &R, mut condition: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let (plain, caller) = (rt.plain(), Location::caller());
    async move {
        for _ in 0..5_000 {
            if condition() {
                return;
            }
            plain.sleep(Duration::from_millis(1)).await;
        }
        assert!(condition(), "what {caller} waits for has not happened in 5 s");
    }
}

/// Reads a storage that need not wait, which counts as no call.
///
/// # Panics
///
/// When the storage would have to wait.
pub fn stored<S, K, V>(storage: &S, key: &K) -> Option<CacheEntry<V>>
where
    S: CacheStorage<K, V>,
    K: Hash + Eq + Clone,
{
    let found = storage.get_now(&key, Instant::ZERO).expect("a storage that need not wait");
    found.expect("a storage that does not fail")
}

/// Awaits a future that may panic, without the message on the screen.
pub async fn caught<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let _silence = Silence::begin();
    AssertUnwindSafe(future).catch_unwind().await
}

/// Calls a function that may panic, without the message on the screen.
pub fn caught_now<O>(function: impl FnOnce() -> O) -> Result<O, Box<dyn Any + Send>> {
    let _silence = Silence::begin();
    panic::catch_unwind(AssertUnwindSafe(function))
}

thread_local!(static SILENT: Cell<bool> = const { Cell::new(false) });

/// Keeps panics of this thread from being printed.
struct Silence(bool);

impl Silence {
    fn begin() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let hook = Mutex::new(panic::take_hook());
            panic::set_hook(Box::new(move |info| {
                if !SILENT.get() {
                    hook.lock().expect("a hook does not panic")(info);
                }
            }));
        });
        Self(SILENT.replace(true))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        SILENT.set(self.0);
    }
}
