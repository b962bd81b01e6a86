//! The virtual-time runtime: what moves its clock, and in which order things happen on it.
#![expect(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a test has std")]

use evermemo_core::{
    Instant, Runtime, WallClock,
    testing::{self, Order, Simulation, Virtual},
};
use std::{
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What happened, in order.
#[derive(Clone, Debug)]
struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Log<T> {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn push(&self, step: T) {
        self.0.lock().unwrap().push(step);
    }

    fn steps(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }
}

/// Notes its drop.
struct Noted<T: Clone>(Log<T>, T);

impl<T: Clone> Drop for Noted<T> {
    fn drop(&mut self) {
        self.0.push(self.1.clone());
    }
}

fn panic_of(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("should panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn timers_fire_in_order_of_their_deadlines() {
    let log = Log::new();
    testing::run(async |time| {
        for seconds in [3, 1, 2] {
            let (log, sleep) = (log.clone(), time.sleep(secs(seconds)));
            time.spawn(Box::pin(async move {
                sleep.await;
                log.push(seconds);
            }));
        }
        time.advance(secs(2)).await;
        assert_eq!(log.steps(), [1, 2]);
        time.advance(secs(1)).await;
    });
    assert_eq!(log.steps(), [1, 2, 3]);
}

#[test]
fn timers_of_one_deadline_fire_in_order_of_arming() {
    let log = Log::new();
    testing::run(async |time| {
        for task in 0..20 {
            let (log, sleep) = (log.clone(), time.sleep(secs(1)));
            time.spawn(Box::pin(async move {
                sleep.await;
                log.push(task);
            }));
        }
        time.advance(secs(1)).await;
    });
    assert_eq!(log.steps(), (0..20).collect::<Vec<_>>());
}

#[test]
fn an_idle_clock_jumps_to_the_next_timer() {
    testing::run(async |time| {
        let before = time.now();
        time.sleep(secs(7200)).await;
        assert_eq!(time.elapsed(), secs(7200));
        assert_eq!(time.now().saturating_since(before), secs(7200));
    });
}

#[test]
fn time_stands_still_while_something_runs() {
    testing::run(async |time| {
        let sleep = time.sleep(secs(1));
        let spawned = time.clone();
        time.spawn(Box::pin(async move { spawned.sleep(secs(1)).await }));
        for _ in 0..100 {
            time.yield_now().await;
        }
        time.settle().await;
        assert_eq!((time.elapsed(), time.tasks()), (secs(0), 1));
        sleep.await;
        assert_eq!(time.elapsed(), secs(1));
    });
}

#[test]
fn a_sleep_of_nothing_ends_at_once() {
    testing::run(async |time| {
        time.sleep(secs(0)).await;
        assert_eq!(time.elapsed(), secs(0));
    });
}

#[test]
fn advance_lets_tasks_sleep_again_on_the_way() {
    let log = Log::new();
    testing::run(async |time| {
        let (task_time, task_log) = (time.clone(), log.clone());
        time.spawn(Box::pin(async move {
            task_time.sleep(secs(120)).await;
            task_log.push(task_time.elapsed());
            task_time.sleep(Duration::from_millis(1)).await;
            task_log.push(task_time.elapsed());
        }));
        time.advance(secs(180)).await;
        log.push(time.elapsed());
    });
    assert_eq!(log.steps(), [secs(120), Duration::from_millis(120_001), secs(180)]);
}

#[test]
fn advance_returns_after_the_timers_of_its_last_instant() {
    testing::run(async |time| {
        let log = Log::new();
        let (task_log, sleep) = (log.clone(), time.sleep(secs(5)));
        time.spawn(Box::pin(async move {
            sleep.await;
            task_log.push(());
        }));
        time.advance(secs(5)).await;
        assert_eq!(log.steps().len(), 1);
    });
}

#[test]
fn advances_share_the_way() {
    let log = Log::new();
    testing::run(async |time| {
        for seconds in [4, 2] {
            let (time, log) = (time.clone(), log.clone());
            time.clone().spawn(Box::pin(async move {
                time.advance(secs(seconds)).await;
                log.push((seconds, time.elapsed()));
            }));
        }
        time.advance(secs(3)).await;
        log.push((3, time.elapsed()));
        time.advance(secs(3)).await;
    });
    assert_eq!(log.steps(), [(2, secs(2)), (3, secs(3)), (4, secs(4))]);
}

#[test]
fn a_dropped_advance_leaves_time_where_it_got_to() {
    testing::run(async |time| {
        let sleep = time.sleep(secs(10));
        {
            let mut advance = pin!(time.advance(secs(60)));
            let mut sleep = pin!(sleep);
            poll_fn(|context| {
                assert!(advance.as_mut().poll(context).is_pending());
                sleep.as_mut().poll(context)
            })
            .await;
        }
        assert_eq!(time.elapsed(), secs(10));
        time.settle().await;
        assert_eq!(time.elapsed(), secs(10));
    });
}

#[test]
fn a_dropped_sleep_is_disarmed() {
    testing::run(async |time| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(time.sleep(secs(1))).poll(&mut context).is_pending());
        time.sleep(secs(5)).await;
        assert_eq!(time.elapsed(), secs(5));
    });
    let stuck = panic_of(|| {
        testing::run(async |time| {
            let mut context = Context::from_waker(Waker::noop());
            assert!(pin!(time.sleep(secs(1))).poll(&mut context).is_pending());
            pending::<()>().await;
        });
    });
    assert!(stuck.contains("after 0ns"), "{stuck}");
    assert!(stuck.contains("no timer is armed"), "{stuck}");
}

