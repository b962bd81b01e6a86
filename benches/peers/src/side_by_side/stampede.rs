//! Many callers of a key that is being loaded.

use alloc::sync::Arc;
use core::{
    future::poll_fn,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
    task::Poll,
};
use std::time::Instant;

use super::{
    Key, Peer, Value,
    on_tokio::block_on,
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence,
};

/// 10,000 callers of one key.
pub fn one_key(effort: &Effort) -> Vec<Contestant> {
    of(effort, 1, 10_000)
}

/// 10 callers of each of 10,000 keys.
pub fn many_keys(effort: &Effort) -> Vec<Contestant> {
    of(effort, 10_000, 10)
}

fn of(effort: &Effort, keys: u64, callers: u64) -> Vec<Contestant> {
    let mut all = of_each!(contestant, u64 => u64, effort, keys, callers);
    let peer = PhantomData::<(u64, u64, QuickCache<u64, u64>)>;
    let again = contestant(peer, effort, keys, callers);
    all.extend(again.map(|again| again.named(CONTROL)));
    all
}

fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    keys: u64,
    callers: u64,
) -> Option<Contestant> {
    if !P::LOADS_ONCE || !effort.wants(P::NAME) {
        return None;
    }
    let mut fresh = 0;
    Some(Contestant::new(P::NAME, move || {
        // A cache for each round, so that evictions are no part of it.
        let cache = P::bounded(2 * keys as usize + 1_000, false);
        let numbers: Vec<_> =
            (0..callers).flat_map(|_| fresh..fresh + keys).map(|n| (K::numbered(n), n)).collect();
        fresh += keys;
        let expected = sequence::sum(numbers.iter().map(|&(_, number)| number));
        let loads = Arc::new(AtomicU64::new(0));
        let (sum, nanos) = block_on(async {
            let start = Instant::now();
            let sum = stampede(&cache, &numbers, &loads).await;
            (sum, start.elapsed().as_nanos())
        });
        assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
        assert_eq!(loads.load(Ordering::Relaxed), keys, "{} loaded more than once", P::NAME);
        nanos as f64 / numbers.len() as f64
    }))
}

/// Polls all callers before any load can end, and then until all have their answers.
async fn stampede<K: Key, V: Value, P: Peer<K, V>>(
    cache: &P,
    callers: &[(K, u64)],
    loads: &Arc<AtomicU64>,
) -> u64 {
    let mut waiting: Vec<_> = callers
        .iter()
        .map(|(key, number)| {
            let (number, loads) = (*number, loads.clone());
            Box::pin(cache.ask(key.borrow(), move || async move {
                loads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                V::of(number)
            }))
        })
        .collect();
    let mut sum = 0_u64;
    for _ in 0..1_000 {
        poll_fn(|context| {
            waiting.retain_mut(|caller| match caller.as_mut().poll(context) {
                Poll::Ready(answer) => {
                    sum = sum.wrapping_add(P::value(answer).sum());
                    false
                }
                Poll::Pending => true,
            });
            Poll::Ready(())
        })
        .await;
        if waiting.is_empty() {
            return sum;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} left {} callers without an answer", P::NAME, waiting.len());
}
