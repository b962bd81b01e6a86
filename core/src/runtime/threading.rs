//! The two families of objects that caches are made of: those that may move between threads, and
//! those that stay on theirs.
//!
//! Handles name a family's objects and nothing else, so no parameter of [`Threading::Future`],
//! [`Threading::Function`] or [`Threading::Front`] has a bound, not even `'static`: it would have
//! to be proven for every lifetime whenever the compiler checks whether a future of a handle is
//! `Send`.

use core::{future::Future, pin::Pin};

use super::{
    Runtime,
    objects::{AnyClock, AnyEngine, Called, EngineOwner, Front, Resume},
};
use crate::{
    configuration::{AnyConfiguration, GlanceAt, TypedConfiguration},
    error::{Error, StorageError},
    hidden::{AnyError, AnyKey, AnyValue, AsAny, KeyObject},
    outcome::Outcome,
    sealed::Sealed,
    statuses::{AnyRegistry, Landed},
    storage::Found,
    sync::Arc,
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

/// States how a runtime's tasks relate to threads. Sealed: [`MultiThreaded`] and [`SingleThreaded`]
/// are the two answers.
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
pub trait Threading: Sealed + Sized + 'static {
    /// The task that [`Runtime::spawn`] takes.
    type Task: Future<Output = ()> + Unpin + 'static;

    /// An owned future with a result.
    #[doc(hidden)]
    type Future<T>: Future<Output = T> + Unpin;

    /// A function behind a pointer.
    #[doc(hidden)]
    type Function<I, O>: ?Sized + Fn(I) -> O;

    /// A cache without its handles.
    #[doc(hidden)]
    type Front<A, V, E>: ?Sized + Front<A, V, E, Self>;

    /// The engine of a cache, whatever the cache's types.
    #[doc(hidden)]
    type Engine: AnyEngine<Self>;

    /// The owner of an engine.
    #[doc(hidden)]
    type EngineOwner: ?Sized + EngineOwner<Self> + 'static;

    /// A call that goes on with the load that it has.
    #[doc(hidden)]
    type Again: ?Sized + Resume<Self> + 'static;

    /// The future of a caller's closure or function.
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

    /// The components of one call, for the engine.
    #[doc(hidden)]
    type Configuration: ?Sized
        + AnyConfiguration<
            KeyOf<Self>,
            ValueOf<Self>,
            Self::Future<Found<ValueOf<Self>, StorageError>>,
            Self::Future<Result<(), StorageError>>,
        > + 'static;

    /// The same, for a first look.
    #[doc(hidden)]
    type Typed<A: 'static, K: 'static, V: 'static>: ?Sized
        + GlanceAt<A, V>
        + TypedConfiguration<A, K, V>
        + 'static;

    /// The same, for a glance, which needs no types but those of the handle.
    #[doc(hidden)]
    type GlanceAt<A, V>: ?Sized + GlanceAt<A, V>;

    /// The source of the configuration of calls.
    #[doc(hidden)]
    type Source<A: 'static, K: 'static, V: 'static>: ?Sized
        + Fn() -> Arc<Self::Typed<A, K, V>>
        + 'static;

    /// The ticket of an update in a registry.
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

    /// Converts a future that was made for either family.
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

    /// Converts the configuration of a first look to that of the engine.
    #[doc(hidden)]
    fn untyped<A: 'static, K: 'static, V: 'static>(
        typed: Arc<Self::Typed<A, K, V>>,
    ) -> Arc<Self::Configuration>;

    /// Converts the configuration of a first look to that of a glance.
    #[doc(hidden)]
    fn glance_at<A: 'static, K: 'static, V: 'static>(
        typed: Arc<Self::Typed<A, K, V>>,
    ) -> Arc<Self::GlanceAt<A, V>>;

    /// Makes an object of a value that is `Send`, which either family may hold.
    #[doc(hidden)]
    fn erase<T: Portable>(of: T::Of<Self>) -> T::Made<Self>;
}

/// A key in the engine.
#[doc(hidden)]
pub type KeyOf<M> = AnyKey<<M as Threading>::Key>;

/// A value in the engine.
#[doc(hidden)]
pub type ValueOf<M> = AnyValue<<M as Threading>::Any>;

/// An error of the method in the engine.
#[doc(hidden)]
pub type ErrorOf<M> = AnyError<<M as Threading>::Any>;

/// The engine's functions for a strategy of the user's.
#[doc(hidden)]
pub type EvictionsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Evictions;

/// The engine's permits, for a bound on its loads.
#[doc(hidden)]
pub type PermitsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Permits;

/// The engine's removal of dead entries.
#[doc(hidden)]
pub type SweepsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Sweeps;

/// The engine's functions for writes that take time.
pub(crate) type WritesOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::Writes;

/// The engine's functions for a registry of the user's.
#[doc(hidden)]
pub type RegistryFnsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::RegistryFns;

/// The engine's functions for a storage that waits.
pub(crate) type LookFnsOf<M> = <<M as Threading>::Engine as AnyEngine<M>>::LookFns;

/// The future of a caller's closure or function, boxed.
#[doc(hidden)]
pub type CalledIn<M> = Pin<Box<<M as Threading>::Called>>;

/// The answer of a call, before it gets its types back.
#[doc(hidden)]
pub type AnyAnswer<M> = Result<Outcome<ValueOf<M>>, Error<ErrorOf<M>>>;

/// The family of a runtime: the bound that the runtime may be shared, if its family requires that,
/// is proven where its `impl` is.
///
/// # Examples
///
/// Code that is generic over the family has it as a bound:
///
/// ```
/// use evermemo_core::{MultiThreaded, Runtime, Threading, ThreadingOf};
///
/// /// Starts the tasks that it has kept for a runtime that is known later.
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

/// A type that can become an object of either family.
///
/// Generic code cannot prove that a type is `Send` if its family requires it. Each type that
/// becomes an object has the proof here, for one family at a time.
#[doc(hidden)]
pub trait Portable {
    /// The type before.
    type Of<M: Threading>;
    /// The object.
    type Made<M: Threading>;

    fn sent(of: Self::Of<MultiThreaded>) -> Self::Made<MultiThreaded>;

    fn kept(of: Self::Of<SingleThreaded>) -> Self::Made<SingleThreaded>;
}

/// Tasks may move between threads: spawned futures are `Send`.
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

/// Tasks stay on their thread: any future can be spawned.
///
/// # Examples
///
/// A function that memoizes values which are not `Send` takes such a runtime:
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

impl Sealed for MultiThreaded {}
impl Sealed for SingleThreaded {}
