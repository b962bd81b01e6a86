//! The two families of objects that caches are made of: those that may move between threads, and
//! those that stay on theirs.
//!
//! Handles name a family's objects and nothing else, so no parameter of [`Threading::Future`],
//! [`Threading::Function`] or [`Threading::Front`] has a bound, `'static` included: it would have to
//! be proven for every lifetime whenever the compiler asks whether a future of a handle is `Send`.

use core::{
    any::Any,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{Domain, Runtime};
use crate::{
    cached::Cached,
    configuration::{AnyConfiguration, GlanceAt, Stage, TypedConfiguration},
    entry::CacheEntry,
    error::{Error, StorageError},
    form::Wants,
    hidden::{AnyError, AnyKey, AnyValue, AsAny, KeyObject},
    key::Asked,
    outcome::Outcome,
    stats::Stats,
    statuses::{AnyRegistry, Landed},
    storage::{Bounds, Found},
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::boxed::Box;

/// The task type that `R` spawns: [`BoxFuture`](super::BoxFuture) or
/// [`LocalBoxFuture`](super::LocalBoxFuture).
///
/// # Examples
///
/// ```
/// use evermemo_core::{Runtime, Task};
///
/// /// Tasks that wait until the program is ready for them.
/// struct Waiting<R: Runtime> {
///     runtime: R,
///     tasks: Vec<Task<R>>,
/// }
///
/// impl<R: Runtime> Waiting<R> {
///     fn start(self) {
///         for task in self.tasks {
///             self.runtime.spawn(task);
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// # let time = runtime.clone();
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let task = Box::pin(async move { sender.send(144).unwrap() });
/// Waiting { runtime, tasks: vec![task] }.start();
/// # time.settle().await;
/// assert_eq!(receiver.recv(), Ok(144));
/// # });
/// ```
pub type Task<R> = <<R as Runtime>::Threading as Threading>::Task;

/// Says how a runtime's tasks relate to threads. Sealed: [`MultiThreaded`] and
/// [`SingleThreaded`] are the two answers.
///
/// # Examples
///
/// ```
/// use evermemo_core::{SingleThreaded, Threading};
/// use std::{cell::Cell, rc::Rc};
///
/// /// Tasks of either kind of runtime, one after the other.
/// struct Queue<M: Threading>(Vec<M::Task>);
///
/// impl<M: Threading> Queue<M> {
///     async fn run(self) {
///         for task in self.0 {
///             task.await;
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |_| {
/// let done = Rc::new(Cell::new(false));
/// let not_send = done.clone();
/// Queue::<SingleThreaded>(vec![Box::pin(async move { not_send.set(true) })]).run().await;
/// assert!(done.get());
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no threading model: write `MultiThreaded` or `SingleThreaded`"
)]
pub trait Threading: sealed::Sealed + Sized + 'static {
    /// What [`Runtime::spawn`] takes.
    type Task: Future<Output = ()> + Unpin + 'static;

    /// An owned future with a result.
    #[doc(hidden)]
    type Future<T>: Future<Output = T> + Unpin;

    /// A function behind a pointer.
    #[doc(hidden)]
    type Function<I, O>: ?Sized + Fn(I) -> O;

    /// All of a cache but its handles.
    #[doc(hidden)]
    type Front<A, V, E>: ?Sized + Front<A, V, E, Self>;

    /// What is behind that, whatever its types.
    #[doc(hidden)]
    type Engine: AnyEngine<Self>;

    /// The owner of that.
    #[doc(hidden)]
    type EngineOwner: ?Sized + EngineOwner<Self> + 'static;

    /// A call that goes on with the load that it has.
    #[doc(hidden)]
    type Again: ?Sized + Resume<Self> + 'static;

    /// What a caller's closure or function has made.
    #[doc(hidden)]
    type Called: ?Sized + Called + 'static;

    /// A key.
    #[doc(hidden)]
    type Key: ?Sized + KeyObject + 'static;

    /// A value, or an error.
    #[doc(hidden)]
    type Any: ?Sized + AsAny + 'static;

    /// A runtime.
    #[doc(hidden)]
    type Clock: ?Sized + AnyClock<Self> + 'static;

    /// The components of one call, as the engine knows them.
    #[doc(hidden)]
    type Configuration: ?Sized
        + AnyConfiguration<
            KeyOf<Self>,
            ValueOf<Self>,
            Self::Future<Found<ValueOf<Self>, StorageError>>,
            Self::Future<Result<(), StorageError>>,
        > + 'static;

    /// The same, as a first look knows them.
    #[doc(hidden)]
    type Typed<A: 'static, K: 'static, V: 'static>: ?Sized
        + GlanceAt<A, V>
        + TypedConfiguration<A, K, V>
        + 'static;

    /// The same, as a glance knows them, which needs no types but those of the handle.
    #[doc(hidden)]
    type GlanceAt<A, V>: ?Sized + GlanceAt<A, V>;

    /// Where calls find their configuration.
    #[doc(hidden)]
    type Source<A: 'static, K: 'static, V: 'static>: ?Sized
        + Fn() -> Arc<Self::Typed<A, K, V>>
        + 'static;

    /// What a registry knows an update by.
    #[doc(hidden)]
    type Ticket: Clone + 'static;

    #[doc(hidden)]
    type Registry: ?Sized
        + AnyRegistry<
            KeyOf<Self>,
            ValueOf<Self>,
            ErrorOf<Self>,
            Self::Ticket,
            Self::Future<Landed<ValueOf<Self>, ErrorOf<Self>>>,
        > + 'static;

    /// Takes what was made for either family.
    #[doc(hidden)]
    fn sent(called: CalledIn<MultiThreaded>) -> CalledIn<Self>;

    /// Hides the type of a function that is `Send` and `Sync`, which either family may hold.
    #[doc(hidden)]
    fn function<I, O, F>(function: F) -> Arc<Self::Function<I, O>>
    where
        F: Fn(I) -> O + Send + Sync + 'static;

    /// Hides the type of a value that is `Send` and `Sync`, which either family may hold.
    #[doc(hidden)]
    fn any<T: Send + Sync + 'static>(value: T) -> Arc<Self::Any>;

    /// Sees the configuration of a first look as the engine does.
    #[doc(hidden)]
    fn untyped<A: 'static, K: 'static, V: 'static>(
        typed: Arc<Self::Typed<A, K, V>>,
    ) -> Arc<Self::Configuration>;

    /// Sees the configuration of a first look as a glance does.
    #[doc(hidden)]
    fn glance_at<A: 'static, K: 'static, V: 'static>(
        typed: Arc<Self::Typed<A, K, V>>,
    ) -> Arc<Self::GlanceAt<A, V>>;

    /// Makes an object of what is `Send`, which either family may hold.
    #[doc(hidden)]
    fn erase<T: Portable>(of: T::Of<Self>) -> T::Made<Self>;
}

