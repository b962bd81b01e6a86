//! How a call makes its load.

use core::{
    any::Any,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    mapped::LoadOf,
    yielded::{Plain, WithSettings, Yield, Yields, finish},
};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    error::{Cause, Way},
    hidden::AnyValue,
    runtime::{Called, CalledIn, MultiThreaded, SingleThreaded, Threading, ValueOf},
};

use alloc::boxed::Box;

/// The functions that make a load of an `L`, which a call carries.
///
/// The load's closure is called in the load's first poll, and not before: its data is no older than
/// the load. The bounds on its types are checked where the call is made.
pub struct Loading<L, A, M: Threading> {
    pub(super) make: fn(L, A, Previous<M>) -> CalledIn<M>,
    /// Whether the load is handed the entry that it replaces.
    pub(super) wants_previous: fn(&L) -> bool,
}

/// The entry that a load replaces, if the load takes it.
#[doc(hidden)]
pub type Previous<M> = Option<CacheEntry<ValueOf<M>>>;

impl<L, A, M: Threading> Clone for Loading<L, A, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L, A, M: Threading> Copy for Loading<L, A, M> {}

impl<F, A, M: Threading> Loading<F, A, M> {
    /// For a closure whose future may move between threads.
    pub(super) fn sent<V, E, Fut, B>() -> Self
    where
        A: Send + 'static,
        V: 'static,
        E: Cause<B>,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        let make = |load, arguments, _: Previous<M>| {
            M::sent(Box::pin(Lazy::<F, A, Fut, Plain, V, E>::new(load, arguments, Way::of())))
        };
        Self { make, wants_previous: |_| false }
    }

    /// For a closure that is handed the entry it replaces, and whose future may move between
    /// threads.
    pub(super) fn sent_with_previous<V, E, Fut, B>() -> Self
    where
        A: Send + 'static,
        V: Clone + Send + 'static,
        E: Cause<B>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        let make = |load: F, arguments: A, previous: Previous<M>| {
            let load = move |(arguments, previous)| load(arguments, previous);
            let input = (arguments, typed::<M, V>(previous));
            M::sent(Box::pin(Lazy::<_, _, Fut, WithSettings, V, E>::new(load, input, Way::of())))
        };
        Self { make, wants_previous: |_| true }
    }
}

impl<F, A> Loading<F, A, SingleThreaded> {
    /// For a closure whose future stays on its thread.
    pub(super) fn kept<V, E, Fut, B>() -> Self
    where
        A: 'static,
        V: 'static,
        E: Cause<B>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        let make = |load, arguments, _: Previous<SingleThreaded>| -> CalledIn<SingleThreaded> {
            Box::pin(Lazy::<F, A, Fut, Plain, V, E>::new(load, arguments, Way::of()))
        };
        Self { make, wants_previous: |_| false }
    }

    /// For a closure that is handed the entry it replaces, and whose future stays on its thread.
    pub(super) fn kept_with_previous<V, E, Fut, B>() -> Self
    where
        A: 'static,
        V: Clone + 'static,
        E: Cause<B>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        type LocalCall = CalledIn<SingleThreaded>;
        let make = |load: F, arguments: A, previous: Previous<SingleThreaded>| -> LocalCall {
            let load = move |(arguments, previous)| load(arguments, previous);
            let input = (arguments, typed::<SingleThreaded, V>(previous));
            Box::pin(Lazy::<_, _, Fut, WithSettings, V, E>::new(load, input, Way::of()))
        };
        Self { make, wants_previous: |_| true }
    }
}

/// Gives the replaced entry its type back.
pub(super) fn typed<M: Threading, V: Clone + 'static>(
    previous: Previous<M>,
) -> Option<CacheEntry<V>> {
    previous.map(|previous| previous.map(AnyValue::into_value))
}

/// The load that a memoized function carries: a function, and its parameters beside the arguments.
///
/// Its type names no future, so a function that calls itself can be memoized.
#[derive(Clone, Copy)]
pub struct Carried<X, A, V, E, M: Threading> {
    pub(super) with: X,
    pub(super) load: fn(X, A) -> LoadOf<V, E, M>,
}

impl<X, A, V, E, M: Threading> Loading<Carried<X, A, V, E, MultiThreaded>, A, M> {
    /// For a function whose future may move between threads.
    pub(super) fn carried() -> Self {
        let make = |carried: Carried<X, A, V, E, MultiThreaded>, arguments, _: Previous<M>| {
            M::sent((carried.load)(carried.with, arguments).called)
        };
        Self { make, wants_previous: |_| false }
    }
}

impl<X, A, V, E> Loading<Carried<X, A, V, E, SingleThreaded>, A, SingleThreaded> {
    /// For a function whose future stays on its thread.
    pub(super) fn carried_local() -> Self {
        let make = |carried: Carried<X, A, V, E, SingleThreaded>,
                    arguments,
                    _: Previous<SingleThreaded>| {
            (carried.load)(carried.with, arguments).called
        };
        Self { make, wants_previous: |_| false }
    }
}

pin_project! {
    /// Calls a closure at its first poll, and then polls the closure's future.
    pub(super) struct Lazy<F, I, Fut, Y, V, E> {
        call: Option<(F, I)>,
        #[pin]
        called: Option<Fut>,
        way: Way<E>,
        yields: PhantomData<fn() -> (Y, V)>,
    }
}

impl<F, I, Fut, Y, V, E> Lazy<F, I, Fut, Y, V, E>
where
    F: FnOnce(I) -> Fut,
{
    pub(super) const fn new(call: F, input: I, way: Way<E>) -> Self {
        Self { call: Some((call, input)), called: None, way, yields: PhantomData }
    }
}

impl<F, I, Fut, Y, V, E> Called for Lazy<F, I, Fut, Y, V, E>
where
    F: FnOnce(I) -> Fut,
    Fut: Future,
    Y: Yield<Fut::Output, V, E>,
    V: 'static,
    E: 'static,
{
    fn poll_into(self: Pin<&mut Self>, cx: &mut Context<'_>, yielded: &mut dyn Any) -> Poll<()> {
        let mut this = self.project();
        if let Some((call, input)) = this.call.take() {
            this.called.set(Some(call(input)));
        }
        match this.called.as_pin_mut() {
            Some(called) => finish(called.poll(cx), &Yields::new(Y::of, *this.way), yielded),
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
