//! What comes while a load is polled for the first time, by a leader who has no flight yet.

use evermemo::{Builder, Failure, Memo, Source, testing, testing::Virtual};
use evermemo_tests::{Home, polled, yielded};
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    convert::Infallible,
    hash::{Hash, Hasher},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

type Numbers = Memo<u32, u32, Infallible, Virtual>;

/// Memoizes a method that numbers its runs and, in the first of them, has `meanwhile` end before its
/// first poll does.
fn disturbed(
    time: &Virtual,
    meanwhile: impl Fn(Numbers) -> BoxFuture<'static, ()> + Send + Sync + 'static,
) -> Numbers {
    let (home, runs) = (Home::<Numbers>::empty(), AtomicU32::new(0));
    let within = home;
    let memo = Builder::on(time.clone()).wrap(move |_: u32| {
        let run = runs.fetch_add(1, SeqCst);
        if run == 0 {
            meanwhile(within.with(Clone::clone)).now_or_never().expect("it takes no wait");
        }
        async move { run }
    });
    home.set(memo.clone());
    memo
}

#[test]
fn p3_1_an_invalidation_during_a_first_poll_keeps_the_value_out() {
    testing::run(async |time| {
        let memo = disturbed(&time, |memo| async move { memo.invalidate(&7).await }.boxed());

        assert_eq!(memo.call(7).await.unwrap(), 0);
        assert_eq!((memo.len(), memo.in_flight()), (0, 0));
        assert_eq!(memo.call(7).await.unwrap(), 1);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    });
}

#[test]
fn p3_2_a_clear_during_a_first_poll_keeps_the_value_out() {
    testing::run(async |time| {
        let memo = disturbed(&time, |memo| async move { memo.clear().await }.boxed());

        assert_eq!(memo.call(7).await.unwrap(), 0);
        assert_eq!((memo.len(), memo.in_flight()), (0, 0));
        assert_eq!(memo.call(7).await.unwrap(), 1);
    });
}

#[test]
fn p3_3_an_insertion_during_a_first_poll_stays() {
    testing::run(async |time| {
        let memo = disturbed(&time, |memo| async move { memo.insert(7, 70).await }.boxed());

        assert_eq!(memo.call(7).await.unwrap(), 0);
        assert_eq!(memo.call(7).await.unwrap(), 70);
        assert_eq!((memo.stats().loads, memo.in_flight()), (1, 0));
    });
}

#[test]
fn p3_1_an_invalidation_of_another_key_during_a_first_poll_keeps_nothing_out() {
    testing::run(async |time| {
        let memo = disturbed(&time, |memo| async move { memo.invalidate(&8).await }.boxed());

        assert_eq!(memo.call(7).await.unwrap(), 0);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    });
}

#[test]
fn a_load_is_in_flight_during_its_first_poll() {
    testing::run(async |time| {
        let seen = Arc::new(Mutex::new(None));
        let noted = seen.clone();
        let memo = disturbed(&time, move |memo| {
            *noted.lock().unwrap() = Some(memo.in_flight());
            futures_util::future::ready(()).boxed()
        });

        memo.call(7).await.unwrap();
        assert_eq!((*seen.lock().unwrap(), memo.in_flight()), (Some(1), 0));
    });
}

/// Leads with a load whose first poll lasts until a joiner waits on another thread, and then ends by
/// `end`; returns what leader and joiner get.
fn joined_during_the_first_poll<O: Send + 'static>(
    end: impl Fn(u32) -> u32 + Send + Sync + 'static,
    answer: impl Fn(Result<evermemo::Outcome<u32>, evermemo::Error<Infallible>>) -> O,
) -> [O; 2] {
    let (begun, begins) = mpsc::channel();
    let (join, joined) = mpsc::channel::<()>();
    let (joined, end) = (Arc::new(Mutex::new(joined)), Arc::new(end));
    let memo = Builder::on(evermemo::Smol).wrap(move |n: u32| {
        let (begun, joined, end) = (begun.clone(), joined.clone(), end.clone());
        async move {
            begun.send(()).expect("the test waits");
            joined.lock().unwrap().recv().expect("the test joins");
            end(n)
        }
    });
    let led = memo.clone();
    let leader = thread::spawn(move || smol::block_on(led.outcome(7)));
    begins.recv().expect("it begins");
    let joiner = smol::block_on(async {
        let mut joiner = Box::pin(memo.outcome(7));
        assert!(polled(&mut joiner).await.is_pending());
        join.send(()).expect("the load waits");
        joiner.await
    });
    let led = leader.join().expect("it does not panic");
    assert_eq!((memo.stats().loads, memo.cache().in_flight()), (1, 0));
    [answer(led), answer(joiner)]
}

#[test]
fn p2_2_a_caller_who_comes_during_a_first_poll_joins_it() {
    let got = joined_during_the_first_poll(
        |n| n,
        |answer| answer.map(|outcome| (outcome.value, outcome.source)).unwrap(),
    );
    assert_eq!(got, [(7, Source::Loaded), (7, Source::Joined)]);
}

#[test]
fn p2_6_a_panic_in_a_first_poll_reaches_a_caller_who_has_joined_meanwhile() {
    let got = joined_during_the_first_poll(
        |n| panic!("no {n}"),
        |answer| {
            let error = answer.unwrap_err();
            let Failure::Panicked(message) = error.failure() else { panic!("it is {error}") };
            (message.to_string(), error.is_joined())
        },
    );
    assert_eq!(got, [("no 7".to_owned(), false), ("no 7".to_owned(), true)]);
}

/// Asks the cache, as it is dropped, how many loads are in progress.
#[derive(Clone)]
struct Asking {
    memo: Arc<OnceLock<Memo<Self, u32, Infallible, Virtual>>>,
}

impl PartialEq for Asking {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Asking {}

impl Hash for Asking {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(1);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(memo) = self.memo.get() {
            assert!(memo.cache().in_flight() <= 1);
        }
    }
}

#[test]
fn the_key_of_a_claim_that_has_a_flight_is_dropped_outside_the_lock() {
    testing::run(async |time| {
        let memo = Builder::on(time).wrap(async |key: Asking| {
            let memo = key.memo.get().expect("it is there").clone();
            // It makes the flight of the claim, and the load goes on.
            let inner = memo.call(key).await.expect_err("it waits for itself");
            yielded().await;
            u32::from(matches!(inner.failure(), Failure::Recursive))
        });
        let key = Asking { memo: Arc::default() };
        assert!(key.memo.set(memo.clone()).is_ok());
        assert_eq!(memo.call(key).await.unwrap(), 1);
        assert_eq!((memo.stats().loads, memo.cache().in_flight()), (1, 0));
    });
}
