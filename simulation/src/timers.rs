//! Timers for those that may move between threads, on a runtime whose own may not.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{BoxFuture, Instant, Runtime};

use crate::world::Clock;

/// A time, and a number that keeps those of one time apart.
type Alarm = (Instant, u64);

/// Alarms that [`drive`](Timers::drive) sets off. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Timers {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    alarms: BTreeMap<Alarm, Option<Waker>>,
    last: u64,
    driver: Option<Waker>,
}

impl Timers {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets alarms off, by the runtime's own timers, until dropped.
    pub(crate) async fn drive<R: Runtime>(&self, runtime: R) {
        let mut timer = None::<(Instant, Pin<Box<R::Sleep>>)>;
        poll_fn(|cx| {
            loop {
                let now = Instant::of_process();
                let next = self.set_off(now, cx);
                let Some(next) = next else { return Poll::Pending };
                if timer.as_ref().is_none_or(|(at, _)| *at != next) {
                    timer = Some((next, Box::pin(runtime.sleep(next.saturating_since(now)))));
                }
                if let Some((_, sleep)) = &mut timer {
                    match sleep.as_mut().poll(cx) {
                        Poll::Ready(()) => timer = None,
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        })
        .await
    }

    /// Sets off what is due, and returns when the next one is.
    fn set_off(&self, now: Instant, cx: &Context<'_>) -> Option<Instant> {
        let mut due = Vec::new();
        let next = {
            let mut shared = self.shared();
            shared.driver = Some(cx.waker().clone());
            while let Some(first) = shared.alarms.first_entry() {
                if first.key().0 > now {
                    break;
                }
                due.extend(first.remove());
            }
            shared.alarms.first_key_value().map(|(&(at, _), _)| at)
        };
        due.into_iter().for_each(Waker::wake);
        next
    }
}

impl Clock for Timers {
    fn now(&self) -> Instant {
        Instant::of_process()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let alarm = {
            let mut shared = self.shared();
            shared.last += 1;
            (Instant::of_process() + duration, shared.last)
        };
        Box::pin(Sleep { timers: self.clone(), alarm, armed: false })
    }
}

/// Ends with its alarm. Dropped, it disarms it.
struct Sleep {
    timers: Timers,
    alarm: Alarm,
    armed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = {
            let mut shared = self.timers.shared();
            if self.armed && !shared.alarms.contains_key(&self.alarm) {
                return Poll::Ready(());
            }
            shared.alarms.insert(self.alarm, Some(cx.waker().clone()));
            shared.driver.take()
        };
        self.armed = true;
        if let Some(driver) = driver {
            driver.wake();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let _waker = self.timers.shared().alarms.remove(&self.alarm);
    }
}
