//! How long the slowest hits take while others write.

use core::{
    convert::Infallible,
    hint::black_box,
    marker::PhantomData,
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::time::Instant;

use evermemo::{Builder, Memo, Tokio};
use hdrhistogram::Histogram;

use super::{
    Key, Number, Peer, Value,
    hit::fill,
    on_tokio::{block_on, entered, now},
    peers::of_each,
    percentiles::{self, Timed, histogram},
    rounds::{Effort, Row},
    sequence::Sequence,
    together::Together,
};

/// Hits of one thread while another inserts without a pause into a cache that grows.
pub fn while_inserting(effort: &Effort) -> Vec<Row> {
    let mut contestants = of_each!(beside_a_writer, u64 => Number<7>, effort);
    let what = "hit while another thread inserts";
    percentiles::rows(effort, "tail-inserts", what, &mut contestants).0
}

/// Hits of entries that turn stale every millisecond, so that refreshes run beside, on another
/// thread, and of entries that stay fresh.
pub fn while_refreshing(effort: &Effort) -> Vec<Row> {
    let fresh = refreshed("fresh", effort, Duration::from_secs(600));
    let stale = refreshed("stale each ms", effort, Duration::from_millis(1));
    let what = "hit while refreshes run";
    percentiles::rows(effort, "tail-refreshes", what, &mut [fresh, stale]).0
}

fn beside_a_writer<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
) -> Option<Timed> {
    if !P::EVICTS || !effort.wants(P::NAME) {
        return None;
    }
    let calls = effort.calls;
    let sequence = Sequence::<K>::uniform(1_000, calls);
    let room = effort.entries(1_000_000);
    let turn = move || {
        // A cache for each round, with more room than the writer needs: what is read must stay.
        let cache = P::bounded(room as usize, false);
        fill::<K, V, P>(&cache, 0..1_000);
        let (stop, together) = (AtomicBool::new(false), Together::new(2));
        let histograms = together.each(|thread| {
            together.start(thread);
            if thread == 1 {
                block_on(write(&cache, 1_000..room / 10 * 9, &stop));
                return None;
            }
            let histogram = entered(|| {
                timed(sequence.next(&mut 0, calls).into_iter().flatten(), |key| {
                    let load = || async { V::of(u64::MAX) };
                    P::value(now(cache.ask(key.borrow(), load))).sum()
                })
            });
            stop.store(true, Ordering::Relaxed);
            Some(histogram)
        });
        histograms.into_iter().flatten().next().expect("one thread reads")
    };
    Some(Timed { name: P::NAME, turn: Box::new(turn) })
}

async fn write<K: Key, V: Value, P: Peer<K, V>>(cache: &P, numbers: Range<u64>, stop: &AtomicBool) {
    for number in numbers {
        cache.put(K::numbered(number), V::of(number)).await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
}

fn refreshed(name: &'static str, effort: &Effort, update_after: Duration) -> Timed {
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("the system has a thread to spare");
    let memo: Memo<u64, u64, Infallible, Tokio> =
        Builder::on(Tokio::with_handle(tokio.handle().clone()))
            .update_after(update_after)
            .wrap(|n| async move { u64::of(n) });
    tokio.block_on(async {
        for n in 0..1_000 {
            assert_eq!(memo.call(n).await.ok(), Some(u64::of(n)));
        }
    });
    let calls = effort.calls;
    let sequence = Sequence::uniform(1_000, calls);
    let turn = move || {
        let _context = tokio.enter();
        let keys = sequence.next(&mut 0, calls);
        timed(keys.into_iter().flatten(), |&n| now(memo.call(n)).unwrap_or_default())
    };
    Timed { name, turn: Box::new(turn) }
}

fn timed<'a, K: 'a>(keys: impl Iterator<Item = &'a K>, hit: impl Fn(&K) -> u64) -> Histogram<u64> {
    let mut histogram = histogram();
    for key in keys {
        let start = Instant::now();
        black_box(hit(black_box(key)));
        histogram.saturating_record(start.elapsed().as_nanos() as u64);
    }
    histogram
}
