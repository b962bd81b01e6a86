//! Loads that are handed what they are to replace.

use super::{
    HOUR, MINUTE, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Way},
};

use evermemo::{Backoff, Builder, Cache, CacheEntry, Cached, Event, Observer, Source};
use evermemo_tests::{Gate, Mode, Operation, Probe, Timed, on_every_runtime, polled, until};
use futures_util::FutureExt as _;
use send_wrapper::SendWrapper;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_runtime! {
    p4_6_a_load_is_handed_the_entry_that_is_no_longer_fresh,
    p4_6_a_forced_load_is_handed_nothing,
    p4_6_a_load_after_a_removal_is_handed_nothing,
    p4_6_a_load_that_a_removal_overtook_is_followed_by_one_that_is_handed_nothing,
    p4_6_a_removal_between_the_look_and_the_load_leaves_nothing_to_hand_on,
    p4_6_a_removal_during_a_slow_look_leaves_nothing_to_hand_on,
    p4_6_a_look_during_an_insertion_leaves_nothing_older_to_hand_on,
    p4_6_not_modified_renews_the_entry,
    p4_6_a_load_that_failed_leaves_the_entry_for_the_next,
    p4_6_a_storage_that_waits_brings_the_previous_value,
    p4_6_the_times_of_the_previous_value_are_its_own,
}

/// What loads were handed, in order.
type Handed = Arc<Mutex<Vec<Option<u32>>>>;

fn noting<R: Timed>(rt: &R, backend: &Backend) -> (Handed, Numbers<R>) {
    let (handed, method) = (Handed::default(), backend.method());
    let noted = handed.clone();
    let memo = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .refresh_backoff(Backoff::NONE)
        .wrap_loader(move |key, previous: Option<CacheEntry<u32>>| {
            noted.lock().unwrap().push(previous.map(|previous| previous.value));
            let loaded = method(key);
            async move { Ok(Cached::new(loaded.await?)) }
        });
    (handed, memo)
}

async fn p4_6_a_load_is_handed_the_entry_that_is_no_longer_fresh<R: Timed>(rt: R) {
    let (handed, memo) = noting(&rt, &Backend::up());
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    rt.advance(MINUTE);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    rt.advance(HOUR);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
    // However long ago it expired.
    rt.advance(1_000 * HOUR);
    assert_eq!(answer(&memo, 1).await, (4, Source::Loaded));
    assert_eq!(*handed.lock().unwrap(), [None, Some(1), Some(2), Some(3)]);

    memo.try_insert(2, 50).await.unwrap();
    rt.advance(HOUR);
    answer(&memo, 2).await;
    assert_eq!(handed.lock().unwrap().pop(), Some(Some(50)));
}

async fn p4_6_a_forced_load_is_handed_nothing<R: Timed>(rt: R) {
    let (handed, memo) = noting(&rt, &Backend::up());
    answer(&memo, 1).await;
    memo.force_refresh(1).await.unwrap();
    rt.advance(MINUTE);
    memo.force_refresh(1).await.unwrap();
    rt.advance(HOUR);
    memo.force_refresh(1).await.unwrap();
    assert_eq!(*handed.lock().unwrap(), [None; 4]);
}

async fn p4_6_a_load_after_a_removal_is_handed_nothing<R: Timed>(rt: R) {
    let (handed, memo) = noting(&rt, &Backend::up());
    answer(&memo, 1).await;
    memo.try_invalidate(&1).await.unwrap();
    answer(&memo, 1).await;
    memo.try_clear().await.unwrap();
    answer(&memo, 1).await;
    assert_eq!(*handed.lock().unwrap(), [None; 3]);
}

async fn p4_6_a_load_that_a_removal_overtook_is_followed_by_one_that_is_handed_nothing<R: Timed>(
    rt: R,
) {
    let backend = Backend::up();
    let (handed, memo) = noting(&rt, &backend);
    answer(&memo, 1).await;
    rt.advance(HOUR);
    backend.source.gates.shut_at(2);
    let mut before = Box::pin(memo.call(1));
    assert!(polled(&mut before).await.is_pending());

    memo.try_invalidate(&1).await.unwrap();
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));

    backend.source.gates.open_all();
    assert_eq!(before.await.unwrap(), 2);
    assert_eq!(*handed.lock().unwrap(), [None, Some(1), None]);
    assert_eq!(at_once(&memo, 1).await, (3, Source::Hit));
}

/// Removes or writes what a stale call has just looked at, before that has begun to load.
#[derive(Clone, Default)]
struct Meddler(Arc<Mutex<Option<Change>>>);

type Change = Box<dyn Fn() + Send + Sync>;