#[test]
fn an_endless_sleep_arms_nothing() {
    testing::run(async |time| {
        let mut context = Context::from_waker(Waker::noop());
        let mut endless = pin!(time.sleep(Duration::MAX));
        assert!(endless.as_mut().poll(&mut context).is_pending());
        time.advance(secs(1_000_000_000)).await;
        assert!(endless.as_mut().poll(&mut context).is_pending());
    });
}

/// The order in which ten tasks of three steps run.
fn schedule(order: Order) -> Vec<(u32, u32)> {
    let log = Log::new();
    Simulation::new().order(order).run(async |time| {
        for task in 0..10 {
            let (time, log) = (time.clone(), log.clone());
            time.clone().spawn(Box::pin(async move {
                for step in 0..3 {
                    log.push((task, step));
                    time.yield_now().await;
                }
            }));
        }
        time.settle().await;
    });
    log.steps()
}

#[test]
fn equal_seeds_give_equal_schedules() {
    for seed in 0..20 {
        let steps = schedule(Order::Seeded(seed));
        assert_eq!(steps.len(), 30);
        assert_eq!(steps, schedule(Order::Seeded(seed)));
    }
}

#[test]
fn different_seeds_give_different_schedules() {
    assert_ne!(schedule(Order::Seeded(1)), schedule(Order::Seeded(2)));
    assert_ne!(schedule(Order::Seeded(0)), schedule(Order::Fifo));
}

#[test]
fn fifo_takes_turns_and_lifo_finishes_the_last_first() {
    let turns = (0..3).flat_map(|step| (0..10).map(move |task| (task, step)));
    assert_eq!(schedule(Order::Fifo), turns.collect::<Vec<_>>());
    let backwards = (0..10).rev().flat_map(|task| (0..3).map(move |step| (task, step)));
    assert_eq!(schedule(Order::Lifo), backwards.collect::<Vec<_>>());
}

#[test]
fn drop_tasks_drops_those_that_wait() {
    testing::run(async |time| {
        let log = Log::new();
        for task in 0..3 {
            let noted = Noted(log.clone(), task);
            time.spawn(Box::pin(async move {
                let _noted = noted;
                pending().await
            }));
        }
        time.settle().await;
        assert_eq!((time.tasks(), log.steps().len()), (3, 0));
        assert_eq!(time.drop_tasks(), 3);
        assert_eq!((time.tasks(), log.steps()), (0, vec![0, 1, 2]));
        assert_eq!(time.drop_tasks(), 0);
    });
}

#[test]
fn a_task_that_drops_all_tasks_is_dropped_after_its_poll() {
    testing::run(async |time| {
        let log = Log::new();
        let (task_time, noted) = (time.clone(), Noted(log.clone(), "dropped"));
        time.spawn(Box::pin(async move {
            let noted = noted;
            assert_eq!(task_time.drop_tasks(), 1);
            noted.0.push("polled on");
            task_time.yield_now().await;
            noted.0.push("never");
        }));
        time.settle().await;
        assert_eq!((time.tasks(), log.steps()), (0, vec!["polled on", "dropped"]));
    });
}

