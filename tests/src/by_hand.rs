//! A runtime whose clock is moved by hand, and which fails when it is told to.

use evermemo::{BoxFuture, Instant, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded, Task};
use std::{
    future::poll_fn,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

/// What a scenario asks of its runtime.
///
/// Entries age by [`advance`](Timed::advance) alone, while timers run for real. The two do not
/// agree, so scenarios of timeouts are built on [`plain`](Timed::plain).
pub trait Timed: Runtime {
    /// The runtime below, whose clock agrees with its timers.
    type Plain: Runtime;

    /// Returns the runtime below.
    fn plain(&self) -> Self::Plain;

    /// Moves the clock forward.
    fn advance(&self, duration: Duration);

    /// Sets the clock, back or forward. It starts at two hours.
    fn set(&self, now: Instant);

    /// Returns how many tasks were given to [`Runtime::spawn`] so far, dropped ones included.
    fn spawned(&self) -> usize;

    /// Returns how many of them have been polled, and so are where they have to wait.
    fn begun(&self) -> usize;

    /// Sets whether tasks are run; if not they are dropped, as by a runtime that has ended.
    fn set_running(&self, running: bool);

    /// Sets whether there is a runtime in context.
    fn set_bound(&self, bound: bool);

    /// Sets whether callers are inside the runtime.
    fn set_entered(&self, entered: bool);
}

/// Runs on `R`, with a clock of its own. Clones share clock and switches.
#[derive(Debug)]
pub struct ByHand<R: Runtime, T = <R as Runtime>::Threading> {
    plain: R,
    switchboard: Arc<Switchboard>,
    threading: PhantomData<fn() -> T>,
}

#[derive(Debug)]
struct Switchboard {
    now: AtomicU64,
    spawned: AtomicUsize,
    begun: AtomicUsize,
    running: AtomicBool,
    bound: AtomicBool,
    entered: AtomicBool,
}

impl Switchboard {
    /// Counts a task once its first poll is over.
    async fn noted(self: Arc<Self>, mut task: impl Future<Output = ()> + Unpin) {
        let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut task).poll(cx))).await;
        self.begun.fetch_add(1, SeqCst);
        if first.is_pending() {
            task.await;
        }
    }
}

/// Far enough from the origin to be set back.
const START: Duration = Duration::from_secs(2 * 3600);

impl<R: Runtime> ByHand<R> {
    /// Stops the clock of `plain` at two hours.
    pub fn new(plain: R) -> Self {
        let switchboard = Switchboard {
            now: AtomicU64::new((Instant::ZERO + START).as_nanos()),
            spawned: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            running: AtomicBool::new(true),
            bound: AtomicBool::new(true),
            entered: AtomicBool::new(true),
        };
        Self { plain, switchboard: Arc::new(switchboard), threading: PhantomData }
    }
}

impl<R: Runtime, T> ByHand<R, T> {
    fn over(&self, plain: R) -> Self {
        Self { plain, switchboard: self.switchboard.clone(), threading: PhantomData }
    }

    fn now_by_hand(&self) -> Instant {
        Instant::from_nanos(self.switchboard.now.load(SeqCst))
    }

    fn spawn_if_running(&self, task: Task<R>) {
        self.switchboard.spawned.fetch_add(1, SeqCst);
        if self.switchboard.running.load(SeqCst) {
            self.plain.spawn(task);
        }
    }

    fn bind_if_bound(&self) -> Option<Self> {
        self.switchboard
            .bound
            .load(SeqCst)
            .then(|| self.plain.bind())
            .flatten()
            .map(|r| self.over(r))
    }

    fn entered_if_so(&self) -> bool {
        self.switchboard.entered.load(SeqCst) && self.plain.entered()
    }
}

// Two impls, as one that is generic over the threading cannot be written: it would have to prove
// itself.
impl<R> Runtime for ByHand<R, MultiThreaded>
where
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
{
    type Threading = MultiThreaded;
    type Sleep = R::Sleep;

    fn now(&self) -> Instant {
        self.now_by_hand()
    }

    fn sleep(&self, duration: Duration) -> R::Sleep {
        self.plain.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.spawn_if_running(Box::pin(self.switchboard.clone().noted(task)));
    }

    fn bind(&self) -> Option<Self> {
        self.bind_if_bound()
    }

    fn entered(&self) -> bool {
        self.entered_if_so()
    }
}

impl<R> Runtime for ByHand<R, SingleThreaded>
where
    R: Runtime<Threading = SingleThreaded>,
{
    type Threading = SingleThreaded;
    type Sleep = R::Sleep;

    fn now(&self) -> Instant {
        self.now_by_hand()
    }

    fn sleep(&self, duration: Duration) -> R::Sleep {
        self.plain.sleep(duration)
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawn_if_running(Box::pin(self.switchboard.clone().noted(task)));
    }

    fn bind(&self) -> Option<Self> {
        self.bind_if_bound()
    }

    fn entered(&self) -> bool {
        self.entered_if_so()
    }
}

impl<R: Runtime, T: 'static> Timed for ByHand<R, T>
where
    Self: Runtime,
{
    type Plain = R;

    fn plain(&self) -> R {
        self.plain.clone()
    }

    fn advance(&self, duration: Duration) {
        self.set(self.now_by_hand() + duration);
    }

    fn set(&self, now: Instant) {
        self.switchboard.now.store(now.as_nanos(), SeqCst);
    }

    fn spawned(&self) -> usize {
        self.switchboard.spawned.load(SeqCst)
    }

    fn begun(&self) -> usize {
        self.switchboard.begun.load(SeqCst)
    }

    fn set_running(&self, running: bool) {
        self.switchboard.running.store(running, SeqCst);
    }

    fn set_bound(&self, bound: bool) {
        self.switchboard.bound.store(bound, SeqCst);
    }

    fn set_entered(&self, entered: bool) {
        self.switchboard.entered.store(entered, SeqCst);
    }
}

impl<R: Runtime, T> Clone for ByHand<R, T> {
    fn clone(&self) -> Self {
        self.over(self.plain.clone())
    }
}
