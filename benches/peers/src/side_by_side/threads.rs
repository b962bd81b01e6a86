//! Calls from two threads at the same time, beside the same calls from one.

use alloc::sync::Arc;
use core::{
    hint::black_box,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
};
use std::{thread, time::Instant};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use super::{
    Key, Peer, Value,
    hit::{filled, hits},
    miss::{CAPACITY, full, missed},
    on_tokio::{block_on, entered},
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort, Row, in_turn, median},
    sequence::{self, Sequence},
    together::Together,
};

/// So many calls are measured at a time, and the median counts: in some of these pieces another
/// program had the processor. The processor time of the thread, which one thread alone is measured
/// by, would leave out what a lock costs that puts its callers to sleep.
const PIECE: usize = 1_024;

/// Hits of the keys of a sequence, which begins at another place for each thread.
pub fn hitting(
    effort: &Effort,
    sequence: Sequence<u64>,
    contestants: fn(&Effort, &Arc<Sequence<u64>>, usize) -> Vec<Contestant>,
    names: Names,
) -> Vec<Row> {
    let sequence = Arc::new(sequence);
    let one = contestants(effort, &sequence, 1);
    beside(effort, one, contestants(effort, &sequence, 2), names)
}

/// Numbers by numbers.
pub fn numbers(effort: &Effort, sequence: &Arc<Sequence<u64>>, threads: usize) -> Vec<Contestant> {
    let mut all = of_each!(hit_by, u64 => u64, effort, sequence, threads);
    let peer = PhantomData::<(u64, u64, QuickCache<u64, u64>)>;
    let again = hit_by(peer, effort, sequence, threads);
    all.extend(again.map(|again| again.named(CONTROL)));
    all
}

/// Shared values by numbers: each hit counts the value's owners up and down.
pub fn shared(effort: &Effort, sequence: &Arc<Sequence<u64>>, threads: usize) -> Vec<Contestant> {
    of_each!(hit_by, u64 => Arc<u64>, effort, sequence, threads)
}

/// One call in twenty misses: it loads, inserts and evicts.
pub fn inserting(effort: &Effort, names: Names) -> Vec<Row> {
    let one = of_each!(insert_by, u64 => u64, effort, 1);
    beside(effort, one, of_each!(insert_by, u64 => u64, effort, 2), names)
}

/// What the two lines of a workload are called: two threads, and two threads over one.
pub type Names = [(&'static str, &'static str); 2];

fn beside(
    effort: &Effort,
    one: Vec<Contestant>,
    two: Vec<Contestant>,
    [(workload, what), (over, what_over)]: Names,
) -> Vec<Row> {
    let each = one.len();
    let mut all: Vec<_> = one.into_iter().chain(two).collect();
    let mut one = in_turn(effort, &mut all);
    let two = one.split_off(each);
    for (one, two) in one.iter_mut().zip(&two) {
        for (one, two) in one.rounds.iter_mut().zip(&two.rounds) {
            *one = two / *one;
        }
    }
    vec![
        Row { workload: workload.into(), what: what.into(), unit: "ns".into(), cells: two },
        Row { workload: over.into(), what: what_over.into(), unit: "×".into(), cells: one },
    ]
}

fn hit_by<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    sequence: &Arc<Sequence<K>>,
    threads: usize,
) -> Option<Contestant> {
    if !effort.wants(P::NAME) {
        return None;
    }
    let cache = filled::<K, V, P>(1_000, false);
    let (sequence, calls, mut from) = (sequence.clone(), effort.calls, 0_usize);
    Some(Contestant::new(P::NAME, move || {
        from += calls;
        at_once(threads, |thread, together| {
            let mut from = from + thread * 7_919;
            let expected = sequence.sum(from, calls);
            let pieces = sequence.next(&mut from, calls);
            let pieces: Vec<_> = pieces.into_iter().flat_map(|keys| keys.chunks(PIECE)).collect();
            let mut measured = Vec::with_capacity(pieces.len());
            entered(|| {
                together.start();
                let mut sum = 0_u64;
                for &keys in &pieces {
                    let start = Instant::now();
                    sum = sum.wrapping_add(hits(&cache, keys));
                    measured.push(start.elapsed().as_nanos() as f64 / keys.len() as f64);
                }
                together.end();
                while !together.all_have_ended() {
                    black_box(hits(&cache, pieces[0]));
                }
                assert_eq!(sum, expected, "{} answered wrongly, or missed", P::NAME);
                median(measured)
            })
        })
    }))
}

fn insert_by<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    threads: usize,
) -> Option<Contestant> {
    if !P::EVICTS || !effort.wants(P::NAME) {
        return None;
    }
    let cache = full::<K, V, P>(false);
    let calls = effort.calls;
    let fresh = AtomicU64::new(3 * CAPACITY);
    let mut seed = 0;
    Some(Contestant::new(P::NAME, move || {
        seed += 1;
        at_once(threads, |thread, together| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed + thread as u64 * 7_919);
            let keys: Vec<_> = (0..calls)
                .map(|_| match random.random_range(0..20) {
                    0 => fresh.fetch_add(1, Ordering::Relaxed),
                    _ => random.random_range(0..1_000),
                })
                .map(|number| (K::numbered(number), number))
                .collect();
            let expected = sequence::sum(keys.iter().map(|&(_, number)| number));
            let mut measured = Vec::with_capacity(calls / PIECE + 1);
            block_on(async {
                together.start();
                let mut sum = 0_u64;
                for keys in keys.chunks(PIECE) {
                    let start = Instant::now();
                    sum = sum.wrapping_add(missed(&cache, keys).await);
                    measured.push(start.elapsed().as_nanos() as f64 / keys.len() as f64);
                }
                together.end();
                while !together.all_have_ended() {
                    black_box(missed(&cache, &keys[..keys.len().min(PIECE)]).await);
                }
                assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
                median(measured)
            })
        })
    }))
}

/// Runs `work` on each of so many threads, which wait for each other, and returns the mean of what
/// they measured.
fn at_once(threads: usize, work: impl Fn(usize, &Together) -> f64 + Sync) -> f64 {
    let together = Together::new(threads);
    let (work, together) = (&work, &together);
    let measured: f64 = thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || work(thread, together))).collect();
        running.into_iter().map(|thread| thread.join().expect("it measured")).sum()
    });
    measured / threads as f64
}
