//! The runtime and the clock of a run.

use super::{Order, VirtualSleep, sleep::Advance, state::VirtualState, tasks::TaskId};
use crate::{
    runtime::{BoxFuture, Domain, MultiThreaded, Runtime},
    sync::{Arc, Mutex},
    time::{Instant, Timestamp, WallClock},
};

use alloc::{sync::Weak, task::Wake};
use core::{
    fmt,
    future::poll_fn,
    task::{Poll, Waker},
    time::Duration,
};

/// A runtime, a monotonic clock and a wall clock on virtual time. A cheap handle.
///
/// [`run`](super::run) makes one and drives it. [`Virtual::default`] makes a clock on its own: its
/// time moves by hand only, and it drops the tasks it is given, as a runtime that has ended does.
///
/// As a [`Runtime`], a clock starts no earlier than the latest time of any other clock of the
/// process, and no earlier than [`Instant::of_process`]: for a cache in a `static`, time never goes
/// back from one run to the next. (A run that goes on for centuries is forgotten.) As a
/// [`WallClock`] it starts at midnight UTC of 2025-01-01 and shows [`Virtual::elapsed`] after that.
///
/// # Examples
///
/// A wall clock that is set by hand:
///
/// ```
/// use evermemo_core::{WallClock, testing::Virtual};
/// use std::time::Duration;
///
/// let wall = Virtual::default();
/// let before = wall.timestamp();
/// wall.set_now(Duration::from_secs(60));
/// assert_eq!(wall.timestamp().saturating_since(before), Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct Virtual {
    shared: Arc<Mutex<VirtualState>>,
}

impl Virtual {
    pub(super) fn driven(order: Order, jump_when_idle: bool) -> Self {
        Self { shared: Arc::new(Mutex::new(VirtualState::new(true, order, jump_when_idle))) }
    }

    /// Returns the time since this clock's own start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.with_state(|state| state.elapsed())
    }

    /// Sets the time since this clock's own start, and fires the timers that are due by then.
    ///
    /// The tasks they wake run later, when the caller waits. Time may be set back: then the wall
    /// clock and [`Virtual::elapsed`] go back, timers and the monotonic clock stay where they are,
    /// and all go on from there.
    pub fn set_now(&self, elapsed: Duration) {
        self.with_state(|state| state.set_elapsed(elapsed)).into_iter().for_each(Waker::wake);
    }

    /// Moves time by `duration`, event by event.
    ///
    /// Timers fire in order of their deadlines. After each, and before the first, all runnable
    /// tasks run until they wait; so a task that wakes at minute 2 and then sleeps a millisecond
    /// does both before minute 3. Concurrent calls share these moves. Time stops some four
    /// centuries after the start of the process.
    ///
    /// On a clock that no run drives, the caller's executor is given one turn after each timer.
    ///
    /// If the future is dropped, time stays where it is.
    pub async fn advance(&self, duration: Duration) {
        Advance::new(self.clone(), duration).await;
    }

    /// Lets all runnable tasks run, without moving time.
    ///
    /// On a clock that no run drives, the caller's executor is given one turn. Dropping the future
    /// changes nothing.
    pub async fn settle(&self) {
        self.advance(Duration::ZERO).await;
    }

    /// Lets the other tasks run once: the caller becomes runnable again at once.
    ///
    /// Dropping the future changes nothing.
    pub async fn yield_now(&self) {
        let mut yielded = false;
        poll_fn(|context| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Moves time to the next timer, and fires it; returns `false` if there is none.
    ///
    /// For a future that is polled to its end inside the poll of another one: runnable tasks wait
    /// meanwhile.
    #[doc(hidden)]
    #[must_use]
    pub fn skip(&self) -> bool {
        let due = self.with_state(|state| {
            let next = state.next_timer()?;
            Some(state.move_towards(next))
        });
        let skips = due.is_some();
        due.into_iter().flatten().for_each(Waker::wake);
        skips
    }

    /// Returns how many spawned tasks are alive.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.with_state(|state| state.tasks.len())
    }

    /// Drops all spawned tasks, as a dying runtime does, and returns their number.
    ///
    /// The calling task, if there is one, is counted, and dropped after its poll. Tasks that are
    /// spawned meanwhile, by the drop of others, stay; see [`Virtual::refuse_tasks`].
    pub fn drop_tasks(&self) -> usize {
        let (_tasks, count) = self.with_state(|state| state.tasks.take_all());
        count
    }

    /// Sets whether new tasks are dropped instead of started, as by a runtime that has ended.
    pub fn refuse_tasks(&self, refuse: bool) {
        self.with_state(|state| state.refuses_tasks = refuse);
    }

    pub(super) fn instant(&self) -> Instant {
        self.with_state(|state| state.now())
    }

    pub(super) fn waker(&self, id: TaskId) -> Waker {
        Waker::from(Arc::new(Alarmed { id, shared: Arc::downgrade(&self.shared) }))
    }

    pub(super) fn with_state<O>(&self, f: impl FnOnce(&mut VirtualState) -> O) -> O {
        self.shared.with(f)
    }
}

impl Default for Virtual {
    /// Makes a clock on its own, which no run drives.
    fn default() -> Self {
        Self { shared: Arc::new(Mutex::new(VirtualState::new(false, Order::Fifo, false))) }
    }
}

impl Runtime for Virtual {
    type Threading = MultiThreaded;
    type Sleep = VirtualSleep;

    fn now(&self) -> Instant {
        self.instant()
    }

    /// Makes a future that ends once virtual time has moved by `duration`.
    fn sleep(&self, duration: Duration) -> VirtualSleep {
        VirtualSleep::new(self.clone(), duration)
    }

    /// Returns the domain of this clock, whose run drives its timers.
    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<Self>(Arc::as_ptr(&self.shared).addr() as u64))
    }

    /// Starts a task, or drops it if no run drives this clock or tasks are refused.
    ///
    /// A panic of the task goes through the run to its caller.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let _refused = self.with_state(|state| {
            if !state.driven || state.refuses_tasks {
                return Some(task);
            }
            state.tasks.add(task, |id| self.waker(id));
            None
        });
    }
}

impl WallClock for Virtual {
    fn timestamp(&self) -> Timestamp {
        self.with_state(|state| state.timestamp())
    }
}

impl fmt::Debug for Virtual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Virtual").field("elapsed", &self.elapsed()).finish_non_exhaustive()
    }
}

/// Wakes a task. Weak, as timers hold it and the clock holds them.
struct Alarmed {
    id: TaskId,
    shared: Weak<Mutex<VirtualState>>,
}

impl Wake for Alarmed {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(shared) = self.shared.upgrade() {
            shared.with(|state| state.tasks.wake(self.id));
        }
    }
}
