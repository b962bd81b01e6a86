//! The objects of a family: a cache without its handles, its engine, and the calls and runtimes
//! that the engine sees.

use core::{
    any::Any,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    Domain,
    threading::{AnyAnswer, CalledIn, ErrorOf, KeyOf, Threading, ValueOf},
};
use crate::{
    cached::Cached,
    closing::Unfinished,
    configuration::{AnyConfiguration, GlanceAt, Stage, TypedConfiguration},
    entry::CacheEntry,
    error::{Error, StorageError},
    form::Wants,
    future::Consultation,
    key::Asked,
    observer::Trigger,
    outcome::{Outcome, Refresh},
    stats::Stats,
    storage::{Bounds, Found, Usage},
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::{boxed::Box, vec::Vec};

/// A cache without its handles, with the types of its arguments, values and errors.
///
/// Each method is compiled for each of these types, used or not, so there are as few as will do.
#[doc(hidden)]
pub trait Front<A, V, E, M: Threading> {
    /// Goes on with a call that has found nothing fresh, from the stage that it has reached, or
    /// with what it waits for.
    fn poll(
        &self,
        wait: &mut Option<WaitOf<M>>,
        ask: &mut dyn Ask<A, M>,
        stage: Option<Stage>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Outcome<V>, Error<E>>>;

    /// Returns the current configuration, and the key of the arguments.
    fn keyed(&self, asked: Asked<'_, A>) -> (Arc<M::Configuration>, KeyOf<M>);

    /// Hides the type of a value.
    fn hidden(&self, value: V) -> ValueOf<M>;

    /// Makes a load of a caller's future, whose types it hides.
    fn loading(&self, called: CalledIn<M>) -> Load<M>;

    /// Stores a value with settings of its `own`, if that takes no wait and nothing else has to do
    /// with the key; otherwise the value stays where it is.
    fn insert_at_once(&self, arguments: &A, value: &mut Option<V>, own: &Cached<()>);

    /// Returns the engine.
    fn engine(&self) -> &M::Engine;
}

/// Drops an engine, by a destructor that is compiled with the engine and not with its owner.
#[doc(hidden)]
pub trait EngineOwner<M: Threading> {
    fn engine(&self) -> &M::Engine;
}

/// The engine of a cache, compiled once for all types.
///
/// Its methods are functions of the one engine that a family has, and are called directly: a
/// program contains those that it calls.
#[doc(hidden)]
pub trait AnyEngine<M: Threading> {
    type Evictions;
    type Permits;
    type Sweeps;
    type Writes;
    type RegistryFns;
    type LookFns;

    /// Goes on with a call that the storage has no fresh entry for.
    fn call(&self, missed: Missed<M>, ask: &mut dyn AnyAsk<M>, cx: &mut Context<'_>) -> AnyGone<M>;

    /// Goes on with what a call has to wait for.
    fn go_on(
        &self,
        wait: &mut Option<WaitOf<M>>,
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> Poll<AnyAnswer<M>>;

    /// Loads whatever is stored.
    fn force(&self, missed: Missed<M>, ask: &mut dyn AnyAsk<M>, cx: &mut Context<'_>)
    -> AnyGone<M>;

    /// Returns the engine's functions for a strategy of the user's.
    fn evictions() -> Self::Evictions;

    /// Returns the engine's functions for a storage that waits.
    fn look_fns() -> Self::LookFns;

    /// Returns the permits for at most `loads` loads at a time.
    fn permits(loads: usize) -> Self::Permits;

    /// Returns how dead entries are removed once in a period.
    fn sweeps(period: Duration) -> Self::Sweeps;

    /// Returns the engine's functions for writes that take time.
    fn writes() -> Self::Writes;

    /// Returns the engine's functions for a registry of the user's.
    fn registry_fns() -> Self::RegistryFns;

    /// Returns whether the storage counts the cache's hits.
    fn tallied(&self) -> bool;

    /// Returns whether the user is asked about each stored entry that is to answer.
    fn validates(&self) -> bool;

    /// Counts a hit.
    fn hit(&self);

    /// Fails a call that finds no configuration.
    fn refuse(&self) -> Error<ErrorOf<M>>;

    /// Returns how many removals have ended, before a look.
    fn noted_removals(&self) -> usize;

    /// Returns whether the stored entry of any key may have to be hidden, or asked about.
    fn hides_any(&self) -> bool;

    /// Returns what a look that begins now may see of a key. Its result is valid if the sight is
    /// the same at its end.
    fn sight(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> Option<usize>;

    fn clock(&self) -> &M::Clock;

    /// Returns the value that would answer a call at once, and counts how it was found.
    fn get(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
        fresh: bool,
    ) -> M::Future<Option<ValueOf<M>>>;

    /// Counts a read that has found nothing.
    fn absent(&self);

    /// Reads what is there at once, and moves and counts nothing; an entry that is still being
    /// stored, too, if that is asked for.
    fn peek(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        landing: bool,
        usage: &mut Usage,
    ) -> Option<CacheEntry<ValueOf<M>>>;

    /// Returns the current configuration.
    fn configuration(&self) -> Arc<M::Configuration>;

    /// Returns whether an entry that is stored may be seen.
    fn is_shown(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        entry: &CacheEntry<ValueOf<M>>,
    ) -> bool;

    /// Lists the loads in progress, but for those that are in their first poll.
    fn flights(&self) -> Vec<FlightView<M>>;

    /// Returns whether a load of a key is in progress.
    fn is_loading(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> bool;

    fn insert(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
        value: Cached<ValueOf<M>>,
    ) -> M::Future<Result<(), StorageError>>;

    /// Makes several changes in their order, and returns the first error; the others are made all
    /// the same.
    fn change_many(&self, changes: Vec<OneOfMany<M>>) -> M::Future<Result<(), StorageError>>;

    fn invalidate(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
    ) -> M::Future<Result<(), StorageError>>;

    /// Updates a value in a storage that never waits; `None` if this one may.
    fn update_at_once(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        compute: &mut Compute<'_, M>,
    ) -> Option<Result<(), StorageError>>;

    /// Updates a value in a storage that may wait. The caller answers the questions.
    fn update(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
        consultation: Arc<Consultation<ValueOf<M>>>,
    ) -> M::Future<Result<(), StorageError>>;

    /// Starts a load in the background, unless one of the key is under way.
    fn refresh(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
        ask: &mut dyn AnyAsk<M>,
    ) -> Result<Refresh, Error<ErrorOf<M>>>;
    /// Lets `take` remove an entry from memory, if nothing else is to be done for that, and returns
    /// whether it has.
    fn remove_at_once(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        take: &mut dyn FnMut(),
    ) -> bool;

    /// Removes an entry, and hands it out.
    fn remove(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
    ) -> M::Future<Found<ValueOf<M>, StorageError>>;

    /// Removes all entries.
    fn clear(&self) -> M::Future<Result<(), StorageError>>;

    /// Sets the capacity if one is given, and returns how much is stored.
    fn bounds(&self, capacity: Option<usize>) -> Bounds;

    fn stats(&self) -> Stats;

    /// Returns the number of loads in progress.
    fn in_flight(&self) -> usize;

    /// Lets no load begin any more, and ends those that have not begun.
    fn close(&self);

    /// Waits until the loads and writes that are in progress now have ended.
    fn drain(&self) -> M::Future<()>;

    /// Does so for so long at most, by the cache's own runtime, and then gives up what is left.
    fn drain_within(&self, within: Duration) -> M::Future<Unfinished>;
}

/// A load in progress.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct FlightView<M: Threading> {
    pub key: KeyOf<M>,
    pub callers: usize,
    pub trigger: Trigger,
    pub landed: bool,
    pub deadline: Instant,
}

/// One of several changes that are made together.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct OneOfMany<M: Threading> {
    pub configuration: Arc<M::Configuration>,
    pub key: KeyOf<M>,
    /// What is inserted; without a value the key is invalidated.
    pub value: Option<Cached<ValueOf<M>>>,
}

/// Makes a new value of the present one; `None` stands for no value.
#[doc(hidden)]
pub type Compute<'a, M> = dyn FnMut(Option<&ValueOf<M>>) -> Option<ValueOf<M>> + 'a;

/// The result of a first look.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct Missed<M: Threading> {
    pub configuration: Arc<M::Configuration>,
    pub key: KeyOf<M>,
    /// The hash of the key, if the flights use the storage's.
    pub hash: Option<u64>,
    /// The number of writes before the look, if there certainly was no entry.
    pub nothing: Option<usize>,
    /// The result of a closer look; `None` if the storage has to be waited for.
    pub found: Option<Found<ValueOf<M>, StorageError>>,
    /// How many removals had ended before that look.
    pub removals: Option<usize>,
}

/// A call, as the engine asks it for what it needs.
#[doc(hidden)]
pub trait AnyAsk<M: Threading> {
    /// Returns what the call is to yield.
    fn wants(&self) -> Wants<'_>;

    /// Returns whether the load is handed the entry that it replaces.
    fn wants_previous(&self) -> bool;

    /// Makes the load, whose closure is called when it is polled for the first time. Called once.
    fn make(&mut self, previous: Option<CacheEntry<ValueOf<M>>>) -> Load<M>;
}

/// The same with the call's arguments.
#[doc(hidden)]
pub trait Ask<A, M: Threading>: Make<M> {
    /// Returns what the call is to yield.
    fn wants(&self) -> Wants<'_>;

    /// Returns the call's arguments.
    fn asked(&self) -> Asked<'_, A>;

    /// Returns whether the load is handed the entry that it replaces.
    fn wants_previous(&self) -> bool;
}

/// A call that makes its load.
#[doc(hidden)]
pub trait Make<M: Threading> {
    /// Makes the future of the load, which calls the caller's closure in its first poll. Called
    /// once.
    fn make(&mut self, previous: Option<CacheEntry<ValueOf<M>>>) -> CalledIn<M>;
}

/// The future of a caller's closure or function, whose type is hidden, and that of its output too.
#[doc(hidden)]
pub trait Called {
    /// Polls the future, and at its end stores its output in `yielded`, an
    /// `Option<Result<Cached<V>, Raised<E>>>`.
    fn poll_into(self: Pin<&mut Self>, cx: &mut Context<'_>, yielded: &mut dyn Any) -> Poll<()>;
}

/// A load, or what is left of one.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Load<M: Threading> {
    called: CalledIn<M>,
    /// Polls the future, and hides the types of its output.
    poll: PollFn<M>,
}

type PollFn<M> = fn(
    Pin<&mut <M as Threading>::Called>,
    &mut Context<'_>,
) -> Poll<Result<Cached<ValueOf<M>>, ErrorOf<M>>>;

impl<M: Threading> Load<M> {
    pub(crate) const fn new(called: CalledIn<M>, poll: PollFn<M>) -> Self {
        Self { called, poll }
    }
}

impl<M: Threading> Future for Load<M> {
    type Output = Result<Cached<ValueOf<M>>, ErrorOf<M>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        (self.poll)(self.called.as_mut(), cx)
    }
}

/// The future of a wait.
#[doc(hidden)]
pub type WaitOf<M> = <M as Threading>::Future<Waited<M>>;

/// The result of a call at once, before it gets its types back.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum AnyGone<M: Threading> {
    Ready(AnyAnswer<M>),
    Wait(WaitOf<M>),
}

/// The result of a wait.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum Waited<M: Threading> {
    Answer(AnyAnswer<M>),
    /// The call needs its load after all.
    Again(Box<M::Again>),
}

/// A call that goes on with the load that it has.
#[doc(hidden)]
pub trait Resume<M: Threading> {
    fn resume(self: Box<Self>, ask: &mut dyn AnyAsk<M>, cx: &mut Context<'_>) -> AnyGone<M>;
}

/// A runtime, as the engine knows it.
#[doc(hidden)]
pub trait AnyClock<M: Threading>: CoarseClock {
    fn now(&self) -> Instant;
    fn coarse(&self) -> (Instant, Duration);
    fn sleep(&self, duration: Duration) -> M::Task;
    fn spawn(&self, task: M::Task);
    fn bind(&self) -> Option<Arc<M::Clock>>;
    fn can_bind(&self) -> bool;
    fn entered(&self) -> bool;
    fn domain(&self) -> Option<Domain>;
}

/// A configuration that a first look and the engine see, each with its own types.
#[doc(hidden)]
pub trait TypedIn<A, K, V, M: Threading>:
    GlanceAt<A, V>
    + TypedConfiguration<A, K, V>
    + AnyConfiguration<
        KeyOf<M>,
        ValueOf<M>,
        M::Future<Found<ValueOf<M>, StorageError>>,
        M::Future<Result<(), StorageError>>,
    >
{
}

impl<A, K, V, M, T> TypedIn<A, K, V, M> for T
where
    M: Threading,
    T: GlanceAt<A, V>
        + TypedConfiguration<A, K, V>
        + AnyConfiguration<
            KeyOf<M>,
            ValueOf<M>,
            M::Future<Found<ValueOf<M>, StorageError>>,
            M::Future<Result<(), StorageError>>,
        >,
{
}
