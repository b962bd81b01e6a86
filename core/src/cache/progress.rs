//! The state of a call: nothing until it is polled, small while it waits.

use core::{
    ops::ControlFlow,
    task::{Context, Poll},
};

use super::{
    background::Background,
    inner::{Glanced, Inner},
    loader::{Loading, Previous},
    query::{AskedBy, Query},
};
use crate::{
    configuration::Stage,
    error::Error,
    form::{Form, Options, Wants},
    key::Asked,
    outcome::Refresh,
    runtime::{AnyEngine, Ask, CalledIn, ErrorOf, Front, Make, Runtime, WaitOf},
};

/// A call without its cache: first its arguments and load, then what it waits for.
pub(super) struct Progress<A, R: Runtime, Q: AskedBy<A>, L> {
    /// The arguments, and the parts of the load; gone once the load is made, or the call has
    /// answered.
    ask: Option<(Q::By, L)>,
    loading: Loading<L, A, R::Threading>,
    /// The future to wait for, once the call has looked.
    wait: Option<WaitOf<R::Threading>>,
}

impl<A, R: Runtime, Q: AskedBy<A>, L> Progress<A, R, Q, L> {
    pub(super) const fn new(by: Q::By, load: L, loading: Loading<L, A, R::Threading>) -> Self {
        Self { ask: Some((by, load)), loading, wait: None }
    }
}

impl<A, R: Runtime, Q: Query<A>, L> Progress<A, R, Q, L> {
    // Each step is a function of its own: otherwise, in a debug build, large values would need a
    // lot of the stack below the load.

    /// Looks in the first poll, and goes on if that does not answer.
    // Inlined, since a hit is shorter than a call of this function.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn poll_as<W: Form<V>, V: Clone, E>(
        &mut self,
        cache: &Inner<A, V, E, R>,
        options: Option<&Options>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        match self.glance::<W, V, E>(cache, options) {
            ControlFlow::Break(answer) => Poll::Ready(Ok(answer)),
            ControlFlow::Continue(glanced) => self.on::<W, V, E>(cache, options, glanced, cx),
        }
    }

    /// Starts the load in the background, and waits for nothing.
    pub(super) fn refresh<V, E>(
        self,
        cache: &Inner<A, V, E, R>,
    ) -> Result<Refresh, Error<ErrorOf<R::Threading>>> {
        let Self { ask, loading, .. } = self;
        let Some((by, load)) = ask else { unreachable!("it has not been polled") };
        let (configuration, key) = cache.front.keyed(Q::asked(&by));
        let wants_previous = (loading.wants_previous)(&load);
        let make =
            |previous| cache.front.loading((loading.make)(load, Q::into_arguments(by), previous));
        let mut background = Background { make: Some(make), wants_previous };
        cache.front.engine().refresh(configuration, key, &mut background)
    }

    /// Looks for the first time, unless the call has looked, and answers with a fresh entry.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn glance<W: Form<V>, V: Clone, E>(
        &mut self,
        cache: &Inner<A, V, E, R>,
        options: Option<&Options>,
    ) -> ControlFlow<W::Answer, Option<Glanced>> {
        ControlFlow::Continue(match (&self.wait, &self.ask) {
            (None, Some((by, _))) => match cache.look::<Q, W>(by, options) {
                ControlFlow::Break(answer) => {
                    self.ask = None;
                    return ControlFlow::Break(answer);
                }
                ControlFlow::Continue(glanced) => Some(glanced),
            },
            _ => None,
        })
    }

    // Moves the state out and back, so that nothing refers to a call that is answered at a glance:
    // the call then need not be in memory at all.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn on<W: Form<V>, V: Clone, E>(
        &mut self,
        cache: &Inner<A, V, E, R>,
        options: Option<&Options>,
        glanced: Option<Glanced>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        match self.taken().proceed::<W, V, E>(cache, options, glanced, cx) {
            ControlFlow::Break(answer) => Poll::Ready(answer),
            ControlFlow::Continue(progress) => {
                *self = progress;
                Poll::Pending
            }
        }
    }

    /// Takes the state of a call that has answered.
    #[cfg_attr(not(debug_assertions), inline(always))]
    const fn taken(&mut self) -> Self {
        let Self { ask, loading, wait } = self;
        Self { ask: ask.take(), loading: *loading, wait: wait.take() }
    }

    // Apart, so that a hit in the cache's own memory does not pay for its frame.
    #[cold]
    #[inline(never)]
    fn proceed<W: Form<V>, V: Clone, E>(
        self,
        cache: &Inner<A, V, E, R>,
        options: Option<&Options>,
        glanced: Option<Glanced>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        match glanced {
            Some(Glanced::Nowhere) if options.is_none() => self.look_behind::<W, V, E>(cache, cx),
            glanced => self.wait::<W, V, E>(cache, options, glanced.map(Glanced::stage), cx),
        }
    }

    /// Looks through the components for a call without options, and leads or joins if that does not
    /// answer.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_behind<W: Form<V>, V: Clone, E>(
        self,
        cache: &Inner<A, V, E, R>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        let mut stage = Stage::Start;
        if let Some((by, _)) = &self.ask
            && let Some(hit) = cache.look_behind(Q::asked(by), W::DATED, &mut stage)
        {
            return ControlFlow::Break(Ok(W::of(hit)));
        }
        self.wait::<W, V, E>(cache, None, Some(stage), cx)
    }

    /// Leads or joins, if there is a stage to begin at; otherwise goes on waiting.
    #[cold]
    #[inline(never)]
    fn wait<W: Form<V>, V: Clone, E>(
        mut self,
        cache: &Inner<A, V, E, R>,
        options: Option<&Options>,
        stage: Option<Stage>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<Result<W::Answer, Error<E>>, Self> {
        let (ask, loading) = (&mut self.ask, &self.loading);
        let wants = Wants::of::<V, W>(options);
        let mut asking = Asker::<A, R, Q, L> { ask, loading, wants };
        match cache.front.poll(&mut self.wait, &mut asking, stage, cx) {
            Poll::Ready(answer) => {
                self.ask = None;
                ControlFlow::Break(answer.map(W::of))
            }
            Poll::Pending => ControlFlow::Continue(self),
        }
    }
}

/// The arguments and the load of a call, as the engine asks for them.
struct Asker<'a, A, R: Runtime, Q: AskedBy<A>, L> {
    ask: &'a mut Option<(Q::By, L)>,
    loading: &'a Loading<L, A, R::Threading>,
    wants: Wants<'a>,
}

impl<A, R: Runtime, Q: Query<A>, L> Ask<A, R::Threading> for Asker<'_, A, R, Q, L> {
    fn wants(&self) -> Wants<'_> {
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
