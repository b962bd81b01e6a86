//! What a call allocates, counted by thread: in a program of its own, as the allocator is one for
//! all.
#![allow(clippy::std_instead_of_core, reason = "tests have std")]

use evermemo::{Builder, DefaultInMemoryCacheConfiguration, MutableCacheConfiguration, Smol};
use std::{
    pin::pin,
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

/// Polls a future that is ready at its first poll.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit does not wait"),
    }
}
