//! The options of a call, each pair of them, by the age of the entry and what is under way.

use super::{HOUR, MINUTE, NANO, Numbers, SECOND, at_once, backend::Backend};

use evermemo::{
    Builder, Outcome, Source, Tuned, memo,
    testing::{self, Virtual},
};
use evermemo_tests::{Probe, Timed, on_every_runtime, polled, until};
use std::{future::Future, pin::Pin, task::Poll, time::Duration};

on_every_runtime! {
    p4_10_options_work_on_every_runtime,
}

async fn p4_10_options_work_on_every_runtime<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(2 * MINUTE)
        .stale_if_error(HOUR)
        .try_wrap(backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(30 * SECOND);
    let told = memo.call(1).max_age(MINUTE).outcome().await.unwrap();
    assert_eq!((told.value, told.source, told.age), (1, Source::Hit, 30 * SECOND));
    assert_eq!(memo.call(1).soft_timeout(SECOND).max_age(SECOND).await.unwrap(), 2);
    rt.advance(MINUTE);
    assert_eq!(memo.call(1).fresh().outcome().await.unwrap().source, Source::Loaded);
    rt.advance(HOUR);
    let told = memo.call(1).max_stale(HOUR).outcome().await.unwrap();
    assert_eq!((told.value, told.source), (3, Source::Stale));
    until(&rt, || backend.count() == 4 && memo.cache().in_flight() == 0).await;
    backend.fail();
    rt.advance(MINUTE);
    let error = memo.call(1).max_age(SECOND).await.unwrap_err();
    assert_eq!(error.cause(), Some(&"down"));
}

/// An option, with a value on either side of what it decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Force,
    /// Older than the entry is, unless it has expired.
    MaxAge(Duration),
    Fresh,
    MaxStale(Duration),
    SoftTimeout(Duration),
}

const WISHES: [Wish; 8] = [
    Wish::Force,
    Wish::MaxAge(Duration::from_secs(5)),
    Wish::MaxAge(HOUR),
    Wish::Fresh,
    Wish::MaxStale(Duration::from_secs(5)),
    Wish::MaxStale(Duration::MAX),
    Wish::SoftTimeout(Duration::ZERO),
    Wish::SoftTimeout(Duration::MAX),
];

/// The ages of an entry that is stale after one minute and expires after two.
const AGES: [Option<Duration>; 5] = [
    Some(Duration::from_secs(30)),
    Some(Duration::from_secs(90)),
    Some(Duration::from_secs(150)),
    Some(Duration::from_secs(240)),
    None,
];

/// What is under way when the call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Air {
    Nothing,
    /// A load that a caller waits for.
    Flight,
    Refresh,
}

#[derive(Clone, Debug)]
struct Case {
    wishes: Vec<Wish>,
    age: Option<Duration>,
    air: Air,
    /// How long an expired entry may stand in.
    window: Duration,
    /// The cache has a soft timeout of zero.
    impatient: bool,
    fails: bool,
    waits: bool,
}

/// How a call has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Right {
    answer: Result<(u32, Source), &'static str>,
    /// It waits for a load.
    waits: bool,
    /// How many loads have run when all is over.
    loads: u32,
}

impl Case {
    fn has(&self, wish: Wish) -> bool {
        self.wishes.contains(&wish)
    }

    /// The right answer, by the words of the documentation.
    fn right(&self) -> Right {
        let stored = u32::from(self.age.is_some());
        let flying = u32::from(self.air != Air::Nothing);
        let loaded = |own: bool, number: u32, loads: u32| {
            let source = if own { Source::Loaded } else { Source::Joined };
            let answer = if self.fails { Err("down") } else { Ok((number, source)) };
            Right { answer, waits: true, loads }
        };
        let mine = stored + flying + 1;
        if self.has(Wish::Force) {
            return loaded(true, mine, mine);
        }
        let (own, number) = match flying {
            0 => (true, mine),
            _ => (false, stored + flying),
        };
        let Some(age) = self.age.filter(|&age| age < 2 * MINUTE + self.window) else {
            return loaded(own, number, number);
        };
        let young = self.wishes.iter().all(|wish| match *wish {
            Wish::MaxAge(most) => age <= most,
            _ => true,
        });
        let (stale, expired) = (age >= MINUTE, age >= 2 * MINUTE);
        let overdue = age.saturating_sub(2 * MINUTE);
        let lenient = self.wishes.iter().any(|wish| match *wish {
            Wish::MaxStale(most) => overdue < most,
            _ => false,
        });
        let fresh = self.has(Wish::Fresh);
        if young && !stale {
            return Right { answer: Ok((1, Source::Hit)), waits: false, loads: stored + flying };
        }
        let old = Ok((1, Source::Stale));
        if young && !fresh && (!expired || lenient) {
            // A refresh, unless a load is under way.
            return Right { answer: old, waits: false, loads: number };
        }
        let impatient = match self.has(Wish::SoftTimeout(Duration::MAX)) {
            true => self.has(Wish::SoftTimeout(Duration::ZERO)),
            false => self.impatient || self.has(Wish::SoftTimeout(Duration::ZERO)),
        };
        if young && impatient {
            return Right { answer: old, waits: false, loads: number };
        }
        let right = loaded(own, number, number);
        match young && self.fails && !self.window.is_zero() {
            true => Right { answer: old, ..right },
            false => right,
        }
    }

