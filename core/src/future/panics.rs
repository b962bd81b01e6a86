//! A panic as a value.

use core::future::Future;
#[cfg(feature = "std")]
use core::{future::poll_fn, pin::pin, task::Poll};

#[cfg(feature = "std")]
use pin_project_lite::pin_project;

use crate::sync::Arc;

/// Runs user code, and returns its panic as a message where panics can be caught.
#[cfg(feature = "std")]
pub(crate) fn contained<O>(run: impl FnOnce() -> O) -> Result<O, Arc<str>> {
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;
    // The data of the interrupted code is dropped by its owner and never looked at again.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&'static str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<alloc::string::String>().map(|s| &**s));
        let text = text.unwrap_or("a panic without a message").into();
        // A payload of the user's may panic as it is dropped, and so may the payload of that panic.
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            core::mem::forget(another);
        }
        text
    })
}

/// Runs user code; without `std` a panic cannot be caught.
#[cfg(not(feature = "std"))]
pub(crate) fn contained<O>(run: impl FnOnce() -> O) -> Result<O, Arc<str>> {
    Ok(run())
}

/// Drops a value that holds values of the user's, whose drop may panic.
pub(crate) fn drop_contained<T>(held: T) {
    drop(contained(|| drop(held)));
}

/// Runs a function to its future and the future to its end, and returns the panic of either.
///
/// A panic while the future is dropped, at its end or before, changes nothing: its result, or the
/// reason of its drop, stands.
#[cfg(feature = "std")]
pub(crate) async fn contained_future<F>(start: impl FnOnce() -> F) -> Result<F::Output, Arc<str>>
where
    F: Future,
{
    let mut held = pin!(DropContained { future: Some(contained(start)?) });
    poll_fn(|cx| match held.as_mut().project().future.as_pin_mut() {
        Some(future) => match contained(|| future.poll(cx)) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        },
        // It is there until this is dropped.
        None => Poll::Pending,
    })
    .await
}

/// Runs a function to its future and the future to its end; without `std` no panic can be caught.
#[cfg(not(feature = "std"))]
pub(crate) async fn contained_future<F>(start: impl FnOnce() -> F) -> Result<F::Output, Arc<str>>
where
    F: Future,
{
    Ok(start().await)
}

#[cfg(feature = "std")]
pin_project! {
    /// A future whose drop may panic.
    struct DropContained<F> {
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for DropContained<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut future = this.project().future;
            drop(contained(|| future.set(None)));
        }
    }
}
