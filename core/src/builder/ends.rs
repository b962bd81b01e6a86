//! The last step of a builder: it memoizes a function, or builds a cache whose calls bring their
//! loads.

use core::{any::type_name, convert::Infallible, future::Future};

use super::{
    Assemble, Assembled, Builder, ErrorsChoice, Made, Statuses,
    types::{FailsWith, Holds, Takes},
};
use crate::{
    cache::{Cache, Inner, Memo, Plain, Sure, WithSettings},
    cached::Cached,
    entry::CacheEntry,
    error::Way,
    runtime::{AnyEngine, Front, Kept, Runtime, Sent, SingleThreaded, ThreadingOf},
};

impl<R: Runtime, C, H, U, Q> Builder<R, C, H, U, Q> {
    /// Memoizes a function that cannot fail.
    pub fn wrap<A, V, F, Fut>(self, function: F) -> Memo<A, V, Infallible, R>
    where
        Made<C, H, U>:
            Takes<A, Sent> + Holds<V, Sent> + Assemble<A, V, Infallible, R::Threading, Sent>,
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = V> + Send + 'static,
    {
        let cache = self.made::<A, V, Infallible, F, Sent>();
        // There is no error to show.
        Memo::sent::<Sure, _, _>(
            cache,
            move |arguments, _| function(arguments),
            false,
            Way::UNKNOWN,
        )
    }

    /// Memoizes a function that can fail: an error is returned to the callers that wait for it, and
    /// is not kept.
    pub fn try_wrap<A, V, E, F, Fut, M>(self, function: F) -> Memo<A, V, E, R>
    where
        Q: ErrorsChoice<E, M>,
        Made<C, H, U>: Takes<A, Sent>
            + Holds<V, Sent>
            + FailsWith<E, Sent>
            + Assemble<A, V, E, R::Threading, Sent>,
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        let cache = self.made::<A, V, E, F, Sent>();
        Memo::sent::<Plain, _, _>(cache, move |arguments, _| function(arguments), false, Q::way())
    }

    /// Memoizes a function that is handed the entry it replaces, and sets how its value is kept:
    /// see [`Cache::load_with`] and [`Cached`]. [`Memo::uncached`] hands it no entry.
    pub fn wrap_loader<A, V, E, F, Fut, M>(self, function: F) -> Memo<A, V, E, R>
    where
        Q: ErrorsChoice<E, M>,
        Made<C, H, U>: Takes<A, Sent>
            + Holds<V, Sent>
            + FailsWith<E, Sent>
            + Assemble<A, V, E, R::Threading, Sent>,
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        Memo::sent::<WithSettings, _, _>(self.made::<A, V, E, F, Sent>(), function, true, Q::way())
    }

    /// Builds a cache whose calls bring their loads.
    pub fn build<A, V, E>(self) -> Cache<A, V, E, R>
    where
        Made<C, H, U>: Takes<A, Sent>
            + Holds<V, Sent>
            + FailsWith<E, Sent>
            + Assemble<A, V, E, R::Threading, Sent>,
    {
        self.made::<A, V, E, Cache<A, V, E, R>, Sent>()
    }

    /// Memoizes a function that cannot fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn wrap_local<A, V, F, Fut>(self, function: F) -> Memo<A, V, Infallible, R>
    where
        R: Runtime<Threading = SingleThreaded>,
        Made<C, H, U>: Holds<V, Kept> + Assemble<A, V, Infallible, SingleThreaded, Kept>,
        A: 'static,
        V: Clone + 'static,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = V> + 'static,
    {
        let cache = self.made::<A, V, Infallible, F, Kept>();
        Memo::kept::<Sure, _, _>(
            cache,
            move |arguments, _| function(arguments),
            false,
            Way::UNKNOWN,
        )
    }

    /// Memoizes a function that can fail, on a single-threaded runtime, where nothing has to be
    /// `Send`.
    pub fn try_wrap_local<A, V, E, F, Fut, M>(self, function: F) -> Memo<A, V, E, R>
    where
        Q: ErrorsChoice<E, M>,
        R: Runtime<Threading = SingleThreaded>,
        Made<C, H, U>: Holds<V, Kept> + Assemble<A, V, E, SingleThreaded, Kept>,
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        F: Fn(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        let cache = self.made::<A, V, E, F, Kept>();
        Memo::kept::<Plain, _, _>(cache, move |arguments, _| function(arguments), false, Q::way())
    }

    /// Memoizes a function as [`wrap_loader`](Self::wrap_loader) does, on a single-threaded
    /// runtime, where nothing has to be `Send`.
    pub fn wrap_loader_local<A, V, E, F, Fut, M>(self, function: F) -> Memo<A, V, E, R>
    where
        Q: ErrorsChoice<E, M>,
        R: Runtime<Threading = SingleThreaded>,
        Made<C, H, U>: Holds<V, Kept> + Assemble<A, V, E, SingleThreaded, Kept>,
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Memo::kept::<WithSettings, _, _>(self.made::<A, V, E, F, Kept>(), function, true, Q::way())
    }

    /// Builds a cache whose calls bring their loads, on a single-threaded runtime, where nothing
    /// has to be `Send`.
    pub fn build_local<A, V, E>(self) -> Cache<A, V, E, R>
    where
        R: Runtime<Threading = SingleThreaded>,
        Made<C, H, U>: Holds<V, Kept> + Assemble<A, V, E, SingleThreaded, Kept>,
    {
        self.made::<A, V, E, Cache<A, V, E, R>, Kept>()
    }

    /// Memoizes a function that can fail, with a registry of updates of the user's: short for
    /// [`update_statuses`](Self::update_statuses) and [`try_wrap`](Self::try_wrap).
    pub fn try_wrap_with<A, V, E, U2, F, Fut, M>(
        self,
        statuses: U2,
        function: F,
    ) -> Memo<A, V, E, R>
    where
        Q: ErrorsChoice<E, M>,
        Made<C, H, Statuses<U2>>: Takes<A, Sent>
            + Holds<V, Sent>
            + FailsWith<E, Sent>
            + Assemble<A, V, E, R::Threading, Sent>,
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        self.update_statuses(statuses).try_wrap(function)
    }

    /// A function without a name gets the name of its type.
    fn made<A, V, E, F, S>(self) -> Cache<A, V, E, R>
    where
        Made<C, H, U>: Assemble<A, V, E, R::Threading, S>,
    {
        let Self { runtime, components, hooks, registry, calls, .. } = self;
        let settings = calls.settings(type_name::<F>());
        let method = settings.method;
        let made = Made { components, hooks, registry, settings };
        let clock = <R::Threading as ThreadingOf<R>>::clock(runtime.clone());
        let Assembled { hot, glances, front } = made.assemble(clock);
        let tallied = front.engine().tallied();
        // A stored entry is an answer only if the engine has asked about it.
        let hot = hot.filter(|_| !front.engine().validates());
        Cache::new(Inner { hot, glances, tallied, runtime, front, method })
    }
}

impl<A, V, E, R> Default for Cache<A, V, E, R>
where
    R: Runtime + Default,
    Made<super::Assembly, crate::resilience::Hooks, super::BuiltIn>: Takes<A, Sent>
        + Holds<V, Sent>
        + FailsWith<E, Sent>
        + Assemble<A, V, E, R::Threading, Sent>,
{
    /// Builds a cache with the defaults of [`Builder::on`].
    fn default() -> Self {
        Builder::on(R::default()).build()
    }
}
