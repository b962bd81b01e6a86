//! What a call allocates, counted by thread: in a program of its own, as the allocator is one for
//! all.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use evermemo::{
    Builder, DefaultInMemoryCacheConfiguration, KeyFrom, Lookup, Memo, MutableCacheConfiguration,
    Runtime, Smol, SmolLocal, Tokio,
};
use std::{
    borrow::Cow,
    ffi::{CStr, CString, OsStr, OsString},
    fmt::Debug,
    hash::Hash,
    path::{Path, PathBuf},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

#[test]
fn p1_a_hit_allocates_nothing() {
    let squares = Builder::on(Smol).wrap(|n: u64| async move { n * n });
    assert_eq!(smol::block_on(squares.call(12)).unwrap(), 144);

    let allocated = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            assert_eq!(at_once(squares.call(12)).unwrap(), 144);
        }
    });

    assert_eq!(allocated.count_total, 0);
    assert_eq!(squares.stats().hits, 1_000);
    // A miss does: the counter counts.
    let missed = allocation_counter::measure(|| assert_eq!(at_once(squares.call(3)).unwrap(), 9));
    assert!(missed.count_total > 0);
}

#[test]
fn p1_a_hit_by_reference_allocates_nothing() {
    let lengths = Builder::on(Smol)
        .update_after(Duration::from_secs(3600))
        .expire_after(Duration::MAX)
        .wrap(|text: String| async move { text.len() as u64 });
    assert_eq!(smol::block_on(lengths.call_ref("en")).unwrap(), 2);

    let allocated = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            assert_eq!(at_once(lengths.call_ref("en")).unwrap(), 2);
        }
    });

    assert_eq!(allocated.count_total, 0);
    assert_eq!(lengths.stats().hits, 1_000);
}

#[test]
fn p1_a_hit_by_exchangeable_components_allocates_nothing() {
    let defaults = DefaultInMemoryCacheConfiguration::default();
    let lengths = Builder::on(Smol)
        .configuration(MutableCacheConfiguration::<(u64, String), _>::initialized_with(defaults))
        .wrap(|(of, text): (u64, String)| async move { text.len() as u64 * of });
    let key = (2, String::from("en"));
    assert_eq!(smol::block_on(lengths.call(key.clone())).unwrap(), 4);

    let by_reference = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            assert_eq!(at_once(lengths.call_ref((&2, "en"))).unwrap(), 4);
        }
    });
    let by_value = allocation_counter::measure(|| {
        assert_eq!(at_once(lengths.call(key)).unwrap(), 4);
    });

    assert_eq!((by_reference.count_total, by_value.count_total), (0, 0));
    assert_eq!(lengths.stats().hits, 1_001);
}

#[test]
fn p1_a_hit_of_a_memoized_function_allocates_nothing() {
    #[evermemo::memoize(runtime = Smol)]
    async fn length(text: &str, of: u64) -> u64 {
        text.len() as u64 * of
    }
    assert_eq!(smol::block_on(length("en", 2)).unwrap(), 4);

    let allocated = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            assert_eq!(at_once(length("en", 2)).unwrap(), 4);
        }
    });

    assert_eq!(allocated.count_total, 0);
    assert_eq!(length::cache().stats().hits, 1_000);
}

#[tokio::test]
async fn p1_a_hit_by_any_reference_allocates_nothing_on_tokio() {
    let text = "long enough to be moved by nothing but an allocation";
    is_hit_freely::<String, _>(text).await;
    is_hit_freely::<Arc<str>, _>(text).await;
    is_hit_freely::<Box<str>, _>(text).await;
    is_hit_freely::<Cow<'static, str>, _>(text).await;
    let slice: &[u64] = &[1, 2, 3];
    is_hit_freely::<Vec<u64>, _>(slice).await;
    is_hit_freely::<Arc<[u64]>, _>(slice).await;
    is_hit_freely::<Box<[u64]>, _>(slice).await;
    is_hit_freely::<Cow<'static, [u64]>, _>(slice).await;
    is_hit_freely::<CString, CStr>(c"text").await;
    is_hit_freely::<Arc<CStr>, _>(c"text").await;
    is_hit_freely::<Box<CStr>, _>(c"text").await;
    is_hit_freely::<PathBuf, _>(Path::new(text)).await;
    is_hit_freely::<Arc<Path>, _>(Path::new(text)).await;
    is_hit_freely::<Box<Path>, _>(Path::new(text)).await;
    is_hit_freely::<Cow<'static, Path>, _>(Path::new(text)).await;
    is_hit_freely::<OsString, _>(OsStr::new(text)).await;
    is_hit_freely::<Arc<OsStr>, _>(OsStr::new(text)).await;
    is_hit_freely::<Box<OsStr>, _>(OsStr::new(text)).await;
    is_hit_freely::<Arc<u64>, _>(&7).await;
    is_hit_freely::<Box<u64>, _>(&7).await;
    is_hit_freely::<Arc<String>, _>(&String::from(text)).await;
}

