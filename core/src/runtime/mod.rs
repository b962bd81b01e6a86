//! The trait of an executor: it has to tell the time, sleep and spawn.

mod domain;
mod family;
mod marks;
mod objects;
mod threading;

use core::{future::Future, pin::Pin, time::Duration};

pub(crate) use self::threading::{LookFnsOf, WritesOf};
pub use self::{
    domain::Domain,
    threading::{MultiThreaded, SingleThreaded, Task, Threading, ThreadingOf},
};
#[doc(hidden)]
pub use self::{
    marks::{Kept, Sent},
    objects::{
        AnyAsk, AnyClock, AnyEngine, AnyGone, Ask, Called, Compute, EngineOwner, FlightView, Front,
        Load, Make, Missed, OneOfMany, Resume, TypedIn, WaitOf, Waited,
    },
    threading::{
        AnyAnswer, CalledIn, ErrorOf, EvictionsOf, KeyOf, PermitsOf, Portable, RegistryFnsOf,
        SweepsOf, ValueOf,
    },
};
use crate::time::{CoarseClock, Instant};

use alloc::boxed::Box;

/// An owned future that may move between threads.
///
/// # Examples
///
/// A backend that is chosen while the program runs:
///
/// ```
/// use evermemo_core::{BoxFuture, Builder};
/// use std::sync::Arc;
///
/// trait Backend: Send + Sync {
///     fn price(&self, article: u32) -> BoxFuture<'static, u32>;
/// }
///
/// struct Fixed(u32);
///
/// impl Backend for Fixed {
///     fn price(&self, _article: u32) -> BoxFuture<'static, u32> {
///         let price = self.0;
///         Box::pin(async move { price })
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let backend: Arc<dyn Backend> = Arc::new(Fixed(70));
/// let prices = Builder::on(runtime).wrap(move |article: u32| backend.price(article));
/// assert_eq!(prices.call(7).await.unwrap(), 70);
/// # });
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An owned future that stays on its thread.
///
/// # Examples
///
/// Tasks that the program's own loop polls:
///
/// ```
/// use evermemo_core::{Builder, LocalBoxFuture, Runtime, SingleThreaded};
/// use std::{cell::RefCell, rc::Rc, time::Duration};
/// # use evermemo_core::{Instant, testing};
///
/// #[derive(Clone)]
/// struct OwnLoop {
///     tasks: Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>,
/// #     clock: testing::Virtual,
/// }
///
/// impl Runtime for OwnLoop {
///     type Threading = SingleThreaded;
///     // its timer and its clock, and:
/// #     type Sleep = testing::VirtualSleep;
/// #     fn now(&self) -> Instant {
/// #         self.clock.now()
/// #     }
/// #     fn sleep(&self, duration: Duration) -> testing::VirtualSleep {
/// #         self.clock.sleep(duration)
/// #     }
///     fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
///         self.tasks.borrow_mut().push(task);
///     }
/// }
///
/// # testing::run(async |clock| {
/// let tasks = Rc::default();
/// # let runtime = OwnLoop { tasks: Rc::clone(&tasks), clock };
/// let squares = Builder::on(runtime)
///     .update_after(Duration::ZERO)
///     .wrap_local(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// squares.call(12).await.unwrap(); // starts a refresh
/// let started = tasks.take();
/// assert_eq!(started.len(), 1);
/// for task in started {
///     task.await;
/// }
/// # });
/// ```
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// An executor, its timer and its clock.
///
/// A value of this type is a cheap handle. An implementation needs the three methods without a
/// body; [`Threading`](Runtime::Threading) states whether tasks may move between threads, and a
/// wrong answer is a compile error at the `impl`.
///
/// # Examples
///
/// A thread for each task:
///
/// ```
/// use evermemo_core::{BoxFuture, Instant, MultiThreaded, Runtime};
/// use std::future::poll_fn;
/// use std::task::{Context, Poll, Wake, Waker};
/// use std::{pin::pin, sync::Arc, thread, time::Duration};
///
/// #[derive(Clone)]
/// struct Threads;
///
/// impl Runtime for Threads {
///     type Threading = MultiThreaded;
///     type Sleep = BoxFuture<'static, ()>;
///
///     fn now(&self) -> Instant {
///         Instant::of_process()
///     }
///     fn sleep(&self, duration: Duration) -> Self::Sleep {
///         let end = self.now() + duration;
///         Box::pin(poll_fn(move |cx| {
///             let left = end.saturating_since(Instant::of_process());
///             if left.is_zero() {
///                 return Poll::Ready(());
///             }
///             let waker = cx.waker().clone();
///             thread::spawn(move || {
///                 thread::sleep(left);
///                 waker.wake();
///             });
///             Poll::Pending
///         }))
///     }
///     fn spawn(&self, task: BoxFuture<'static, ()>) {
///         thread::spawn(|| block_on(task));
///     }
/// }
///
/// fn block_on<T>(future: impl Future<Output = T>) -> T {
///     struct Unpark(thread::Thread);
///     impl Wake for Unpark {
///         fn wake(self: Arc<Self>) {
///             self.0.unpark();
///         }
///     }
///     let waker = Waker::from(Arc::new(Unpark(thread::current())));
///     let (mut future, mut cx) = (pin!(future), Context::from_waker(&waker));
///     loop {
///         match future.as_mut().poll(&mut cx) {
///             Poll::Ready(output) => return output,
///             Poll::Pending => thread::park(),
///         }
///     }
/// }
///
/// let squares = evermemo_core::Builder::on(Threads).wrap(|n: u64| async move { n * n });
/// assert_eq!(block_on(squares.call(12)).unwrap(), 144);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no runtime: name one of the adapters, such as `Tokio`, or implement \
               `Runtime` for it"
)]
pub trait Runtime: Clone + 'static {
    /// [`MultiThreaded`] or [`SingleThreaded`].
    type Threading: ThreadingOf<Self>;

    /// The timer future. Dropping it disarms the timer.
    type Sleep: Future<Output = ()> + 'static;

    /// Reads the monotonic clock, which never goes back.
    fn now(&self) -> Instant;

    /// Makes a future that ends once `duration` has passed.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Starts a detached task.
    ///
    /// A runtime that cannot run the task (it has ended, its pool is full) drops it; the engine
    /// treats that as a cancelled load.
    fn spawn(&self, task: Task<Self>);

    /// Reads a cheaper clock that may lag behind [`now`](Runtime::now) by up to
    /// [`coarse_lag`](Runtime::coarse_lag). It serves for hits, and for deadlines a second or more
    /// away; where an entry may no longer be fresh, [`now`](Runtime::now) decides.
    fn coarse_now(&self) -> Instant {
        self.now()
    }

    /// Returns how far [`coarse_now`](Runtime::coarse_now) may lag: some milliseconds, or zero.
    fn coarse_lag(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns the runtime of the caller's context, `None` if there is none to run a load on.
    ///
    /// Called when a call has to load; the returned runtime drives the load, its timer and its
    /// hand-over, wherever the other callers come from.
    fn bind(&self) -> Option<Self> {
        Some(self.clone())
    }

    /// Returns the domain of the timers that are made in the caller's context; `None`, the default,
    /// if that is not known.
    ///
    /// Callers in one domain that wait for the same load share a timer; a caller whose domain is
    /// not known has its own, which rings if the caller's executor runs.
    fn domain(&self) -> Option<Domain> {
        None
    }

    /// Returns whether a load may be polled in the caller's own task; if not it is spawned at once.
    ///
    /// False for a handle of a runtime that is used from outside that runtime. Called on the
    /// cache's own runtime in the poll in which a call begins its load, and on the one that
    /// [`bind`](Runtime::bind) returned then in each later poll: a caller that has moved elsewhere
    /// leaves the load to a task.
    fn entered(&self) -> bool {
        true
    }
}

impl<R: Runtime> CoarseClock for R {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn near(&self) -> Instant {
        self.coarse_now() + self.coarse_lag()
    }

    fn exact(&self) -> Instant {
        self.now()
    }
}
