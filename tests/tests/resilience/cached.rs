//! Loads that say how long their value lives.

use super::{
    HOUR, MINUTE, NANO, Numbers, SECOND, answer, at_once, at_rest, backend::Backend, cause,
};

use evermemo::{Builder, Cache, CacheEntry, Cached, Instant, Jitter, SmolLocal, Source, testing};
use evermemo_tests::{ByHand, Timed, all, on_every_runtime, polled};
use std::{
    convert::Infallible,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_runtime! {
    p4_6_a_value_brings_its_own_times,
    p4_6_what_a_load_does_not_say_is_the_entry_builder_s,
    p4_6_a_value_that_is_not_to_be_stored_is_an_answer_and_nothing_more,
    p4_6_a_value_that_is_not_to_be_stored_leaves_what_is_stored,
    p4_6_own_times_of_zero_are_at_once,
    p4_6_own_times_that_never_come,
    p4_6_own_times_are_jittered_too,
    p4_6_a_refresh_brings_times_of_its_own,
    p4_6_errors_of_a_loader_are_errors,
}

async fn p4_6_a_value_brings_its_own_times<R: Timed>(rt: R) {
    let memo = own(&rt, |cached| cached.update_after(10 * SECOND).expire_after(20 * SECOND));
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    assert_eq!(lives(&memo, 1), (10 * SECOND, 20 * SECOND));

    rt.advance(10 * SECOND - NANO);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
    rt.advance(NANO);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    rt.advance(20 * SECOND);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
}

async fn p4_6_what_a_load_does_not_say_is_the_entry_builder_s<R: Timed>(rt: R) {
    let memo = own(&rt, |cached| cached);
    answer(&memo, 1).await;
    assert_eq!(lives(&memo, 1), (MINUTE, HOUR));

    let memo = own(&rt, |cached| cached.update_after(SECOND));
    answer(&memo, 1).await;
    assert_eq!(lives(&memo, 1), (SECOND, HOUR));

    let memo = own(&rt, |cached| cached.expire_after(2 * HOUR));
    answer(&memo, 1).await;
    assert_eq!(lives(&memo, 1), (MINUTE, 2 * HOUR));

    // It makes the value, too.
    let memo = Builder::on(rt)
        .entry_builder(|_: &u32, value: u32, now: Instant| {
            CacheEntry::new(value + 1, now).expires_after(now + HOUR)
        })
        .wrap_loader(|key: u32, _| async move {
            Ok::<_, Infallible>(Cached::new(key).update_after(SECOND))
        });
    assert_eq!(memo.call(1).await.unwrap(), 2);
    let entry = memo.cache().entry(&1).unwrap();
    assert_eq!(entry.update_after, entry.created + SECOND);
    assert_eq!(entry.expires_after, entry.created + HOUR);
}

async fn p4_6_a_value_that_is_not_to_be_stored_is_an_answer_and_nothing_more<R: Timed>(rt: R) {
    let backend = Backend::up();
    backend.source.gates.shut_at(1);
    let memo = loading(&rt, &backend, Cached::do_not_store);
    let mut callers: Vec<_> = (0..3).map(|_| Box::pin(memo.call(1))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    backend.source.gates.open_all();

    for value in all(callers).await {
        assert_eq!(value.unwrap(), 1);
    }
    at_rest(&rt, &memo).await;
    assert_eq!(memo.len(), 0);
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
    assert_eq!((memo.stats().loads, memo.stats().joins), (2, 2));
}

async fn p4_6_a_value_that_is_not_to_be_stored_leaves_what_is_stored<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo = loading(&rt, &backend, |cached| match cached.value() {
        1 => cached.update_after(10 * SECOND).expire_after(HOUR),
        _ => cached.do_not_store(),
    });
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));

    assert_eq!(memo.force_refresh(1).await.unwrap(), 2);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));

    // A refresh, likewise; each stale hit tries again.
    rt.advance(10 * SECOND);
    for count in 3..=4 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
        at_rest(&rt, &memo).await;
        assert_eq!((backend.count(), memo.len()), (count, 1));
    }
}

async fn p4_6_own_times_of_zero_are_at_once<R: Timed>(rt: R) {
    let memo = own(&rt, |cached| cached.update_after(Duration::ZERO));
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;

    let memo = own(&rt, |cached| cached.expire_after(Duration::ZERO));
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
}

async fn p4_6_own_times_that_never_come<R: Timed>(rt: R) {
    let memo = own(&rt, |cached| cached.update_after(Duration::MAX).expire_after(Duration::MAX));
    answer(&memo, 1).await;
    rt.advance(100 * 365 * 24 * HOUR);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
}

async fn p4_6_own_times_are_jittered_too<R: Timed>(rt: R) {
    let method = Backend::up().method();
    let memo: Numbers<R> =
        Builder::on(rt).jitter(Jitter::new(0.5).unwrap()).seed(3).wrap_loader(move |key, _| {
            let loaded = method(key);
            async move { Ok(Cached::new(loaded.await?).update_after(HOUR).expire_after(2 * HOUR)) }
        });
    answer(&memo, 1).await;
    let (update, expire) = lives(&memo, 1);
    assert!(update < HOUR && update >= HOUR / 2, "{update:?}");
    assert!(expire.abs_diff(2 * update) <= Duration::from_micros(1), "{update:?}, {expire:?}");
}

