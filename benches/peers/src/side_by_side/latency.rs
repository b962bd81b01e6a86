//! How long each call takes under the mixed load.

use core::marker::PhantomData;
use std::time::Instant;

use hdrhistogram::Histogram;

use super::{
    Key, Number, Peer, Value,
    curve::Curve,
    on_tokio::block_on,
    peers::of_each,
    percentiles::{self, Timed, histogram},
    rounds::{Effort, Row},
    sequence,
    together::Together,
    zipf::{Keys, begin, keys, warm},
};

type Stored = Number<6>;

/// Times of the calls of so many threads, for keys by Zipf's law.
pub fn latency(
    effort: &Effort,
    workload: &str,
    what: &str,
    threads: usize,
) -> (Vec<Row>, Vec<Curve>) {
    let keys = keys(effort);
    let mut contestants = of_each!(contestant, u64 => Stored, effort, &keys, threads);
    percentiles::rows(effort, workload, what, &mut contestants)
}

fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    keys: &Keys<K>,
    threads: usize,
) -> Option<Timed> {
    if !P::EVICTS || !effort.wants(P::NAME) {
        return None;
    }
    let cache = warm::<K, V, P>(effort, keys);
    let (keys, calls, mut from) = (keys.clone(), effort.calls, 0);
    let turn = move || {
        let together = Together::new(threads);
        let histograms = together.each(|thread| {
            let mut first = begin(keys.len(), thread, from);
            let pieces = sequence::next(&keys, &mut first, calls);
            block_on(async {
                together.start(thread);
                let mut times = histogram();
                for keys in pieces {
                    timed(&cache, keys, &mut times).await;
                }
                times
            })
        });
        from += calls;
        histograms.into_iter().fold(histogram(), |sum, one| sum + one)
    };
    Some(Timed { name: P::NAME, turn: Box::new(turn) })
}

/// Asks for keys with the load of their values.
async fn timed<K: Key, V: Value, P: Peer<K, V>>(
    cache: &P,
    keys: &[(K, u64)],
    times: &mut Histogram<u64>,
) {
    let mut sum = 0_u64;
    for (key, number) in keys {
        let number = *number;
        let start = Instant::now();
        let answer = cache.ask(key.borrow(), move || async move { V::of(number) }).await;
        times.saturating_record(start.elapsed().as_nanos() as u64);
        sum = sum.wrapping_add(P::value(answer).sum());
    }
    let expected = sequence::sum(keys.iter().map(|&(_, number)| number));
    assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
}