    fn call<'a>(&self, memo: &'a Numbers<Virtual>) -> Told<'a> {
        let call = memo.call(1);
        let tuned = match self.wishes[0] {
            Wish::Force => call.force(),
            Wish::MaxAge(most) => call.max_age(most),
            Wish::Fresh => call.fresh(),
            Wish::MaxStale(most) => call.max_stale(most),
            Wish::SoftTimeout(timeout) => call.soft_timeout(timeout),
        };
        let call = self.wishes[1..].iter().fold(tuned, |call: Call<'_>, wish| match *wish {
            Wish::Force => call.force(),
            Wish::MaxAge(most) => call.max_age(most),
            Wish::Fresh => call.fresh(),
            Wish::MaxStale(most) => call.max_stale(most),
            Wish::SoftTimeout(timeout) => call.soft_timeout(timeout),
        });
        Box::pin(call.outcome())
    }

    /// Has a call made under these circumstances, and looks how it ends.
    async fn play(&self, time: Virtual) {
        let backend = Backend::shut_after_first();
        let base =
            Builder::on(time.clone()).stale_if_error(self.window).cache_errors_for(Duration::ZERO);
        let base = if self.impatient { base.soft_timeout(Duration::ZERO) } else { base };
        let memo: Numbers<Virtual> = match self.waits {
            false => base
                .method_timeout(None)
                .update_after(MINUTE)
                .expire_after(2 * MINUTE)
                .try_wrap(backend.method()),
            true => base
                .method_timeout(None)
                .update_after(MINUTE)
                .expire_after(2 * MINUTE)
                .storage(Probe::new())
                .try_wrap(backend.method()),
        };
        let start = time.elapsed();
        if self.age.is_none() {
            // So that the first load is shut in, as others are.
            backend.source.gates.shut_at(1);
        } else {
            memo.call(1).await.unwrap();
            time.settle().await;
        }
        let mut before: Option<Pin<Box<dyn Future<Output = ()>>>> = None;
        if self.air == Air::Refresh {
            time.advance(MINUTE + 10 * SECOND).await;
            assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
            time.settle().await;
        }
        if let Some(age) = self.age {
            time.advance(age - (time.elapsed() - start)).await;
        }
        if self.air == Air::Flight {
            let call = memo.call(1).force();
            let mut call: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
                drop(call.await);
            });
            assert!(settled(&time, &mut call).await.is_pending());
            before = Some(call);
        }
        let right = self.right();
        let mut call = self.call(&memo);
        let answer = match settled(&time, &mut call).await {
            Poll::Ready(answer) => {
                assert!(!right.waits, "{self:?} does not wait");
                answer
            }
            Poll::Pending => {
                assert!(right.waits, "{self:?} waits");
                // It changes nothing for others.
                let fresh = self.age.is_some_and(|age| age < MINUTE);
                if fresh && !self.waits {
                    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit), "{self:?}");
                }
                if self.fails {
                    backend.fail();
                }
                backend.source.gates.open_all();
                call.await
            }
        };
        let told = answer
            .map(|Outcome { value, source, .. }| (value, source))
            .map_err(|error| *error.cause().expect("an error of the method"));
        assert_eq!(told, right.answer, "{self:?}");
        backend.source.gates.open_all();
        if let Some(before) = before {
            before.await;
        }
        time.settle().await;
        assert_eq!(backend.count(), right.loads, "{self:?}");
        assert_eq!(memo.cache().in_flight(), 0);
    }
}

type Call<'a> = Tuned<memo::Call<'a, u32, u32, &'static str, Virtual>>;
type Told<'a> =
    Pin<Box<dyn Future<Output = Result<Outcome<u32>, evermemo::Error<&'static str>>> + 'a>>;

