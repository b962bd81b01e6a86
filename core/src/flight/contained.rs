//! A panic as a value.

use core::{
    future::{Future, poll_fn},
    pin::pin,
};

use crate::sync::Arc;

/// Runs user code, and brings its panic as a message where panics can be caught.
#[cfg(feature = "std")]
pub(crate) fn contained<O>(run: impl FnOnce() -> O) -> Result<O, Arc<str>> {
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;
    // What the panic interrupted is dropped by its owner and never looked at again.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&'static str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<alloc::string::String>().map(|s| &**s));
        text.unwrap_or("a panic without a message").into()
    })
}

/// Runs user code; without `std` a panic cannot be caught.
#[cfg(not(feature = "std"))]
pub(crate) fn contained<O>(run: impl FnOnce() -> O) -> Result<O, Arc<str>> {
    Ok(run())
}

/// Runs a function to its future and the future to its end, and brings the panic of either.
pub(crate) async fn contained_future<F>(start: impl FnOnce() -> F) -> Result<F::Output, Arc<str>>
where
    F: Future,
{
    let mut future = pin!(contained(start)?);
    poll_fn(|cx| match contained(|| future.as_mut().poll(cx)) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => core::task::Poll::Ready(Err(panic)),
    })
    .await
}
