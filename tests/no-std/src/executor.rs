//! An executor for one thread that knows no time but its own turns.

use alloc::{rc::Rc, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{Instant, LocalBoxFuture, Runtime, SingleThreaded};

/// How much time passes with each turn.
const TURN: Duration = Duration::from_millis(1);

/// Polls everything once a turn; what it polls need not wake it.
#[derive(Clone, Default)]
pub(crate) struct Turns {
    now: Rc<Cell<Instant>>,
    tasks: Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>,
}

impl Turns {
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            // A task may spawn others, so the list is free while it is polled.
            let mut tasks = self.tasks.take();
            tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
            self.tasks.borrow_mut().append(&mut tasks);
            self.now.set(self.now.get() + TURN);
        }
    }
}

impl Runtime for Turns {
    type Threading = SingleThreaded;
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        self.now.get()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep { now: self.now.clone(), until: self.now.get() + duration }
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.tasks.borrow_mut().push(task);
    }
}

/// Ends at the first turn that is late enough.
pub(crate) struct Sleep {
    now: Rc<Cell<Instant>>,
    until: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        if self.now.get() < self.until { Poll::Pending } else { Poll::Ready(()) }
    }
}