/// Polls a future until nothing more happens unless time passes.
async fn settled<F: Future + Unpin>(time: &Virtual, future: &mut F) -> Poll<F::Output> {
    for _ in 0..4 {
        if let Poll::Ready(output) = polled(future).await {
            return Poll::Ready(output);
        }
        time.settle().await;
    }
    Poll::Pending
}

/// Each pair of options, in either order.
fn pairs() -> Vec<Vec<Wish>> {
    let pair = |one| WISHES.iter().map(move |&other| vec![one, other]);
    // The last value of an option counts.
    let replaces = |wishes: &Vec<Wish>| {
        wishes[0] != wishes[1]
            && std::mem::discriminant(&wishes[0]) == std::mem::discriminant(&wishes[1])
    };
    WISHES.iter().flat_map(|&one| pair(one)).filter(|wishes| !replaces(wishes)).collect()
}

#[test]
fn p4_10_each_pair_of_options_has_its_right_answer_at_each_age() {
    for wishes in pairs() {
        for (window, impatient) in [(Duration::ZERO, false), (MINUTE, false), (MINUTE, true)] {
            for age in AGES {
                for air in [Air::Nothing, Air::Flight, Air::Refresh] {
                    // There is no refresh of what is fresh, or is not there.
                    if air == Air::Refresh && age.is_none_or(|age| age < MINUTE + 10 * SECOND) {
                        continue;
                    }
                    for (fails, waits) in
                        [(false, false), (true, false), (false, true), (true, true)]
                    {
                        let wishes = wishes.clone();
                        let case = Case { wishes, age, air, window, impatient, fails, waits };
                        testing::run(async |time| case.play(time).await);
                    }
                }
            }
        }
    }
}

/// The last value of an option counts, and its bound is part of it.
#[test]
fn p4_10_options_are_exact_to_the_nanosecond() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .update_after(MINUTE)
            .expire_after(2 * MINUTE)
            .stale_if_error(HOUR)
            .try_wrap(backend.method());
        memo.call(1).await.unwrap();
        time.advance(10 * SECOND).await;
        for _ in 0..3 {
            let call = memo.call(1).max_age(SECOND).max_age(10 * SECOND);
            assert_eq!(call.outcome().await.unwrap().source, Source::Hit);
        }
        assert_eq!((memo.stats().hits, memo.stats().calls()), (3, 4));
        let age = 10 * SECOND - NANO;
        assert_eq!(memo.call(1).max_age(age).outcome().await.unwrap().source, Source::Loaded);
        time.advance(MINUTE - NANO).await;
        assert_eq!(memo.call(1).fresh().outcome().await.unwrap().source, Source::Hit);
        time.advance(NANO).await;
        assert_eq!(memo.call(1).fresh().outcome().await.unwrap().source, Source::Loaded);
        time.advance(2 * MINUTE + SECOND - NANO).await;
        let call = memo.call(1).max_stale(SECOND);
        assert_eq!(call.outcome().await.unwrap().source, Source::Stale);
        time.settle().await;
        // That has begun a refresh.
        assert_eq!(at_once(&memo, 1).await, (4, Source::Hit));
        time.advance(2 * MINUTE + SECOND).await;
        let call = memo.call(1).max_stale(SECOND);
        assert_eq!(call.outcome().await.unwrap().source, Source::Loaded);
    });
}

#[test]
fn p4_10_a_call_waits_as_long_as_it_says_itself() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .update_after(MINUTE)
            .expire_after(2 * MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(7 * SECOND)
            .try_wrap(backend.method());
        memo.call(1).await.unwrap();
        time.advance(2 * MINUTE).await;
        let before = time.elapsed();
        for (patience, waited) in [(None, 7), (Some(3 * SECOND), 3), (Some(9 * SECOND), 9)] {
            let begun = time.elapsed();
            let call = memo.call(1);
            let outcome = match patience {
                None => call.outcome().await,
                Some(patience) => call.soft_timeout(patience).outcome().await,
            };
            assert_eq!(outcome.unwrap().source, Source::Stale);
            assert_eq!(time.elapsed() - begun, waited * SECOND);
        }
        // It grows too old while it waits.
        let age = 2 * MINUTE + (time.elapsed() - before);
        let call = memo.call(1).max_age(age + SECOND).soft_timeout(2 * SECOND);
        let mut call = Box::pin(call.outcome());
        assert!(polled(&mut call).await.is_pending());
        time.advance(3 * SECOND).await;
        assert!(polled(&mut call).await.is_pending());
        backend.fail();
        backend.source.gates.open_all();
        assert_eq!(call.await.unwrap_err().cause(), Some(&"down"));
        assert_eq!(backend.count(), 2);
    });
}
