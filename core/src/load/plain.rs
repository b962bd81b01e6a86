//! Loads that have nothing to say but a value.

use core::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{cached::Cached, entry::CacheEntry};

/// Makes a load of a function that can fail and does not ask for what it replaces.
pub(crate) fn fallible<A, V, E, F, Fut>(
    method: F,
) -> impl FnOnce(A, Option<CacheEntry<V>>) -> Fallible<Fut>
where
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = Result<V, E>>,
{
    move |arguments, _previous| Fallible { value: method(arguments) }
}

pin_project! {
    /// Brings a value, or an error.
    pub(crate) struct Fallible<Fut> {
        #[pin]
        pub(crate) value: Fut,
    }
}

impl<V, E, Fut: Future<Output = Result<V, E>>> Future for Fallible<Fut> {
    type Output = Result<Cached<V>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().value.poll(cx).map(|value| value.map(Cached::new))
    }
}

pin_project! {
    /// Brings a value.
    pub(crate) struct Sure<Fut> {
        #[pin]
        pub(crate) value: Fut,
    }
}

impl<Fut: Future> Future for Sure<Fut> {
    type Output = Result<Cached<Fut::Output>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().value.poll(cx).map(|value| Ok(Cached::new(value)))
    }
}