#[test]
fn a_task_may_use_the_clock_while_it_is_dropped() {
    struct Respawns(Virtual, Log<&'static str>);
    impl Drop for Respawns {
        fn drop(&mut self) {
            let log = self.1.clone();
            self.0.spawn(Box::pin(async move { log.push("ran") }));
        }
    }
    let log = Log::new();
    testing::run(async |time| {
        let spawn = || {
            let respawns = Respawns(time.clone(), log.clone());
            time.spawn(Box::pin(async move {
                let _respawns = respawns;
                pending().await
            }));
        };
        spawn();
        assert_eq!(time.drop_tasks(), 1);
        assert_eq!(time.tasks(), 1);
        time.settle().await;
        assert_eq!(log.steps(), ["ran"]);
        spawn(); // Dropped by the end of the run, which starts nothing any more.
    });
    assert_eq!(log.steps(), ["ran"]);
}

#[test]
fn refused_tasks_are_dropped() {
    testing::run(async |time| {
        let log = Log::new();
        let spawn = |name| {
            let noted = Noted(log.clone(), name);
            time.spawn(Box::pin(async move {
                let _noted = noted;
                pending().await
            }));
        };
        time.refuse_tasks(true);
        spawn("refused");
        assert_eq!((time.tasks(), log.steps()), (0, vec!["refused"]));
        time.refuse_tasks(false);
        spawn("accepted");
        assert_eq!((time.tasks(), log.steps().len()), (1, 1));
    });
}

#[test]
fn the_end_of_a_run_drops_its_tasks() {
    let log = Log::new();
    let time = testing::run(async |time| {
        let noted = Noted(log.clone(), ());
        time.spawn(Box::pin(async move {
            let _noted = noted;
            pending().await
        }));
        time
    });
    assert_eq!((time.tasks(), log.steps().len()), (0, 1));
    let noted = Noted(log.clone(), ());
    time.spawn(Box::pin(async move { drop(noted) }));
    assert_eq!((time.tasks(), log.steps().len()), (0, 2));
}

#[test]
fn a_deadlock_is_reported() {
    let log = Log::new();
    let report = panic_of(|| {
        testing::run(async |time| {
            time.advance(secs(90)).await;
            for _ in 0..2 {
                let noted = Noted(log.clone(), ());
                time.spawn(Box::pin(async move {
                    let _noted = noted;
                    pending().await
                }));
            }
            pending::<()>().await;
        });
    });
    assert!(report.contains("deadlock"), "{report}");
    assert!(report.contains("2 tasks are alive"), "{report}");
    assert!(report.contains("90s"), "{report}");
    assert_eq!(log.steps().len(), 2, "the tasks are dropped");
    assert!(testing::current().is_none());
}

#[test]
fn without_jumps_an_armed_timer_is_a_deadlock_too() {
    let held = Simulation::new().jump_when_idle(false);
    let report = panic_of(|| held.clone().run(async |time| time.sleep(secs(3)).await));
    assert!(report.contains("does not jump to the next of 1 timers, in 3s"), "{report}");
    held.run(async |time| {
        let (task_time, log) = (time.clone(), Log::new());
        let task_log = log.clone();
        time.spawn(Box::pin(async move {
            task_time.sleep(secs(3)).await;
            task_log.push(task_time.elapsed());
        }));
        time.advance(secs(4)).await;
        assert_eq!(log.steps(), [secs(3)]);
    });
}

#[test]
fn a_panic_of_a_task_goes_through_to_the_caller() {
    let report = panic_of(|| {
        testing::run(async |time| {
            time.spawn(Box::pin(async { panic!("task failed") }));
            time.settle().await;
        });
    });
    assert_eq!(report, "task failed");
}

#[test]
fn the_clock_is_found_in_context() {
    assert!(testing::current().is_none());
    testing::run(async |time| {
        time.advance(secs(1)).await;
        let task_log = Log::new();
        let log = task_log.clone();
        time.spawn(Box::pin(async move {
            task_log.push(testing::current().map(|time| time.elapsed()));
        }));
        time.settle().await;
        assert_eq!(log.steps(), [Some(secs(1))]);
        assert_eq!(testing::current().map(|time| time.elapsed()), Some(secs(1)));
    });
    assert!(testing::current().is_none());
}

#[test]
fn a_run_inside_a_run_hides_the_outer_one() {
    testing::run(async |outer| {
        outer.advance(secs(5)).await;
        let inner = testing::run(async |inner| {
            inner.advance(secs(1)).await;
            assert_eq!(testing::current().map(|time| time.elapsed()), Some(secs(1)));
            inner
        });
        assert_eq!((inner.elapsed(), outer.elapsed()), (secs(1), secs(5)));
        assert_eq!(testing::current().map(|time| time.elapsed()), Some(secs(5)));
        outer.sleep(secs(1)).await;
        assert_eq!(outer.elapsed(), secs(6));
    });
}

#[test]
fn a_later_run_reads_no_earlier_instant() {
    let process = Instant::of_process();
    let last = testing::run(async |time| {
        assert!(time.now() >= process);
        time.advance(secs(3600)).await;
        time.now()
    });
    testing::run(async |time| {
        assert!(time.now() >= last);
        assert_eq!(time.elapsed(), secs(0));
    });
}

#[test]
fn time_ends_before_never_and_the_next_run_has_time_again() {
    testing::run(async |time| {
        time.advance(Duration::MAX).await;
        assert!(time.now() < Instant::NEVER);
    });
    testing::run(async |time| {
        let before = time.now();
        time.advance(secs(3600)).await;
        assert_eq!(time.now().saturating_since(before), secs(3600));
    });
}

#[test]
fn set_now_fires_what_is_due() {
    testing::run(async |time| {
        let log = Log::new();
        for seconds in [2, 1, 9] {
            let (log, sleep) = (log.clone(), time.sleep(secs(seconds)));
            time.spawn(Box::pin(async move {
                sleep.await;
                log.push(seconds);
            }));
        }
        time.settle().await;
        time.set_now(secs(5));
        assert_eq!(log.steps().len(), 0, "tasks run when the caller waits");
        time.settle().await;
        assert_eq!((log.steps(), time.elapsed()), (vec![1, 2], secs(5)));
    });
}

#[test]
fn a_clock_set_back_goes_back_on_the_wall_only() {
    let clock = Virtual::default();
    let start = (clock.now(), clock.timestamp());
    clock.set_now(secs(60));
    assert_eq!(clock.timestamp(), start.1 + secs(60));
    clock.set_now(secs(10));
    assert_eq!((clock.elapsed(), clock.timestamp()), (secs(10), start.1 + secs(10)));
    assert_eq!(clock.now(), start.0 + secs(60));
    clock.set_now(clock.elapsed() + secs(5));
    assert_eq!((clock.elapsed(), clock.now()), (secs(15), start.0 + secs(65)));
}

#[test]
fn a_clock_on_its_own_moves_by_hand_and_refuses_tasks() {
    let (clock, log) = (Virtual::default(), Log::new());
    let noted = Noted(log.clone(), ());
    clock.spawn(Box::pin(async move { drop(noted) }));
    assert_eq!((clock.tasks(), log.steps().len()), (0, 1));

    let mut context = Context::from_waker(Waker::noop());
    let mut sleep = pin!(clock.sleep(secs(1)));
    assert!(sleep.as_mut().poll(&mut context).is_pending());
    clock.set_now(secs(1));
    assert!(sleep.as_mut().poll(&mut context).is_ready());

    let mut sleep = pin!(clock.sleep(secs(1)));
    assert!(sleep.as_mut().poll(&mut context).is_pending());
    let mut advance = pin!(clock.advance(secs(2)));
    assert!(advance.as_mut().poll(&mut context).is_pending());
    assert_eq!(clock.elapsed(), secs(2), "the timer first");
    assert!(sleep.as_mut().poll(&mut context).is_ready());
    assert!(advance.as_mut().poll(&mut context).is_pending());
    assert_eq!((clock.elapsed(), advance.as_mut().poll(&mut context)), (secs(3), Poll::Ready(())));
}

#[test]
fn a_task_may_be_woken_from_another_thread() {
    testing::run(async |time| {
        let mut polls = 0;
        let wait = time.clone();
        let woken = poll_fn(move |context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(thread::current().id());
            }
            let waker = context.waker().clone();
            thread::spawn(move || waker.wake()).join().unwrap();
            Poll::Pending
        });
        assert_eq!(woken.await, thread::current().id());
        assert_eq!(wait.elapsed(), secs(0));
    });
}
