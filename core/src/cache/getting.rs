//! The future of a read without a load.

use core::{
    fmt,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{
    inner::{Glanced, Inner},
    query::{AskedBy, Query},
};
use crate::{
    configuration::Stage,
    form::Value,
    hidden::AnyValue,
    runtime::{AnyEngine, Front, Runtime, ValueOf},
    types::FutureOf,
};

pin_project! {
    /// A read of a cache that loads nothing: [`Cache::get`](crate::Cache::get) and
    /// [`Memo::get`](crate::Memo::get) return it.
    ///
    /// Awaited, it yields the answer that is stored, if there is one. Over memory it is ready at
    /// its first poll. Dropped, it is given up, and has counted nothing unless it was ready.
    ///
    /// # Panics
    ///
    /// Polled after it has answered.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime.clone())
    ///     .update_after(Duration::from_secs(60))
    ///     .wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.get(&12).await, None);
    /// squares.call(12).await.unwrap();
    /// runtime.advance(Duration::from_secs(60)).await;
    /// assert_eq!(squares.get(&12).await, Some(144));
    /// assert_eq!(squares.get(&12).fresh().await, None);
    /// assert_eq!(squares.stats().refreshes, 0);
    /// # });
    /// ```
    #[must_use = "a read does nothing unless it is awaited"]
    #[project(!Unpin)]
    pub struct Get<'a, A, V, E, R, Q>
    where
        R: Runtime,
        Q: AskedBy<A>,
    {
        cache: &'a Inner<A, V, E, R>,
        // Gone once the read has begun.
        by: Option<Q::By>,
        fresh: bool,
        look: Option<FutureOf<R::Threading, Option<ValueOf<R::Threading>>>>,
    }
}

impl<'a, A, V, E, R: Runtime, Q: AskedBy<A>> Get<'a, A, V, E, R, Q> {
    pub(super) const fn new(cache: &'a Inner<A, V, E, R>, by: Q::By) -> Self {
        Self { cache, by: Some(by), fresh: false, look: None }
    }

    /// Refuses an answer that is stale, and counts it as absent. Setting it twice changes nothing.
    #[inline]
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }
}

impl<A, V, E, R, Q> Future for Get<'_, A, V, E, R, Q>
where
    V: Clone + 'static,
    R: Runtime,
    Q: Query<A>,
{
    type Output = Option<V>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<V>> {
        let this = self.project();
        if let Some(by) = this.by.take() {
            match begun::<A, V, E, R, Q>(this.cache, &by, *this.fresh) {
                ControlFlow::Break(answer) => return Poll::Ready(answer),
                ControlFlow::Continue(look) => *this.look = Some(look),
            }
        }
        let Some(look) = this.look else { panic!("a read was polled after it had answered") };
        let value = ready!(Pin::new(look).poll(cx));
        *this.look = None;
        Poll::Ready(value.map(AnyValue::into_value))
    }
}

/// Looks at a glance, and begins a closer look if that does not decide.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
fn begun<A, V: Clone, E, R: Runtime, Q: Query<A>>(
    cache: &Inner<A, V, E, R>,
    by: &Q::By,
    fresh: bool,
) -> ControlFlow<Option<V>, FutureOf<R::Threading, Option<ValueOf<R::Threading>>>> {
    let engine = cache.front.engine();
    match cache.look::<Q, Value>(by, None) {
        ControlFlow::Break(value) => return ControlFlow::Break(Some(value)),
        ControlFlow::Continue(Glanced::Memory(_, Some(_))) => {
            engine.absent();
            return ControlFlow::Break(None);
        }
        ControlFlow::Continue(Glanced::Memory(_, None)) => {}
        ControlFlow::Continue(Glanced::Nowhere) => {
            if let Some(hit) = cache.look_behind(Q::asked(by), false, &mut Stage::Start) {
                return ControlFlow::Break(Some(hit.value));
            }
        }
    }
    let (configuration, key) = cache.front.keyed(Q::asked(by));
    ControlFlow::Continue(engine.get(configuration, key, fresh))
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>> fmt::Debug for Get<'_, A, V, E, R, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("fresh", &self.fresh).finish_non_exhaustive()
    }
}
