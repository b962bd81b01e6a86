//! Values that are dead at birth.

use super::{HOUR, MINUTE, Numbers, SECOND, at_rest, backend::Backend};

use evermemo::{
    Builder, CacheEntry, CacheStorage, Cached, Event, Found, Instant,
    LeastRecentlyUpdatedEvictionStrategy, Lookup, Memo, Source,
    testing::{self, Virtual},
};
use evermemo_tests::{
    Gate, Mode, Moment, Operation, Probe, Recording, Timed, on_every_runtime, polled, until,
};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Waker},
    time::Duration,
};

on_every_runtime! {
    p4_6_an_inserted_value_without_a_life_removes_what_it_replaces,
    p4_6_a_forced_value_without_a_life_removes_what_it_replaces,
    p4_6_a_loaded_value_without_a_life_removes_what_has_expired,
    p4_6_a_refresh_without_a_life_removes_what_it_replaces,
    p4_6_a_superseded_value_without_a_life_removes_nothing,
    p4_6_a_strategy_hears_that_a_value_without_a_life_has_removed,
    p4_6_a_removal_by_a_value_without_a_life_that_fails_is_told,
}

/// The observer hears of a load's end before its value is stored and handed out.
#[test]
fn p4_6_a_caller_who_joins_is_not_told_what_was_dead_when_it_came() {
    type Joining = Pin<Box<dyn Future<Output = (usize, Source)> + Send>>;
    testing::run(async |time| {
        let (memo, joining) = (Arc::new(OnceLock::new()), Arc::new(Mutex::new(None::<Joining>)));
        let observed = (memo.clone(), joining.clone(), time.clone());
        let loads = AtomicUsize::new(0);
        let made = Builder::on(time.clone())
            .expire_after(SECOND)
            .observer(move |event: &Event<'_, u32, usize, Infallible>| {
                let (memo, joining, time) = &observed;
                if !matches!(event, Event::LoadEnded { .. }) || joining.lock().unwrap().is_some() {
                    return;
                }
                time.set_now(time.elapsed() + 2 * SECOND);
                let memo: Memo<u32, usize, Infallible, Virtual> =
                    OnceLock::get(memo).cloned().unwrap();
                let mut call: Joining = Box::pin(async move {
                    let answer = memo.outcome(7).await.unwrap();
                    (answer.value, answer.source)
                });
                let mut cx = Context::from_waker(Waker::noop());
                assert!(call.as_mut().poll(&mut cx).is_pending(), "it joins");
                *joining.lock().unwrap() = Some(call);
            })
            .wrap(move |_| ready(1 + loads.fetch_add(1, SeqCst)));
        memo.set(made).unwrap();
        let memo = memo.get().unwrap();
        assert_eq!(memo.call(7).await.unwrap(), 1);
        let call = joining.lock().unwrap().take().unwrap();
        assert_eq!(call.await.0, 2);
        assert_eq!((memo.stats().loads, memo.stats().joins), (1, 1));
        assert_eq!(memo.cache().in_flight(), 0);
    });
}

/// Odd values have no life, even ones an hour of it.
fn builder(_: &u32, value: u32, now: Instant) -> CacheEntry<u32> {
    let life = if value % 2 == 1 { Duration::ZERO } else { HOUR };
    CacheEntry::new(value, now).update_after(now + MINUTE).expires_after(now + life)
}

/// A memo of the numbers of its runs over each kind of storage.
fn everywhere<R: Timed>(rt: &R, backend: &Backend) -> Vec<(&'static str, Numbers<R>)> {
    let base = || Builder::on(rt.clone()).entry_builder(builder);
    let strategy = || LeastRecentlyUpdatedEvictionStrategy::new(10);
    vec![
        ("memory", base().try_wrap(backend.method())),
        ("memory and a strategy", base().eviction_strategy(strategy()).try_wrap(backend.method())),
        ("a shelf", base().storage(Shelf::default()).try_wrap(backend.method())),
        ("a storage that waits", base().storage(Probe::new()).try_wrap(backend.method())),
        (
            "a storage that waits and a strategy",
            base().storage(Probe::new()).eviction_strategy(strategy()).try_wrap(backend.method()),
        ),
    ]
}

async fn p4_6_an_inserted_value_without_a_life_removes_what_it_replaces<R: Timed>(rt: R) {
    for (place, memo) in everywhere(&rt, &Backend::up()) {
        memo.try_insert(7, 100).await.unwrap();
        memo.try_insert(8, 200).await.unwrap();

        memo.try_insert(7, 101).await.unwrap();

        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded, "{place}");
        assert_eq!(memo.outcome(8).await.unwrap().value, 200, "{place}");
    }
}

async fn p4_6_a_forced_value_without_a_life_removes_what_it_replaces<R: Timed>(rt: R) {
    let backend = Backend::up();
    for (place, memo) in everywhere(&rt, &backend) {
        memo.try_insert(7, 100).await.unwrap();
        if backend.count() % 2 == 1 {
            assert!(memo.call(8).await.is_ok());
        }

        assert_eq!(memo.force_refresh(7).await.unwrap() % 2, 1);
        at_rest(&rt, &memo).await;

        let next = memo.outcome(7).await.unwrap();
        assert_eq!((next.source, next.value % 2), (Source::Loaded, 0), "{place}");
        at_rest(&rt, &memo).await;
    }
}

