//! Many callers of a key that is being loaded.

use alloc::{sync::Arc, task::Wake};
use core::{
    marker::PhantomData,
    mem::take,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};
use std::sync::Mutex;

use cpu_time::ThreadTime;

use super::{
    Key, Number, Peer, Value,
    on_tokio::block_on,
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence,
};

/// What callers wait for.
type Awaited = Number<5>;

/// How often callers have their turns before it is said that some were forgotten.
const PASSES: usize = 1_000_000;

/// 10,000 callers of one key.
pub fn one_key(effort: &Effort) -> Vec<Contestant> {
    of(effort, 1, effort.entries(10_000))
}

/// 10 callers of each of 10,000 keys.
pub fn many_keys(effort: &Effort) -> Vec<Contestant> {
    of(effort, effort.entries(10_000), 10)
}

/// 2 callers of each of 10,000 keys: one that loads, and one that joins it.
pub fn one_joins(effort: &Effort) -> Vec<Contestant> {
    of(effort, effort.entries(10_000), 2)
}

fn of(effort: &Effort, keys: u64, callers: u64) -> Vec<Contestant> {
    let mut all = of_each!(contestant, u64 => Awaited, effort, keys, callers);
    let peer = PhantomData::<(u64, Awaited, QuickCache<u64, Awaited>)>;
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
        let woken = Arc::new(Mutex::new(Vec::with_capacity(2 * numbers.len())));
        let wakers: Vec<_> = (0..numbers.len())
            .map(|number| Waker::from(Arc::new(Caller { number, woken: woken.clone() })))
            .collect();
        let (sum, nanos) = block_on(async {
            let start = ThreadTime::now();
            let sum = stampede(&cache, &numbers, &loads, &wakers, &woken).await;
            (sum, start.elapsed().as_nanos())
        });
        assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
        assert_eq!(loads.load(Ordering::Relaxed), keys, "{} loaded more than once", P::NAME);
        nanos as f64 / numbers.len() as f64
    }))
}

/// Polls all callers before any load can end, and then those that are woken, until all have their
/// answers.
async fn stampede<K: Key, V: Value, P: Peer<K, V>>(
    cache: &P,
    callers: &[(K, u64)],
    loads: &Arc<AtomicU64>,
    wakers: &[Waker],
    woken: &Mutex<Vec<usize>>,
) -> u64 {
    let mut waiting: Vec<_> = callers
        .iter()
        .map(|(key, number)| {
            let (number, loads) = (*number, loads.clone());
            Some(Box::pin(cache.ask(key.borrow(), move || async move {
                loads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                V::of(number)
            })))
        })
        .collect();
    let (mut sum, mut left) = (0_u64, callers.len());
    let mut turn: Vec<_> = (0..callers.len()).collect();
    for _ in 0..PASSES {
        for caller in turn {
            let Some(future) = &mut waiting[caller] else { continue };
            let mut context = Context::from_waker(&wakers[caller]);
            if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
                sum = sum.wrapping_add(P::value(answer).sum());
                waiting[caller] = None;
                left -= 1;
            }
        }
        if left == 0 {
            return sum;
        }
        tokio::task::yield_now().await;
        turn = take(&mut *woken.lock().expect("nothing panics under it"));
    }
    panic!("{} left {left} callers without an answer", P::NAME);
}

/// A waker that notes whose turn it is, so that only callers that were woken are polled.
struct Caller {
    number: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.lock().expect("nothing panics under it").push(self.number);
    }
}
