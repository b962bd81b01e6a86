//! The load of a memoized function.

use core::{
    any::Any,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::yielded::{Yields, finish};
use crate::runtime::{Called, CalledIn, MultiThreaded, SingleThreaded, Threading};

use alloc::boxed::Box;

/// A load that yields a value `V` or an error `E`.
#[doc(hidden)]
pub struct LoadOf<V, E, M: Threading> {
    pub(super) called: CalledIn<M>,
    of: PhantomData<fn() -> (V, E)>,
}

/// A future that may move between threads. Where something else does not fit, `FITS` is no
/// constant, and the compiler does not ask this too.
#[doc(hidden)]
pub trait SendFuture<const FITS: bool>: Future + Send + 'static {}

impl<F: Future + Send + 'static, const FITS: bool> SendFuture<FITS> for F {}

/// Makes a load of a function's future; `yields` converts its output.
#[doc(hidden)]
pub fn load<const FITS: bool, F, V, E>(
    future: F,
    yields: &'static Yields<F::Output, V, E>,
) -> LoadOf<V, E, MultiThreaded>
where
    F: SendFuture<FITS>,
    V: 'static,
    E: 'static,
{
    LoadOf { called: Box::pin(Mapped { future, yields }), of: PhantomData }
}

/// Makes a load that stays on its thread.
#[doc(hidden)]
pub fn load_local<const FITS: bool, F, V, E>(
    future: F,
    yields: &'static Yields<F::Output, V, E>,
) -> LoadOf<V, E, SingleThreaded>
where
    F: Future + 'static,
    V: 'static,
    E: 'static,
{
    LoadOf { called: Box::pin(Mapped { future, yields }), of: PhantomData }
}

pin_project! {
    // An `async` block would be one more state machine for each memoized function, and hold the
    // future twice.
    struct Mapped<F, Y> {
        #[pin]
        future: F,
        yields: Y,
    }
}

impl<F: Future, V: 'static, E: 'static> Called for Mapped<F, &'static Yields<F::Output, V, E>> {
    fn poll_into(self: Pin<&mut Self>, cx: &mut Context<'_>, yielded: &mut dyn Any) -> Poll<()> {
        let this = self.project();
        finish(this.future.poll(cx), this.yields, yielded)
    }
}

impl<V, E, M: Threading> fmt::Debug for LoadOf<V, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoadOf")
    }
}
