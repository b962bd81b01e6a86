//! An executor that polls all it has at each turn, with a waker that does nothing.

use super::{MS, SECOND};

use evermemo::{BoxFuture, Builder, Instant, MultiThreaded, Runtime, Source};
use evermemo_tests::{Gate, Mode, Operation, Probe};
use futures_util::{
    FutureExt,
    future::{join, join_all, join3},
};
use std::{
    mem,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Its time passes with its turns. Clones are one.
#[derive(Clone, Default)]
struct Turns {
    turn: Arc<AtomicU64>,
    tasks: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
}

impl Turns {
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..10_000 {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            let mut tasks = mem::take(&mut *self.tasks.lock().unwrap());
            tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
            self.tasks.lock().unwrap().append(&mut tasks);
            self.turn.fetch_add(1, SeqCst);
        }
        panic!("what is polled by turns has not ended in 10,000 of them");
    }

    /// Ends at the first turn that is late enough, and wakes nothing.
    fn pass(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (turns, until) = (self.clone(), self.now() + duration);
        Box::pin(futures_util::future::poll_fn(move |_| match turns.now() < until {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }))
    }

    /// Returns a method that takes as many turns as its argument says.
    fn method(&self) -> impl Fn(u32) -> BoxFuture<'static, u32> + Send + Sync + use<> {
        let turns = self.clone();
        move |n| turns.pass(n * MS).map(move |()| n).boxed()
    }
}

impl Runtime for Turns {
    type Threading = MultiThreaded;
    type Sleep = BoxFuture<'static, ()>;

    fn now(&self) -> Instant {
        Instant::ZERO + Duration::from_millis(self.turn.load(SeqCst))
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.pass(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.tasks.lock().unwrap().push(task);
    }
}

#[test]
fn p2_3_callers_that_are_polled_by_turns_share_a_load() {
    let turns = Turns::default();
    let memo = Builder::on(turns.clone()).method_timeout(SECOND).wrap(turns.method());

    let outcomes = turns.block_on(join3(memo.outcome(9), memo.outcome(9), memo.outcome(9).boxed()));

    let sources = [outcomes.0, outcomes.1, outcomes.2].map(|outcome| outcome.unwrap().source);
    assert_eq!(sources, [Source::Loaded, Source::Joined, Source::Joined]);
    assert_eq!((memo.stats().loads, memo.stats().timeouts), (1, 0));
}

#[test]
fn p2_7_a_task_that_is_polled_by_turns_ends_the_load_of_a_leader_that_has_left() {
    let turns = Turns::default();
    let memo = Builder::on(turns.clone()).method_timeout(SECOND).wrap(turns.method());
    let mut leader = Box::pin(memo.call(9));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(leader.poll_unpin(&mut cx).is_pending());
    let mut joiner = Box::pin(memo.outcome(9));
    assert!(joiner.poll_unpin(&mut cx).is_pending());
    assert!(leader.poll_unpin(&mut cx).is_pending());
    drop(leader);

    let outcome = turns.block_on(joiner).unwrap();

    assert_eq!((outcome.value, memo.stats().loads, memo.stats().timeouts), (9, 1, 0));
}

#[test]
fn p2_8_a_load_that_is_polled_by_turns_is_cut_off_for_leader_and_joiner() {
    let turns = Turns::default();
    let memo = Builder::on(turns.clone()).method_timeout(50 * MS).wrap(turns.method());

    let (first, second) = turns.block_on(join(memo.call(100), memo.call(100)));

    assert!(first.unwrap_err().is_timeout() && second.unwrap_err().is_timeout());
    assert_eq!((memo.stats().timeouts, memo.cache().in_flight()), (1, 0));
}

#[test]
fn p3_4_forced_calls_that_are_polled_by_turns_share_the_next_load() {
    let turns = Turns::default();
    let memo = Builder::on(turns.clone()).method_timeout(SECOND).wrap(turns.method());

    let answers = turns.block_on(join3(
        memo.force_refresh(9).boxed(),
        memo.force_refresh(9).boxed(),
        memo.force_refresh(9).boxed(),
    ));

    assert_eq!((answers.0.unwrap(), answers.1.unwrap(), answers.2.unwrap()), (9, 9, 9));
    assert_eq!(memo.stats().loads, 2);
}

#[test]
fn p5_5_permits_go_on_where_loads_are_polled_by_turns() {
    let turns = Turns::default();
    let inner = Builder::on(turns.clone()).max_loads(1).method_timeout(SECOND).wrap(turns.method());
    let (shared, outer) = (inner.clone(), Builder::on(turns.clone()).max_loads(1));
    let outer = outer.method_timeout(SECOND).try_wrap(move |n: u32| {
        let inner = shared.clone();
        async move { inner.call(n % 3 + 1).await.map_err(|_| "no value") }
    });

    let calls = (0..9).chain(0..9).map(|n| outer.call(n).boxed());
    let answers = turns.block_on(join_all(calls));

    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((outer.stats().loads, inner.stats().loads), (9, 3));
}

#[test]
fn p3_6_writes_take_their_turns_where_they_are_polled_by_turns() {
    let turns = Turns::default();
    let storage = Probe::<u32, u32>::new();
    let gate = Gate::shut();
    storage.next(Operation::Offer, Mode::Wait(gate.clone()));
    let memo = Builder::on(turns.clone())
        .storage(storage.clone())
        .storage_timeout(SECOND)
        .wrap(turns.method());
    let opens = async {
        turns.pass(20 * MS).await;
        gate.open();
    };

    let inserts = join_all((0..4).map(|n| memo.try_insert(1, n).boxed()));
    let (inserted, removed, ()) = turns.block_on(join3(inserts, memo.try_invalidate(&2), opens));

    assert!(inserted.iter().chain([&removed]).all(Result::is_ok));
    assert_eq!(turns.block_on(memo.call(1)).unwrap(), 3);
}
