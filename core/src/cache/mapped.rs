//! The load of a memoized function.

use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::yielded::{Whole, Yield};
use crate::{
    cached::Cached,
    runtime::{Kept, Load, MultiThreaded, Sent, SingleThreaded, Threading},
};

use alloc::boxed::Box;

/// A load that yields a value `V` or an error `E`.
#[doc(hidden)]
pub struct LoadOf<V, E, M: Threading> {
    pub(super) load: Load<M>,
    of: PhantomData<fn() -> (V, E)>,
}

/// Makes a load of a function's future: `cached` makes what a load yields of what it yields.
#[doc(hidden)]
pub fn load<F, V, E>(
    future: F,
    cached: fn(F::Output) -> Result<Cached<V>, E>,
) -> LoadOf<V, E, MultiThreaded>
where
    F: Future + Send + 'static,
    V: Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    let hide = <Whole<Sent> as Yield<_, MultiThreaded>>::of;
    let load: Load<MultiThreaded> = Box::pin(Mapped { future, map: cached, hide });
    LoadOf { load, of: PhantomData }
}

/// Makes a load that stays on its thread.
#[doc(hidden)]
pub fn load_local<F, V, E>(
    future: F,
    cached: fn(F::Output) -> Result<Cached<V>, E>,
) -> LoadOf<V, E, SingleThreaded>
where
    F: Future + 'static,
    V: 'static,
    E: 'static,
{
    let hide = <Whole<Kept> as Yield<_, SingleThreaded>>::of;
    let load: Load<SingleThreaded> = Box::pin(Mapped { future, map: cached, hide });
    LoadOf { load, of: PhantomData }
}

pin_project! {
    // An `async` block would be one more state machine for each memoized function, and hold the
    // future twice.
    struct Mapped<F: Future, T, L> {
        #[pin]
        future: F,
        map: fn(F::Output) -> T,
        hide: fn(T) -> L,
    }
}

impl<F: Future, T, L> Future for Mapped<F, T, L> {
    type Output = L;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<L> {
        let this = self.project();
        this.future.poll(cx).map(this.map).map(this.hide)
    }
}

impl<V, E, M: Threading> fmt::Debug for LoadOf<V, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoadOf")
    }
}