impl Observer<u32, u32, Infallible> for Meddler {
    fn observe(&self, event: &Event<'_, u32, u32, Infallible>) {
        // Once, and not under the lock: what it does is told here, too.
        let change = match event {
            Event::Stale { .. } => self.0.lock().unwrap().take(),
            _ => None,
        };
        if let Some(change) = change {
            change();
        }
    }
}

async fn p4_6_a_removal_between_the_look_and_the_load_leaves_nothing_to_hand_on<R: Timed>(rt: R) {
    for way in 0..3 {
        let (handed, meddler) = (Handed::default(), Meddler::default());
        let noted = handed.clone();
        let cache: Cache<u32, u32, Infallible, R> = Builder::on(rt.clone())
            .update_after(MINUTE)
            .expire_after(HOUR)
            .observer(meddler.clone())
            .build();
        let load = || {
            let noted = noted.clone();
            move |key: u32, previous: Option<CacheEntry<u32>>| async move {
                noted.lock().unwrap().push(previous.map(|previous| previous.value));
                Ok(Cached::new(key))
            }
        };
        cache.load_with(1, load()).await.unwrap();
        rt.advance(MINUTE);
        let changed = SendWrapper::new(cache.clone());
        *meddler.0.lock().unwrap() = Some(Box::new(move || {
            // Memory does not wait.
            let done = match way {
                0 => changed.try_invalidate(&1).now_or_never(),
                1 => changed.try_clear().now_or_never(),
                _ => changed.try_insert(1, 50).now_or_never(),
            };
            assert!(done.is_some_and(|done| done.is_ok()));
        }));
        cache.load_with(1, load()).await.unwrap();
        until(&rt, || cache.in_flight() == 0).await;
        let handed = handed.lock().unwrap();
        assert!(handed.iter().all(Option::is_none), "{way}: {handed:?}");
    }
}