/// What an engine calls a key.
#[doc(hidden)]
pub type KeyOf<M> = AnyKey<<M as Threading>::Key>;

/// What an engine calls a value.
#[doc(hidden)]
pub type ValueOf<M> = AnyValue<<M as Threading>::Any>;

/// What an engine calls an error of the method.
#[doc(hidden)]
pub type ErrorOf<M> = AnyError<<M as Threading>::Any>;

/// What an engine needs for a strategy of the user's.
#[doc(hidden)]
pub type EvictionsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Evictions;

/// What an engine needs for a bound on its loads.
#[doc(hidden)]
pub type PermitsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Permits;
/// What an engine needs where writes take time.
pub(crate) type WritesOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Writes;

/// What an engine needs for a registry of the user's.
#[doc(hidden)]
pub type RegistryFnsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::RegistryFns;

/// What an engine needs for a storage that waits.
pub(crate) type LookFnsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::LookFns;

/// What a caller's closure or function has made, in its box.
#[doc(hidden)]
pub type CalledIn<M> = Pin<Box<<M as Threading>::Called>>;

/// What a call comes to, before it gets its types back.
#[doc(hidden)]
pub type AnyAnswer<M> = Result<Outcome<ValueOf<M>>, Error<ErrorOf<M>>>;

/// The family of a runtime: that the runtime may be shared, if its family asks for that, is proven
/// where the runtime says so.
///
/// # Examples
///
/// Code that is generic over the family names it:
///
/// ```
/// use evermemo_core::{MultiThreaded, Runtime, Threading, ThreadingOf};
///
/// /// Starts what it has kept for a runtime that is known later.
/// struct Kept<M: Threading>(Vec<M::Task>);
///
/// impl<M: Threading> Kept<M> {
///     fn start<R>(self, runtime: &R)
///     where
///         R: Runtime<Threading = M>,
///         M: ThreadingOf<R>,
///     {
///         for task in self.0 {
///             runtime.spawn(task);
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let (sender, receiver) = std::sync::mpsc::channel();
/// Kept::<MultiThreaded>(vec![Box::pin(async move { sender.send(144).unwrap() })]).start(&runtime);
/// # runtime.settle().await;
/// assert_eq!(receiver.recv(), Ok(144));
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{R}` is no runtime of the model `{Self}`: name `SingleThreaded`, or make it \
               `Send` and `Sync`"
)]
pub trait ThreadingOf<R>: Threading {
    /// Hides the type of a runtime.
    #[doc(hidden)]
    fn clock(runtime: R) -> Arc<Self::Clock>;
}

/// What becomes an object of either family.
///
/// Generic code cannot know that something is `Send` if its family asks for it. Whatever becomes an
/// object proves it here, for one family at a time.
#[doc(hidden)]
pub trait Portable {
    /// What it is made of.
    type Of<M: Threading>;
    /// What it becomes.
    type Made<M: Threading>;

    fn sent(of: Self::Of<MultiThreaded>) -> Self::Made<MultiThreaded>;

    fn kept(of: Self::Of<SingleThreaded>) -> Self::Made<SingleThreaded>;
}

/// Tasks may move between threads: what is spawned is `Send`.
///
/// # Examples
///
/// A runtime that counts the tasks of another:
///
/// ```
/// use evermemo_core::{BoxFuture, Instant, MultiThreaded, Runtime};
/// use std::{
///     sync::{
///         Arc,
///         atomic::{AtomicUsize, Ordering},
///     },
///     time::Duration,
/// };
///
/// #[derive(Clone)]
/// struct Counted<R>(R, Arc<AtomicUsize>);
///
/// impl<R> Runtime for Counted<R>
/// where
///     R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
/// {
///     type Threading = MultiThreaded;
///     type Sleep = R::Sleep;
///
///     fn now(&self) -> Instant {
///         self.0.now()
///     }
///     fn sleep(&self, duration: Duration) -> R::Sleep {
///         self.0.sleep(duration)
///     }
///     fn spawn(&self, task: BoxFuture<'static, ()>) {
///         self.1.fetch_add(1, Ordering::Relaxed);
///         self.0.spawn(task);
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let tasks = Arc::new(AtomicUsize::new(0));
/// let squares = evermemo_core::Builder::on(Counted(runtime, tasks.clone()))
///     .update_after(Duration::ZERO)
///     .wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// squares.call(12).await.unwrap(); // starts a refresh
/// assert_eq!(tasks.load(Ordering::Relaxed), 1);
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MultiThreaded;

