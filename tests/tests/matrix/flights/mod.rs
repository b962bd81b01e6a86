//! Loads in progress, and the callers who wait for them.

mod callers_leave;
mod cancelled;
mod panics;
mod recursion;
mod runtimes;
mod single_flight;
mod timeouts;

use evermemo::{BoxFuture, LocalInMemoryCacheStorage, Runtime};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, caught_now, polled, until, yielded,
};
use futures_util::future::{Either, select};
use std::{panic::resume_unwind, pin::pin, sync::Arc, time::Duration};

type Memory = Arc<LocalInMemoryCacheStorage<u32, u32>>;

fn memory() -> Memory {
    Arc::new(LocalInMemoryCacheStorage::new(10))
}

/// A function whose runs wait each for its gate, and then end as `end` says.
fn ending<V, E>(
    source: &Numbered,
    end: impl Fn(u32) -> Result<V, E> + Clone + Send + Sync + 'static,
) -> impl Fn(u32) -> BoxFuture<'static, Result<V, E>> + Send + Sync + 'static
where
    V: 'static,
    E: 'static,
{
    let method = source.method();
    move |arguments| {
        let (run, end) = (method(arguments), end.clone());
        Box::pin(async move { end(run.await) })
    }
}

/// Panics without a message on the screen, on whichever thread.
fn boom() -> ! {
    resume_unwind(caught_now(|| panic!("boom")).expect_err("it panics"))
}

/// Brings `call` to the second look that it takes at a storage that waits before it loads: `other`
/// is a call of another key, whose load ends meanwhile, and `at_rest` says when it has. The look
/// waits for the gate that is returned.
pub(crate) async fn looking_again<R: Timed>(
    rt: &R,
    probe: &Probe<u32, u32>,
    call: &mut (impl Future + Unpin),
    other: impl Future,
    at_rest: impl FnMut() -> bool,
) -> Gate {
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    assert!(polled(call).await.is_pending());
    let _answer = other.await;
    until(rt, at_rest).await;
    let looks = probe.count(Operation::Get, Moment::Began);
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    first.open();
    while probe.count(Operation::Get, Moment::Began) == looks {
        assert!(polled(call).await.is_pending());
        yielded().await;
    }
    second
}

/// Awaits a call that must not wait for ever.
pub(crate) async fn soon<R: Timed, F: Future + Unpin>(rt: &R, call: F) -> F::Output {
    match select(call, pin!(rt.plain().sleep(Duration::from_secs(5)))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => panic!("the call waits for what never comes"),
    }
}
