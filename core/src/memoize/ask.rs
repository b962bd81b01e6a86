//! A call whose arguments are borrowed until it has to load.

use core::{fmt, future::Future};

use crate::{
    cache::Cache,
    call::{self, Borrowed, Full, Outcome, Value},
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    error::Error,
    flight::Load,
    invalidation::invalidate,
    key::{KeyExtractor, Lookup},
    load::{Called, Launchpad, Local, Method, Resume, Sendable, fallible, resumed, resumed_here},
    observer::Operation,
    parts::{Key, Of, Parts, SendParts},
    runtime::{Runtime, SingleThreaded},
    statuses::UpdateStatuses,
    sync::Arc,
};

// What has to hold for a cache is asked of it here, and not of the functions further on: so the
// compiler says once that something does not hold, and not once for each function.
impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
    Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
{
    /// Begins a call that finds its answer by `asked`.
    #[doc(hidden)]
    pub const fn ask<Q>(&self, asked: Q) -> Asking<'_, Of<A, V, E, R, C, U>, Q> {
        Asking { engine: self.engine(), asked }
    }
}

impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    /// Begins a call like [`ask`](Self::ask), on a single-threaded runtime.
    #[doc(hidden)]
    pub const fn ask_local<Q>(&self, asked: Q) -> Asking<'_, Of<A, V, E, R, C, U>, Q> {
        Asking { engine: self.engine(), asked }
    }
}

/// A call that has no load yet.
#[must_use = "it does nothing until it is told what to bring"]
pub struct Asking<'a, P: Parts, Q> {
    engine: &'a Arc<Engine<P>>,
    asked: Q,
}

impl<'a, P: Parts, Q: Lookup<P::Arguments>> Asking<'a, P, Q> {
    /// On a miss, `make` makes the load. So what that needs is cloned or owned on a miss only.
    #[inline]
    pub fn load<M, F, Fut>(
        self,
        make: M,
    ) -> Loading<'a, P, Q, impl Method<P> + use<P, Q, M, F, Fut>>
    where
        P: SendParts,
        M: FnOnce() -> F,
        F: FnOnce(P::Arguments) -> Fut + Send + 'static,
        Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
    {
        let method = Made(make);
        Loading { engine: self.engine, asked: self.asked, method }
    }

    /// Takes a load like [`load`](Self::load), on a single-threaded runtime.
    #[inline]
    pub fn load_local<M, F, Fut>(
        self,
        make: M,
    ) -> Loading<'a, P, Q, impl Method<P> + use<P, Q, M, F, Fut>>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
        M: FnOnce() -> F,
        F: FnOnce(P::Arguments) -> Fut + 'static,
        Fut: Future<Output = Result<P::Value, P::Error>> + 'static,
    {
        let method = MadeHere(make);
        Loading { engine: self.engine, asked: self.asked, method }
    }

    /// Removes the answer. What the storage says to that is counted, not returned.
    pub async fn invalidated(self) {
        let Self { engine, asked } = self;
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        let extractor = configuration.key_extractor();
        let key = extractor.key(engine.settings.method, &asked.to_key());
        if invalidate(engine, configuration, &key).await.is_err() {
            engine.storage_failed(Some(&key), Operation::Release);
        }
    }
}

/// A call that has all it needs; its methods say what it is to bring.
#[must_use = "it does nothing until it is told what to bring"]
pub struct Loading<'a, P: Parts, Q, L> {
    engine: &'a Arc<Engine<P>>,
    asked: Q,
    method: L,
}

impl<'a, P, Q, L> Loading<'a, P, Q, L>
where
    P: Parts,
    Q: Lookup<P::Arguments>,
    L: Method<P>,
{
    /// Brings the value.
    #[inline]
    pub fn value(
        self,
    ) -> impl Future<Output = Result<P::Value, Error<P::Error>>> + use<'a, P, Q, L> {
        call::call::<_, _, _, Value>(self.engine, Borrowed(self.asked), self.method)
    }

    /// Brings the value, where it came from and how old it is.
    pub fn outcome(
        self,
    ) -> impl Future<Output = Result<Outcome<P::Value>, Error<P::Error>>> + use<'a, P, Q, L> {
        call::call::<_, _, _, Full>(self.engine, Borrowed(self.asked), self.method)
    }

    /// Brings what a load brings that starts now.
    pub fn forced(
        self,
    ) -> impl Future<Output = Result<P::Value, Error<P::Error>>> + use<'a, P, Q, L> {
        call::force::<_, _, _, Value>(self.engine, Borrowed(self.asked), self.method)
    }
}

/// A method that is made when it is needed.
struct Made<M>(M);

impl<P, M, F, Fut> Method<P> for Made<M>
where
    P: SendParts,
    M: FnOnce() -> F,
    F: FnOnce(P::Arguments) -> Fut + Send + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
{
    fn start(self, arguments: P::Arguments, previous: Option<CacheEntry<P::Value>>) -> Called<P> {
        Method::<P>::start(Sendable::new(fallible((self.0)())), arguments, previous)
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        Sendable::new(fallible((self.0)())).launch(pad, arguments)
    }

    fn resume(&self) -> Resume<P> {
        resumed::<P>()
    }
}

/// The same, on a single-threaded runtime.
struct MadeHere<M>(M);

impl<P, M, F, Fut> Method<P> for MadeHere<M>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
    M: FnOnce() -> F,
    F: FnOnce(P::Arguments) -> Fut + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + 'static,
{
    fn start(self, arguments: P::Arguments, previous: Option<CacheEntry<P::Value>>) -> Called<P> {
        Method::<P>::start(Local::new(fallible((self.0)())), arguments, previous)
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        Local::new(fallible((self.0)())).launch(pad, arguments)
    }

    fn resume(&self) -> Resume<P> {
        resumed_here::<P>()
    }
}

impl<P: Parts, Q> fmt::Debug for Asking<'_, P, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

impl<P: Parts, Q, L> fmt::Debug for Loading<'_, P, Q, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").finish_non_exhaustive()
    }
}
