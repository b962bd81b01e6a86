//! How a call comes to its load.

use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    mapped::LoadOf,
    yielded::{Plain, Whole, Yield},
};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    hidden::AnyValue,
    runtime::{ErrorOf, Kept, Load, MultiThreaded, Sent, SingleThreaded, Threading, ValueOf},
};

use alloc::boxed::Box;

/// What a load is to replace, if it wants to have it.
#[doc(hidden)]
pub type Previous<M> = Option<CacheEntry<ValueOf<M>>>;

/// How a call makes its load of what it carries, an `L`.
///
/// The load's closure is called in the load's first poll, and not before: what it reads is no older
/// than the load. What has to hold of its types is asked where the call is made.
pub struct Loading<L, A, M: Threading> {
    pub(super) make: fn(L, A, Previous<M>) -> Load<M>,
    /// Whether the load is handed what it replaces.
    pub(super) wants_previous: fn(&L) -> bool,
}

impl<L, A, M: Threading> Clone for Loading<L, A, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, A, M: Threading> Copy for Loading<L, A, M> {}

impl<F, A, M: Threading> Loading<F, A, M> {
    /// Of a closure whose future may move between threads.
    pub(super) fn sent<V, E, Fut>() -> Self
    where
        A: Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        let make = |load, arguments, _: Previous<M>| {
            M::boxed(Lazy::<F, A, Fut, Plain<Sent>, M>::new(load, arguments))
        };
        Self { make, wants_previous: |_| false }
    }

    /// Of a closure that is handed what it replaces, and whose future may move between threads.
    pub(super) fn sent_with_previous<V, E, Fut>() -> Self
    where
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        let make = |load: F, arguments: A, previous: Previous<M>| {
            let load = move |(arguments, previous)| load(arguments, previous);
            let input = (arguments, typed::<M, V>(previous));
            M::boxed(Lazy::<_, _, Fut, Whole<Sent>, M>::new(load, input))
        };
        Self { make, wants_previous: |_| true }
    }
}

impl<F, A> Loading<F, A, SingleThreaded> {
    /// Of a closure whose future stays on its thread.
    pub(super) fn kept<V, E, Fut>() -> Self
    where
        A: 'static,
        V: 'static,
        E: 'static,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        let make = |load, arguments, _: Previous<SingleThreaded>| -> Load<SingleThreaded> {
            Box::pin(Lazy::<F, A, Fut, Plain<Kept>, SingleThreaded>::new(load, arguments))
        };
        Self { make, wants_previous: |_| false }
    }

    /// Of a closure that is handed what it replaces, and whose future stays on its thread.
    pub(super) fn kept_with_previous<V, E, Fut>() -> Self
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        let make = |load: F, arguments: A, previous: Previous<SingleThreaded>| {
            let load = move |(arguments, previous)| load(arguments, previous);
            let input = (arguments, typed::<SingleThreaded, V>(previous));
            let load: Load<SingleThreaded> =
                Box::pin(Lazy::<_, _, Fut, Whole<Kept>, SingleThreaded>::new(load, input));
            load
        };
        Self { make, wants_previous: |_| true }
    }
}

/// Gives what is replaced its type back.
pub(super) fn typed<M: Threading, V: Clone + 'static>(
    previous: Previous<M>,
) -> Option<CacheEntry<V>> {
    previous.map(|previous| previous.map(AnyValue::into_value))
}

/// What a memoized function carries: a function, and what that takes beside the arguments.
///
/// Its type names no future, so a function can be memoized that calls itself.
#[derive(Clone, Copy)]
pub struct Carried<X, A, V, E, M: Threading> {
    pub(super) with: X,
    pub(super) load: fn(X, A) -> LoadOf<V, E, M>,
}

impl<X, A, V, E, M: Threading> Loading<Carried<X, A, V, E, MultiThreaded>, A, M> {
    /// Of a function whose future may move between threads.
    pub(super) fn carried() -> Self {
        let make = |carried: Carried<X, A, V, E, MultiThreaded>, arguments, _: Previous<M>| {
            M::sent((carried.load)(carried.with, arguments).load)
        };
        Self { make, wants_previous: |_| false }
    }
}

impl<X, A, V, E> Loading<Carried<X, A, V, E, SingleThreaded>, A, SingleThreaded> {
    /// Of a function whose future stays on its thread.
    pub(super) fn carried_local() -> Self {
        let make = |carried: Carried<X, A, V, E, SingleThreaded>,
                    arguments,
                    _: Previous<SingleThreaded>| {
            (carried.load)(carried.with, arguments).load
        };
        Self { make, wants_previous: |_| false }
    }
}

pin_project! {
    /// Calls a closure when it is polled first, and then is the closure's future.
    pub(super) struct Lazy<F, I, Fut, Y, M> {
        call: Option<(F, I)>,
        #[pin]
        called: Option<Fut>,
        yields: PhantomData<fn() -> (Y, M)>,
    }
}

impl<F, I, Fut, Y, M> Lazy<F, I, Fut, Y, M>
where
    F: FnOnce(I) -> Fut,
{
    pub(super) const fn new(call: F, input: I) -> Self {
        Self { call: Some((call, input)), called: None, yields: PhantomData }
    }
}

impl<F, I, Fut, Y, M> Future for Lazy<F, I, Fut, Y, M>
where
    F: FnOnce(I) -> Fut,
    Fut: Future,
    Y: Yield<Fut::Output, M>,
    M: Threading,
{
    type Output = Result<Cached<ValueOf<M>>, ErrorOf<M>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some((call, input)) = this.call.take() {
            this.called.set(Some(call(input)));
        }
        match this.called.as_pin_mut() {
            Some(called) => called.poll(cx).map(Y::of),
            // The closure has panicked.
            None => Poll::Pending,
        }
    }
}

impl<L, A, M: Threading> fmt::Debug for Loading<L, A, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Loading")
    }
}

impl<X, A, V, E, M: Threading> fmt::Debug for Carried<X, A, V, E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}