#[tokio::test]
async fn p1_a_hit_by_references_in_a_tuple_allocates_nothing_on_tokio() {
    let memo = Builder::on(Tokio::default())
        .wrap(|key: (Arc<str>, Cow<'static, str>, Box<Path>)| async move { key.0.len() as u64 });
    hits_freely(&memo, ("a", "b", Path::new("c"))).await;
}

#[test]
fn p1_a_hit_by_any_reference_allocates_nothing_on_one_thread() {
    let local = SmolLocal::default();
    local.block_on(async {
        is_hit_freely_locally::<Rc<str>, _>(&local, "text").await;
        is_hit_freely_locally::<Rc<[u64]>, [u64]>(&local, &[1, 2, 3]).await;
        is_hit_freely_locally::<Rc<CStr>, _>(&local, c"text").await;
        is_hit_freely_locally::<Rc<Path>, _>(&local, Path::new("text")).await;
        is_hit_freely_locally::<Rc<OsStr>, _>(&local, OsStr::new("text")).await;
        is_hit_freely_locally::<Rc<u64>, _>(&local, &7).await;
        is_hit_freely_locally::<String, _>(&local, "text").await;
        is_hit_freely_locally::<Arc<str>, _>(&local, "text").await;
        is_hit_freely_locally::<Box<str>, _>(&local, "text").await;
        is_hit_freely_locally::<Cow<'static, str>, _>(&local, "text").await;
        is_hit_freely_locally::<Vec<u64>, [u64]>(&local, &[1, 2, 3]).await;
        is_hit_freely_locally::<Arc<[u64]>, [u64]>(&local, &[1, 2, 3]).await;
        is_hit_freely_locally::<CString, CStr>(&local, c"text").await;
        is_hit_freely_locally::<PathBuf, _>(&local, Path::new("text")).await;
        is_hit_freely_locally::<Arc<Path>, _>(&local, Path::new("text")).await;
        is_hit_freely_locally::<OsString, _>(&local, OsStr::new("text")).await;
        is_hit_freely_locally::<Arc<u64>, _>(&local, &7).await;
        let pairs =
            Builder::on(local.clone()).wrap_local(|(_, n): (Rc<str>, Rc<u64>)| async move { *n });
        hits_freely(&pairs, ("text", &7)).await;
    });
}

async fn is_hit_freely<K, Q>(by: &Q)
where
    K: KeyFrom<Q> + Hash + Eq + Clone + Send + Sync + 'static,
    Q: Hash + Eq + ?Sized,
{
    hits_freely(&Builder::on(Tokio::default()).wrap(|_: K| async move { 1 }), by).await;
}

async fn is_hit_freely_locally<K, Q>(local: &SmolLocal, by: &Q)
where
    K: KeyFrom<Q> + Hash + Eq + Clone + 'static,
    Q: Hash + Eq + ?Sized,
{
    hits_freely(&Builder::on(local.clone()).wrap_local(|_: K| async move { 1 }), by).await;
}

async fn hits_freely<K, E, R, Q>(memo: &Memo<K, u64, E, R>, by: Q)
where
    E: Debug,
    R: Runtime,
    Q: Lookup<K> + Copy,
{
    memo.call_ref(by).await.unwrap();
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            at_once(memo.call_ref(by)).unwrap();
        }
    });
    assert_eq!((allocated.count_total, memo.stats().hits), (0, 100));
}

/// Polls a future that is ready at its first poll.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit does not wait"),
    }
}