async fn p4_6_a_loaded_value_without_a_life_removes_what_has_expired<R: Timed>(rt: R) {
    for number in 0..2 {
        let (place, memo) = everywhere(&rt, &Backend::up()).swap_remove(number);
        memo.try_insert(7, 100).await.unwrap();
        rt.advance(HOUR);
        assert!(memo.call(7).await.is_ok(), "{place}");
        at_rest(&rt, &memo).await;
        assert_eq!(memo.len(), 0, "{place}");
    }
}

async fn p4_6_a_refresh_without_a_life_removes_what_it_replaces<R: Timed>(rt: R) {
    let backend = Backend::up();
    for (place, memo) in everywhere(&rt, &backend) {
        memo.try_insert(7, 100).await.unwrap();
        if backend.count() % 2 == 1 {
            assert!(memo.call(8).await.is_ok());
        }
        rt.advance(MINUTE);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale, "{place}");
        until(&rt, || memo.stats().refreshes == 1).await;
        at_rest(&rt, &memo).await;

        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded, "{place}");
        at_rest(&rt, &memo).await;
    }
}

async fn p4_6_a_superseded_value_without_a_life_removes_nothing<R: Timed>(rt: R) {
    for forces in [true, false] {
        for number in 0..5 {
            let backend = Backend::up();
            let (place, memo) = everywhere(&rt, &backend).swap_remove(number);
            backend.source.gates.shut_at(1);
            let mut load = match forces {
                true => polled_once(memo.force_refresh(7)).await,
                false => polled_once(memo.call(7)).await,
            };
            memo.try_insert(7, 100).await.unwrap();
            backend.source.gates.open_at(1);

            assert_eq!(load.as_mut().await.unwrap(), 1);
            at_rest(&rt, &memo).await;

            let hit = memo.outcome(7).await.unwrap();
            assert_eq!((hit.value, hit.source), (100, Source::Hit), "{place}");
        }
    }
}

/// Polls a call that must wait.
async fn polled_once<'a, O>(
    call: impl Future<Output = O> + 'a,
) -> Pin<Box<dyn Future<Output = O> + 'a>> {
    let mut call: Pin<Box<dyn Future<Output = O> + 'a>> = Box::pin(call);
    until_waiting(&mut call).await;
    call
}

async fn until_waiting<O>(call: &mut Pin<Box<dyn Future<Output = O> + '_>>) {
    // A storage that waits is asked first.
    for _ in 0..3 {
        assert!(polled(call).await.is_pending());
    }
}

async fn p4_6_a_strategy_hears_that_a_value_without_a_life_has_removed<R: Timed>(rt: R) {
    let recording = Arc::new(Recording::new());
    let probe = Probe::<u32, u32>::new();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .entry_builder(builder)
        .storage(probe.clone())
        .eviction_strategy(recording.clone())
        .try_wrap(Backend::up().method());
    memo.try_insert(7, 100).await.unwrap();
    memo.try_insert(8, 200).await.unwrap();
    assert_eq!(recording.tracked(), [7, 8]);

    memo.try_insert(7, 101).await.unwrap();

    assert_eq!((recording.tracked(), probe.within().len()), (vec![8], 1));
    assert_eq!(probe.count(Operation::Release, Moment::Ended), 1);
}

async fn p4_6_a_removal_by_a_value_without_a_life_that_fails_is_told<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let memo = Builder::on(rt.clone()).entry_builder(builder).storage(probe.clone()).wrap_loader(
        |key: u32, _| async move { Ok::<_, Infallible>(Cached::new(key).expire_after(SECOND)) },
    );
    memo.try_insert(7, 100).await.unwrap();
    probe.next(Operation::Release, Mode::Fail("no"));
    assert_eq!(memo.try_insert(7, 101).await.unwrap_err().to_string(), "no");

    // It takes its turn as any other write.
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let (mut first, mut second) =
        (Box::pin(memo.try_insert(7, 102)), Box::pin(memo.try_insert(7, 103)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());
    assert_eq!(probe.count(Operation::Release, Moment::Began), 1);
    gate.open();
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(probe.within().len(), 0);
}

/// A storage of one's own that never waits, and stores whatever it is offered.
#[derive(Clone, Default)]
struct Shelf {
    entries: Arc<Mutex<BTreeMap<u32, CacheEntry<u32>>>>,
}

impl CacheStorage<u32, u32> for Shelf {
    type Error = Infallible;
    type Get = Ready<Found<u32, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &u32, _now: Instant) -> Self::Get {
        ready(Ok(self.entries.lock().unwrap().get(key).cloned()))
    }

    fn get_now<Q: Lookup<u32> + ?Sized>(
        &self,
        key: &Q,
        _now: Instant,
    ) -> Option<Found<u32, Infallible>> {
        Some(Ok(self.entries.lock().unwrap().get(&key.to_key()).cloned()))
    }

    fn offer(&self, &key: &u32, entry: &CacheEntry<u32>, _now: Instant) -> Self::Done {
        self.entries.lock().unwrap().insert(key, entry.clone());
        ready(Ok(()))
    }

    fn release(&self, key: &u32) -> Self::Done {
        self.entries.lock().unwrap().remove(key);
        ready(Ok(()))
    }
}