async fn p4_6_a_removal_during_a_slow_look_leaves_nothing_to_hand_on<R: Timed>(rt: R) {
    let (handed, probe, backend) = (Handed::default(), Probe::new(), Backend::up());
    let (noted, method) = (handed.clone(), backend.method());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .wrap_loader(move |key, previous: Option<CacheEntry<u32>>| {
            noted.lock().unwrap().push(previous.map(|previous| previous.value));
            let loaded = method(key);
            async move { Ok::<_, &'static str>(Cached::new(loaded.await?)) }
        });
    memo.call(1).await.unwrap();
    at_rest(&rt, &memo).await;
    rt.advance(HOUR);
    // It has seen what has expired, and is told so late.
    let gate = Gate::shut();
    probe.set(Operation::Get, Mode::Wait(gate.clone()));
    let mut call = Box::pin(memo.call(1));
    assert!(polled(&mut call).await.is_pending());
    memo.try_invalidate(&1).await.unwrap();
    probe.set(Operation::Get, Mode::Pass);
    gate.open();
    assert_eq!(call.await.unwrap(), 2);
    assert_eq!(*handed.lock().unwrap(), [None, None]);
}

async fn p4_6_a_look_during_an_insertion_leaves_nothing_older_to_hand_on<R: Timed>(rt: R) {
    let (handed, probe) = (Handed::default(), Probe::new());
    let cache: Cache<u32, u32, Infallible, R> = Builder::on(rt.clone())
        .storage(probe.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .storage_timeout(1_000 * HOUR)
        .build();
    let load = || {
        let noted = handed.clone();
        move |_: u32, previous: Option<CacheEntry<u32>>| async move {
            let previous = previous.map(|previous| previous.value);
            noted.lock().unwrap().push(previous);
            Ok(Cached::new(previous.unwrap_or(60)))
        }
    };
    cache.load_with(1, |_, _| async { Ok(Cached::new(1)) }).await.unwrap();
    until(&rt, || cache.in_flight() == 0).await;
    // The inserted value expires on its way, and the storage has still what it replaces.
    let gate = Gate::shut();
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    let mut insertion = Box::pin(cache.try_insert(1, 50));
    assert!(polled(&mut insertion).await.is_pending());
    rt.advance(HOUR);
    let mut before = Box::pin(cache.load_with(1, load()));
    let pending = polled(&mut before).await.is_pending();
    probe.set(Operation::Offer, Mode::Pass);
    gate.open();
    insertion.await.unwrap();
    // It joins the load that began before, or has what that one has stored.
    assert_eq!(cache.load_with(1, load()).await.unwrap(), 60);
    if pending {
        before.await.unwrap();
    }
    assert!(handed.lock().unwrap().iter().all(|handed| *handed != Some(1)), "{handed:?}");
}

async fn p4_6_not_modified_renews_the_entry<R: Timed>(rt: R) {
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .wrap_loader(|_, previous: Option<CacheEntry<u32>>| async move {
            Ok(Cached::new(previous.map_or(7, |previous| previous.value)))
        });
    assert_eq!(answer(&memo, 1).await, (7, Source::Loaded));
    for _ in 0..3 {
        rt.advance(MINUTE);
        assert_eq!(at_once(&memo, 1).await, (7, Source::Stale));
        at_rest(&rt, &memo).await;
        let renewed = memo.outcome(1).await.unwrap();
        assert_eq!((renewed.value, renewed.source), (7, Source::Hit));
        assert!(renewed.age.is_zero());
    }
    rt.advance(HOUR);
    assert_eq!(answer(&memo, 1).await, (7, Source::Loaded));
    assert_eq!(at_once(&memo, 1).await, (7, Source::Hit));
}

async fn p4_6_a_load_that_failed_leaves_the_entry_for_the_next<R: Timed>(rt: R) {
    let backend = Backend::up();
    let (handed, memo) = noting(&rt, &backend);
    answer(&memo, 1).await;
    rt.advance(HOUR);
    backend.fail();
    assert!(memo.call(1).await.is_err());
    backend.set(Way::Works);
    answer(&memo, 1).await;
    assert_eq!(*handed.lock().unwrap(), [None, Some(1), Some(1)]);
}

async fn p4_6_a_storage_that_waits_brings_the_previous_value<R: Timed>(rt: R) {
    let (probe, handed) = (Probe::<u32, u32>::new(), Handed::default());
    let noted = handed.clone();
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .wrap_loader(move |key: u32, previous: Option<CacheEntry<u32>>| {
            let mut noted = noted.lock().unwrap();
            noted.push(previous.map(|previous| previous.value));
            let run = noted.len() as u32;
            async move { Ok::<_, Infallible>(Cached::new(10 * key + run)) }
        });
    memo.call(1).await.unwrap();
    at_rest(&rt, &memo).await;
    rt.advance(MINUTE);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    at_rest(&rt, &memo).await;
    rt.advance(HOUR);
    assert_eq!(memo.call(1).await.unwrap(), 13);
    at_rest(&rt, &memo).await;
    rt.advance(HOUR);
    probe.set(Operation::Get, Mode::Fail("lost"));
    memo.call(1).await.unwrap();
    assert_eq!(*handed.lock().unwrap(), [None, Some(11), Some(12), None]);
}

async fn p4_6_the_times_of_the_previous_value_are_its_own<R: Timed>(rt: R) {
    let ages = Arc::new(Mutex::new(Vec::new()));
    let (noted, clock) = (ages.clone(), rt.now());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .wrap_loader(move |_, previous: Option<CacheEntry<u32>>| {
            if let Some(previous) = previous {
                noted.lock().unwrap().push((
                    previous.created.saturating_since(clock),
                    previous.update_after.saturating_since(previous.created),
                    previous.expires_after.saturating_since(previous.created),
                ));
            }
            async { Ok(Cached::new(1)) }
        });
    answer(&memo, 1).await;
    rt.advance(HOUR + 5 * SECOND);
    answer(&memo, 1).await;
    rt.advance(MINUTE);
    at_once(&memo, 1).await;
    at_rest(&rt, &memo).await;
    let first = (Duration::ZERO, MINUTE, HOUR);
    let second = (HOUR + 5 * SECOND, MINUTE, HOUR);
    assert_eq!(*ages.lock().unwrap(), [first, second]);
}

#[test]
fn p4_6_a_call_that_brings_its_load_is_handed_the_previous_value() {
    evermemo::testing::run(async |time| {
        let cache: Cache<u32, u32, Infallible, _> =
            Builder::on(time.clone()).update_after(MINUTE).expire_after(HOUR).build();
        let next = |_, previous: Option<CacheEntry<u32>>| async move {
            Ok(Cached::new(previous.map_or(1, |previous| previous.value + 1)))
        };
        assert_eq!(cache.load_with(1, next).await.unwrap(), 1);
        time.advance(MINUTE).await;
        // In the background, too.
        assert_eq!(cache.load_with(1, next).await.unwrap(), 1);
        time.settle().await;
        assert_eq!(cache.load_with(1, next).await.unwrap(), 2);
        time.advance(HOUR).await;
        assert_eq!(cache.load_with(1, next).await.unwrap(), 3);
        cache.try_invalidate(&1).await.unwrap();
        assert_eq!(cache.load_with(1, next).await.unwrap(), 1);
        // Other loads of the same cache are not asked whether they want it.
        time.advance(HOUR).await;
        assert_eq!(cache.get_with(1, |_| async { Ok(40) }).await.unwrap(), 40);
        time.advance(HOUR).await;
        assert_eq!(cache.load_with(1, next).await.unwrap(), 41);
    });
}
