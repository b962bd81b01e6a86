//! Types of the engine's side of a storage whose type is hidden.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::memory::Policy;

/// A change of a storage: over, or to be waited for.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum Change<D> {
    Over,
    Waits(D),
}

// For any error: when the compiler checks whether a future is `Send`, it would not see that this
// error is the only one there is.
impl<E, D: Future<Output = Result<(), E>> + Unpin> Future for Change<D> {
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Over => Poll::Ready(Ok(())),
            Self::Waits(done) => Pin::new(done).poll(cx),
        }
    }
}

/// How much a storage holds and may hold, as far as it can tell.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Bounds {
    pub len: Option<usize>,
    pub weight: Option<usize>,
    pub capacity: Option<usize>,
    pub policy: Option<Policy>,
}