async fn p4_6_a_refresh_brings_times_of_its_own<R: Timed>(rt: R) {
    let memo = own(&rt, |cached| {
        let update_after = *cached.value() * 10 * SECOND;
        cached.update_after(update_after).expire_after(HOUR)
    });
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(lives(&memo, 1), (20 * SECOND, HOUR));
}

async fn p4_6_errors_of_a_loader_are_errors<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo = loading(&rt, &backend, |cached| cached);
    backend.fail();
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!((memo.len(), memo.stats().load_failures), (0, 1));
}

#[test]
fn p4_6_times_count_from_the_end_of_the_load() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone()).wrap_loader({
            let time = time.clone();
            move |key: u32, _| {
                let time = time.clone();
                async move {
                    evermemo::Runtime::sleep(&time, 30 * SECOND).await;
                    Ok::<_, Infallible>(Cached::new(key).expire_after(10 * SECOND))
                }
            }
        });
        memo.call(1).await.unwrap();
        time.advance(10 * SECOND - NANO).await;
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
        time.advance(NANO).await;
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    });
}

#[test]
fn p4_6_caches_whose_calls_bring_the_load_take_times_as_well() {
    testing::run(async |time| {
        let cache: Cache<u32, u32, Infallible, _> = Builder::on(time.clone()).build();
        let load = |key, _| async move { Ok(Cached::new(key).expire_after(10 * SECOND)) };
        assert_eq!(cache.load_with(1, load).await.unwrap(), 1);
        assert_eq!(cache.load_with(1, |_, _| async { Ok(Cached::new(2)) }).await.unwrap(), 1);
        time.advance(10 * SECOND).await;
        let out = |_, _| async { Ok(Cached::new(3).do_not_store()) };
        assert_eq!(cache.load_with(1, out).await.unwrap(), 3);
        assert_eq!(cache.load_with(1, |_, _| async { Ok(Cached::new(4)) }).await.unwrap(), 4);
        assert_eq!((cache.stats().loads, cache.stats().hits), (3, 1));
    });
}

#[test]
fn p4_6_local_loads_take_times_as_well() {
    let local = SmolLocal::default();
    local.block_on(async {
        let rt = ByHand::new(local.clone());
        let seen = Rc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        let memo = Builder::on(rt.clone()).wrap_loader_local(
            move |key: u32, previous: Option<CacheEntry<u32>>| {
                let noted = noted.clone();
                async move {
                    noted.lock().unwrap().push(previous.map(|previous| previous.value));
                    Ok::<_, Infallible>(Cached::new(key + 1).expire_after(10 * SECOND))
                }
            },
        );
        assert_eq!(memo.call(1).await.unwrap(), 2);
        rt.advance(10 * SECOND);
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
        assert_eq!(*seen.lock().unwrap(), [None, Some(2)]);

        let cache: Cache<u32, u32, Infallible, _> = Builder::on(rt.clone()).build_local();
        let one = Rc::new(1);
        let load = move |key, _| {
            let one = one.clone();
            async move { Ok(Cached::new(key + *one).expire_after(10 * SECOND)) }
        };
        assert_eq!(cache.load_with_local(5, load).await.unwrap(), 6);
        rt.advance(10 * SECOND);
        let next = |_, previous: Option<CacheEntry<u32>>| async move {
            Ok(Cached::new(previous.expect("the expired one").value + 100))
        };
        assert_eq!(cache.load_with_local(5, next).await.unwrap(), 106);
    });
}

#[test]
fn p4_6_what_a_load_brings_can_be_looked_at() {
    let cached = Cached::from("page").update_after(SECOND).do_not_store();
    assert_eq!(*cached.value(), "page");
    assert_eq!(
        format!("{cached:?}"),
        r#"Cached { value: "page", update_after: Some(1s), expire_after: None, stored: false }"#
    );
    assert_eq!(cached.clone().into_value(), "page");
}

/// A memo of the numbers of its runs, of a minute until they are stale and an hour until they are
/// expired, unless `say` says otherwise.
fn own<R: Timed>(
    rt: &R,
    say: impl Fn(Cached<u32>) -> Cached<u32> + Send + Sync + 'static,
) -> Numbers<R> {
    loading(rt, &Backend::up(), say)
}

fn loading<R: Timed>(
    rt: &R,
    backend: &Backend,
    say: impl Fn(Cached<u32>) -> Cached<u32> + Send + Sync + 'static,
) -> Numbers<R> {
    let (method, say) = (backend.method(), Arc::new(say));
    Builder::on(rt.clone()).update_after(MINUTE).expire_after(HOUR).wrap_loader(move |key, _| {
        let (loaded, say) = (method(key), say.clone());
        async move { Ok(say(Cached::new(loaded.await?))) }
    })
}

fn lives<R: Timed>(memo: &Numbers<R>, key: u32) -> (Duration, Duration) {
    let entry = memo.cache().entry(&key).expect("an entry");
    let after = |instant: Instant| instant.saturating_since(entry.created);
    (after(entry.update_after), after(entry.expires_after))
}
