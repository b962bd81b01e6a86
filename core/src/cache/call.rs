//! The future of a call: nothing until polled, small while it waits.

use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    inner::{Glanced, Inner},
    loader::{Loading, Previous},
    query::Query,
};
use crate::{
    configuration::Stage,
    error::Error,
    key::Asked,
    outcome::{Forced, Form, Value, Wants, WithOutcome},
    runtime::{Ask, CalledIn, Front, Make, Runtime, WaitOf},
};

/// A call of a cache, which looks at its first poll and goes on if that does not answer it.
///
/// What there is to wait for then is in a box. Dropped, the call leaves its load to the other
/// callers, or to the runtime if there is none (see [`Abandon`](crate::Abandon)).
///
/// # Panics
///
/// Polled after it has answered.
#[must_use = "a call does nothing unless it is awaited"]
pub struct Call<'a, A, V, E, R: Runtime, Q: Query<A>, L, W = Value> {
    cache: &'a Inner<A, V, E, R>,
    /// What the call asks by, and what its load is made of; gone once that is made, or the call has
    /// answered.
    ask: Option<(Q::By, L)>,
    loading: Loading<L, A, R::Threading>,
    /// What there is to wait for, once the call has looked.
    wait: Option<WaitOf<R::Threading>>,
    form: PhantomData<fn() -> W>,
}

impl<'a, A, V, E, R: Runtime, Q: Query<A>, L, W> Call<'a, A, V, E, R, Q, L, W> {
    pub(crate) const fn new(
        cache: &'a Inner<A, V, E, R>,
        by: Q::By,
        load: L,
        loading: Loading<L, A, R::Threading>,
    ) -> Self {
        Self { cache, ask: Some((by, load)), loading, wait: None, form: PhantomData }
    }
}

impl<'a, A, V, E, R: Runtime, Q: Query<A>, L> Call<'a, A, V, E, R, Q, L> {
    /// Yields where the value came from and how old it is, too.
    pub fn outcome(self) -> Call<'a, A, V, E, R, Q, L, WithOutcome> {
        self.formed()
    }

    /// Loads whatever is stored.
    #[doc(hidden)]
    pub fn forced(self) -> Call<'a, A, V, E, R, Q, L, Forced> {
        self.formed()
    }

    fn formed<W>(self) -> Call<'a, A, V, E, R, Q, L, W> {
        let Self { cache, ask, loading, wait, .. } = self;
        Call { cache, ask, loading, wait, form: PhantomData }
    }
}

/// Nothing in it is pinned in place: what is waited for is pinned in its box.
impl<A, V, E, R: Runtime, Q: Query<A>, L, W> Unpin for Call<'_, A, V, E, R, Q, L, W> {}

impl<A, V, E, R, Q, L, W> Future for Call<'_, A, V, E, R, Q, L, W>
where
    V: Clone,
    R: Runtime,
    Q: Query<A>,
    W: Form<V>,
{
    type Output = Result<W::Answer, Error<E>>;

    // A hit is shorter than what calling it would add.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.glance() {
            ControlFlow::Break(answer) => Poll::Ready(Ok(answer)),
            ControlFlow::Continue(glanced) => self.on(glanced, cx),
        }
    }
}

impl<A, V, E, R, Q, L, W> Call<'_, A, V, E, R, Q, L, W>
where
    V: Clone,
    R: Runtime,
    Q: Query<A>,
    W: Form<V>,
{
    // Each step apart, as in a debug build large values would need a lot of the stack below the load.

    /// Looks for the first time, if the call has not done so, and answers with what is fresh.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn glance(&mut self) -> ControlFlow<W::Answer, Option<Glanced>> {
        ControlFlow::Continue(match (&self.wait, &self.ask) {
            (None, Some((by, _))) => match self.cache.look::<Q, W>(by) {
                ControlFlow::Break(answer) => {
                    self.ask = None;
                    return ControlFlow::Break(answer);
                }
                ControlFlow::Continue(glanced) => Some(glanced),
            },
            _ => None,
        })
    }

    // Moved out and back, so that nothing refers to a call that is answered at a glance: then it need
    // not be in memory at all.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn on(
        &mut self,
        glanced: Option<Glanced>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        match self.taken().proceed(glanced, cx) {
            ControlFlow::Break(answer) => Poll::Ready(answer),
            ControlFlow::Continue(call) => {
                *self = call;
                Poll::Pending
            }
        }
    }

    /// Leaves a call that has answered.
    #[cfg_attr(not(debug_assertions), inline(always))]
    const fn taken(&mut self) -> Self {
        let Self { cache, ask, loading, wait, form } = self;
        Self { cache: *cache, ask: ask.take(), loading: *loading, wait: wait.take(), form: *form }
    }

    // Apart, so that a hit in the cache's own memory does not pay for its frame.
    #[cold]
    #[inline(never)]
    fn proceed(
        self,
        glanced: Option<Glanced>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        match glanced {
            Some(Glanced::Nowhere) if !W::WANTS.forced => self.look_behind(cx),
            glanced => self.wait(glanced.map(Glanced::stage), cx),
        }
    }

    /// Looks through the components, and leads or joins if that does not answer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_behind(self, cx: &mut Context<'_>) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        let mut stage = Stage::Start;
        if let Some((by, _)) = &self.ask
            && let Some(hit) = self.cache.look_behind(Q::asked(by), W::WANTS.dated, &mut stage)
        {
            return ControlFlow::Break(Ok(W::of(hit)));
        }
        self.wait(Some(stage), cx)
    }

    /// Leads or joins, if there is a stage to begin at, else goes on with that.
    #[cold]
    #[inline(never)]
    fn wait(
        mut self,
        stage: Option<Stage>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        let (ask, loading) = (&mut self.ask, &self.loading);
        let mut asking = Asker::<A, R, Q, L> { ask, loading, wants: W::WANTS };
        match self.cache.front.poll(&mut self.wait, &mut asking, stage, cx) {
            Poll::Ready(answer) => {
                self.ask = None;
                ControlFlow::Break(answer.map(W::of))
            }
            Poll::Pending => ControlFlow::Continue(self),
        }
    }
}

/// What a call is asked for on its way.
struct Asker<'a, A, R: Runtime, Q: Query<A>, L> {
    ask: &'a mut Option<(Q::By, L)>,
    loading: &'a Loading<L, A, R::Threading>,
    wants: Wants,
}

impl<A, R: Runtime, Q: Query<A>, L> Ask<A, R::Threading> for Asker<'_, A, R, Q, L> {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn asked(&self) -> Asked<'_, A> {
        match &self.ask {
            Some((by, _)) => Q::asked(by),
            None => unreachable!("a call makes one load"),
        }
    }

    fn wants_previous(&self) -> bool {
        self.ask.as_ref().is_some_and(|(_, load)| (self.loading.wants_previous)(load))
    }
}

impl<A, R: Runtime, Q: Query<A>, L> Make<R::Threading> for Asker<'_, A, R, Q, L> {
    fn make(&mut self, previous: Previous<R::Threading>) -> CalledIn<R::Threading> {
        match self.ask.take() {
            Some((by, load)) => (self.loading.make)(load, Q::into_arguments(by), previous),
            None => unreachable!("a call makes one load"),
        }
    }
}

impl<A, V, E, R: Runtime, Q: Query<A>, L, W> fmt::Debug for Call<'_, A, V, E, R, Q, L, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
