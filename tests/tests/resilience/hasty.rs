//! Callers who share a timer that rings too early, and whose runtime drives nothing else.

use super::{HOUR, MS, SECOND};

use evermemo::{
    BoxFuture, Builder, Domain, Instant, MultiThreaded, Runtime, testing,
    testing::{Virtual, VirtualSleep},
};
use evermemo_tests::{Numbered, polled};
use futures_util::future::{Either, select};
use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

/// Takes tasks and runs none; a timer may ring at once. Clones are one.
#[derive(Clone)]
struct Hasty {
    time: Virtual,
    rings_at_once: Arc<AtomicBool>,
    tasks: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
}

impl Runtime for Hasty {
    type Threading = MultiThreaded;
    type Sleep = VirtualSleep;

    fn now(&self) -> Instant {
        self.time.now()
    }

    fn sleep(&self, duration: Duration) -> VirtualSleep {
        let at_once = self.rings_at_once.swap(false, SeqCst);
        self.time.sleep(if at_once { Duration::ZERO } else { duration })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.tasks.lock().unwrap().push(task);
    }

    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<Self>(0))
    }
}

#[test]
fn p2_8_a_caller_who_shares_a_timer_that_rang_early_is_told_though_the_other_is_not_polled() {
    testing::run(async |time| {
        let (rings_at_once, source) = (Arc::new(AtomicBool::new(false)), Numbered::shut());
        let runtime = Hasty { time: time.clone(), rings_at_once, tasks: Arc::default() };
        let memo =
            Builder::on(runtime.clone()).method_timeout(10 * SECOND).wrap(source.method::<u32>());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        runtime.rings_at_once.store(true, SeqCst);
        let mut first = Box::pin(memo.call(1));
        assert!(polled(&mut first).await.is_pending());
        assert!(!runtime.rings_at_once.load(SeqCst), "it has a timer");

        let call = pin!(memo.call(1));
        let second = select(call, time.sleep(HOUR)).await;

        let Either::Left((answer, _)) = second else { panic!("nobody tells it") };
        assert!(answer.is_err_and(|error| error.is_timeout()));
        assert!(time.elapsed() < 10 * SECOND + 10 * MS);
        drop((leader, first));
    });
}
