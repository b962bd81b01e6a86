//! A runtime of one's own: one thread, its tasks and its timers.
use evermemo::{Builder, Instant, LocalBoxFuture, Runtime, SingleThreaded, Source};
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// A handle; its clones are the same executor.
#[derive(Clone, Default)]
struct OneThread(Rc<Shared>);

#[derive(Default)]
struct Shared {
    tasks: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    /// When the thread has to look again, should nothing wake it before. Looking in vain, for a timer
    /// that has been dropped, does no harm.
    timers: RefCell<Vec<Instant>>,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl OneThread {
    /// Polls everything in turn, as a round is short: a wake-up does not say whose it is.
    fn block_on<T>(&self, main: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut main = pin!(main);
        loop {
            if let Poll::Ready(done) = main.as_mut().poll(&mut context) {
                return done;
            }
            // A task may spawn another while it runs: those come in by themselves.
            let mut tasks = self.0.tasks.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            let spawned = self.0.tasks.replace(tasks);
            let new = !spawned.is_empty();
            self.0.tasks.borrow_mut().extend(spawned);
            if !new {
                self.park();
            }
        }
    }

    /// Sleeps until something wakes this thread, at the latest when the next timer ends.
    fn park(&self) {
        let next = self.0.timers.borrow().iter().min().copied();
        match next {
            Some(next) => thread::park_timeout(next.saturating_since(self.now())),
            None => thread::park(),
        }
        let now = self.now();
        self.0.timers.borrow_mut().retain(|&timer| timer > now);
    }
}

struct Timer {
    runtime: OneThread,
    ends: Instant,
    armed: Cell<bool>,
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.runtime.now() >= self.ends {
            return Poll::Ready(());
        }
        if !self.armed.replace(true) {
            self.runtime.0.timers.borrow_mut().push(self.ends);
        }
        Poll::Pending
    }
}

/// All that a memoized function asks for.
impl Runtime for OneThread {
    type Threading = SingleThreaded;
    type Sleep = Timer;

    fn now(&self) -> Instant {
        Instant::of_process()
    }
    fn sleep(&self, duration: Duration) -> Timer {
        Timer { runtime: self.clone(), ends: self.now() + duration, armed: Cell::new(false) }
    }
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.0.tasks.borrow_mut().push(task);
    }
}

const MOMENT: Duration = Duration::from_millis(20);

fn main() {
    let runtime = OneThread::default();
    let clock = runtime.clone();
    // On one thread nothing has to be `Send`: this holds an `Rc`, and so does its value.
    let squares = Builder::on(runtime.clone())
        .update_after(2 * MOMENT)
        .method_timeout(50 * MOMENT)
        .wrap_local(move |n: u64| {
            let clock = clock.clone();
            async move {
                clock.sleep(MOMENT).await;
                Rc::new(n * n)
            }
        });
    runtime.block_on(async {
        assert_eq!(squares.call(12).await.unwrap(), Rc::new(144));
        assert_eq!(squares.outcome(12).await.unwrap().source, Source::Hit);

        runtime.sleep(3 * MOMENT).await;
        assert_eq!(squares.outcome(12).await.unwrap().source, Source::Stale);
        // The refresh is a task of this executor.
        assert_eq!(squares.cache().in_flight(), 1);
        while squares.cache().in_flight() > 0 {
            runtime.sleep(MOMENT).await;
        }
        let stats = squares.stats();
        assert_eq!((stats.loads, stats.refreshes, stats.refresh_failures), (1, 1, 0));
    });
}
