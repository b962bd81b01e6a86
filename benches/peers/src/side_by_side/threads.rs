//! Calls from two threads at the same time, beside the same calls from one.

use alloc::sync::Arc;
use core::{
    hint::black_box,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
};

use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use super::{
    Key, Peer, Value,
    hit::{filled, hits},
    miss::{CAPACITY, Missed, full, missed},
    on_tokio::{block_on, entered},
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort, Row, in_turn},
    sequence::{self, Sequence},
    together::{PIECE, STEP, Together, Watch},
};

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
    let one = of_each!(insert_by, u64 => Missed, effort, 1);
    beside(effort, one, of_each!(insert_by, u64 => Missed, effort, 2), names)
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
    let (sequence, calls) = (sequence.clone(), effort.calls);
    Some(Contestant::new(P::NAME, move || {
        let together = Together::new(threads);
        mean(&together.each(|thread| {
            let pieces = sequence.pieces(thread * 7_919, PIECE);
            let mut pieces = pieces.iter().cycle();
            let mut next = || {
                let (keys, expected) = pieces.next().expect("they are repeated");
                let sum = keys.chunks(STEP).fold(0_u64, |sum, keys| {
                    together.step(thread);
                    sum.wrapping_add(hits(&cache, keys))
                });
                assert_eq!(sum, *expected, "{} answered wrongly, or missed", P::NAME);
                keys.len()
            };
            entered(|| {
                let mut watch = Watch::new(&together, thread, pieces_of(calls));
                together.start(thread);
                while watch.wants_more() {
                    let piece = watch.begin();
                    let calls = next();
                    watch.end(&piece, calls);
                }
                together.end();
                while !together.all_have_ended() {
                    next();
                }
                watch.time()
            })
        }))
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
    let cache = full::<K, V, P>(CAPACITY, false);
    let pieces = pieces_of(effort.calls);
    let fresh = AtomicU64::new(3 * CAPACITY);
    let mut seed = 0;
    Some(Contestant::new(P::NAME, move || {
        seed += 1;
        let together = Together::new(threads);
        mean(&together.each(|thread| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed + thread as u64 * 7_919);
            let keys: Vec<_> = (0..Watch::at_most(pieces) * PIECE)
                .map(|_| match random.random_range(0..20) {
                    0 => fresh.fetch_add(1, Ordering::Relaxed),
                    _ => random.random_range(0..1_000),
                })
                .map(|number| (K::numbered(number), number))
                .collect();
            block_on(async {
                let watch = Watch::new(&together, thread, pieces);
                asking(&cache, keys.chunks(PIECE), &together, watch, thread).await
            })
        }))
    }))
}

/// Asks for pieces of keys with the load of their values, as many as are to be measured, and goes on
/// until no thread measures any more. Returns the time of a call.
pub(super) async fn asking<'a, K: Key, V: Value, P: Peer<K, V>>(
    cache: &P,
    mut pieces: impl Iterator<Item = &'a [(K, u64)]> + Clone,
    together: &Together,
    mut watch: Watch<'_>,
    thread: usize,
) -> f64 {
    let mut last = pieces.clone();
    together.start(thread);
    while watch.wants_more() {
        let Some(keys) = pieces.next() else { break };
        let piece = watch.begin();
        let mut sum = 0_u64;
        for keys in keys.chunks(STEP) {
            together.step(thread);
            sum = sum.wrapping_add(missed(cache, keys).await);
        }
        watch.end(&piece, keys.len());
        let expected = sequence::sum(keys.iter().map(|&(_, number)| number));
        assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
    }
    together.end();
    let step = last.next().map_or(&[][..], |keys| &keys[..STEP]);
    while !together.all_have_ended() {
        together.step(thread);
        black_box(missed(cache, step).await);
    }
    watch.time()
}

/// Returns how many pieces so many calls are, at least one.
pub(super) fn pieces_of(calls: usize) -> usize {
    (calls / PIECE).max(1)
}

pub(super) fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / figures.len() as f64
}