/// Tasks stay on their thread: anything can be spawned.
///
/// # Examples
///
/// A function that memoizes what is not `Send` asks for such a runtime:
///
/// ```
#[doc = include_str!("../cache/on_one_thread.md")]
/// use evermemo_core::{Builder, Memo};
/// use std::{convert::Infallible, rc::Rc};
///
/// fn names<R>(runtime: R) -> Memo<u32, Rc<str>, Infallible, R>
/// where
///     R: Runtime<Threading = SingleThreaded>,
/// {
///     Builder::on(runtime).wrap_local(|id: u32| async move { format!("user {id}").into() })
/// }
///
/// # testing::run(async |time| {
/// # let runtime = Here(time);
/// assert_eq!(&*names(runtime).call(7).await.unwrap(), "user 7");
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SingleThreaded;

/// All of a cache but its handles, with the types of its arguments, values and errors.
///
/// Each method is compiled for each of these types, used or not: there are as few as will do.
#[doc(hidden)]
pub trait Front<A, V, E, M: Threading> {
    /// Goes on with a call that has found nothing fresh, from the stage to which it has come, or with
    /// what it waits for.
    fn poll(
        &self,
        wait: &mut Option<WaitOf<M>>,
        ask: &mut dyn Ask<A, M>,
        stage: Option<Stage>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Outcome<V>, Error<E>>>;

    /// Returns the configuration of the moment, and the key that it makes.
    fn keyed(&self, asked: Asked<'_, A>) -> (Arc<M::Configuration>, KeyOf<M>);

    /// Takes the type from a value.
    fn hidden(&self, value: V) -> ValueOf<M>;

    /// Stores a value, if that takes no wait and nothing has to do with the key; else the value stays
    /// where it is.
    fn insert_at_once(&self, arguments: &A, value: &mut Option<V>);

    /// Reads what is stored, whatever its age, if that takes no wait; nothing is counted.
    fn entry(&self, asked: Asked<'_, A>) -> Option<CacheEntry<V>>;

    /// Returns what knows no types.
    fn engine(&self) -> &M::Engine;
}

/// Drops an engine, by a destructor that is compiled with the engine and not with its owner.
#[doc(hidden)]
pub trait EngineOwner<M: Threading> {
    fn engine(&self) -> &M::Engine;
}

/// What a cache is behind its types, compiled once.
///
/// Its methods are functions of the one engine that a family has, and are called as such: a program
/// has those in it that it calls.
#[doc(hidden)]
pub trait AnyEngine<M: Threading> {
    type Evictions;
    type Permits;
    type Writes;
    type RegistryFns;
    type LookFns;

    /// Goes on with a call that the storage has no fresh entry for.
    fn call(&self, missed: Missed<M>, ask: &mut dyn AnyAsk<M>, cx: &mut Context<'_>) -> AnyGone<M>;

    /// Waits for what there is to wait for.
    fn go_on(
        &self,
        wait: &mut Option<WaitOf<M>>,
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> Poll<AnyAnswer<M>>;

    /// Loads whatever is stored.
    fn force(&self, missed: Missed<M>, ask: &mut dyn AnyAsk<M>, cx: &mut Context<'_>)
    -> AnyGone<M>;

    /// Returns what an engine needs for a strategy of the user's.
    fn evictions() -> Self::Evictions;

    /// Returns what an engine needs for a storage that waits.
    fn look_fns() -> Self::LookFns;

    /// Returns what an engine needs for a bound of so many loads.
    fn permits(loads: usize) -> Self::Permits;

    /// Returns what an engine needs where writes take time.
    fn writes() -> Self::Writes;

    /// Returns what an engine needs for a registry of the user's.
    fn registry_fns() -> Self::RegistryFns;

    /// Returns whether the storage counts the cache's hits.
    fn tallied(&self) -> bool;

    /// Counts a hit.
    fn hit(&self);

    /// Fails a call that finds no configuration.
    fn refuse(&self) -> Error<ErrorOf<M>>;

    /// Notes how many removals have ended, before a look.
    fn noted_removals(&self) -> usize;

    /// Returns whether there may be a key of which what is stored is not to be seen.
    fn hides_any(&self) -> bool;

    /// Returns what a look may see of a key that begins now, if anything. What it finds may be
    /// believed if that is the same at its end.
    fn sight(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> Option<usize>;

    fn clock(&self) -> &M::Clock;

    fn insert(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
        value: ValueOf<M>,
    ) -> M::Future<Result<(), StorageError>>;

    fn invalidate(
        &self,
        configuration: Arc<M::Configuration>,
        key: KeyOf<M>,
    ) -> M::Future<Result<(), StorageError>>;

    /// Removes all entries.
    fn clear(&self) -> M::Future<Result<(), StorageError>>;

    /// Tells how much is stored, after a change of the capacity if one is given.
    fn bounds(&self, capacity: Option<usize>) -> Bounds;

    fn stats(&self) -> Stats;

    /// Returns the number of loads in progress.
    fn in_flight(&self) -> usize;
}

/// What a first look leaves.
#[doc(hidden)]
#[allow(clippy::exhaustive_structs, missing_debug_implementations, reason = "it is hidden")]
pub struct Missed<M: Threading> {
    pub configuration: Arc<M::Configuration>,
    pub key: KeyOf<M>,
    /// Its hash, if the flights use the storage's.
    pub hash: Option<u64>,
    /// There was nothing for sure, by so many writes.
    pub nothing: Option<usize>,
    /// What a closer look has found; `None` if the storage has to be waited for.
    pub found: Option<Found<ValueOf<M>, StorageError>>,
    /// How many removals had ended before that look.
    pub removals: Option<usize>,
}

/// What a call is asked for on its way.
#[doc(hidden)]
pub trait AnyAsk<M: Threading> {
    /// Says what the call is to yield.
    fn wants(&self) -> Wants;

    /// Returns whether the load is handed what it replaces.
    fn wants_previous(&self) -> bool;

    /// Makes the load, whose closure is called when it is polled for the first time. Asked once.
    fn make(&mut self, previous: Option<CacheEntry<ValueOf<M>>>) -> Load<M>;
}

/// The same, by arguments.
#[doc(hidden)]
pub trait Ask<A, M: Threading>: Make<M> {
    /// Says what the call is to yield.
    fn wants(&self) -> Wants;

    /// Returns what the call asks by.
    fn asked(&self) -> Asked<'_, A>;

    /// Returns whether the load is handed what it replaces.
    fn wants_previous(&self) -> bool;
}

/// A call that makes its load.
#[doc(hidden)]
pub trait Make<M: Threading> {
    /// Makes what the load polls, which calls the caller's closure in its first poll. Asked once.
    fn make(&mut self, previous: Option<CacheEntry<ValueOf<M>>>) -> CalledIn<M>;
}

/// What a caller's closure or function has made: a future whose type is hidden, that of its output
/// too.
#[doc(hidden)]
pub trait Called {
    /// Goes on, and leaves at the end what it has come to in `yielded`, which is an
    /// `Option<Result<Cached<V>, Raised<E>>>`.
    fn poll_into(self: Pin<&mut Self>, cx: &mut Context<'_>, yielded: &mut dyn Any) -> Poll<()>;
}

/// A load, or what is left of one.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Load<M: Threading> {
    called: CalledIn<M>,
    /// Polls what was called, and takes the types from what it has come to.
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

/// What a call waits for.
#[doc(hidden)]
pub type WaitOf<M> = <M as Threading>::Future<Waited<M>>;

/// What a call comes to at once, before it gets its types back.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum AnyGone<M: Threading> {
    Ready(AnyAnswer<M>),
    Wait(WaitOf<M>),
}

/// What a wait comes to.
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

/// A configuration that a first look and the engine know, each in its own way.
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

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::MultiThreaded {}
    impl Sealed for super::SingleThreaded {}
}
