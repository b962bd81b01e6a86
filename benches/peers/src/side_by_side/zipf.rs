//! A mixed load: keys by Zipf's law, ten times as many as there is room for.

use alloc::sync::Arc;
use core::marker::PhantomData;

use super::{
    Key, Number, Peer, Value,
    miss::missed,
    on_tokio::block_on,
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence::Sequence,
    threads::{asking, mean, pieces_of},
    together::{PIECE, Together, Watch},
};

/// How many entries there is room for.
const CAPACITY: u64 = 100_000;

const EXPONENT: f64 = 0.99;

type Stored = Number<4>;

/// Keys, each with its number, over and over.
pub(super) type Keys<K> = Arc<Vec<(K, u64)>>;

/// Calls of so many threads for keys out of 1,000,000.
pub fn zipf(effort: &Effort, threads: usize) -> Vec<Contestant> {
    let keys = keys(effort);
    let mut all = of_each!(contestant, u64 => Stored, effort, &keys, threads);
    let peer = PhantomData::<(u64, Stored, QuickCache<u64, Stored>)>;
    let again = contestant(peer, effort, &keys, threads);
    all.extend(again.map(|again| again.named(CONTROL)));
    all
}

/// Draws 2,000,000 keys.
pub(super) fn keys(effort: &Effort) -> Keys<u64> {
    let entries = effort.entries(10 * CAPACITY);
    Arc::new(Sequence::skewed(entries, EXPONENT, 2 * entries as usize).with_numbers())
}

/// Makes a cache that knows half of the keys from before.
pub(super) fn warm<K: Key, V: Value, P: Peer<K, V>>(effort: &Effort, keys: &Keys<K>) -> P {
    let cache = P::bounded(effort.entries(CAPACITY) as usize, false);
    block_on(missed(&cache, &keys[..keys.len() / 2]));
    cache
}

/// Where the keys of a thread begin.
pub(super) fn begin(length: usize, thread: usize, from: usize) -> usize {
    (length / 2 * (thread + 1) + from) % length
}

fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    keys: &Keys<K>,
    threads: usize,
) -> Option<Contestant> {
    if !P::EVICTS || !effort.wants(P::NAME) {
        return None;
    }
    let cache = warm::<K, V, P>(effort, keys);
    let (keys, calls, mut from) = (keys.clone(), effort.calls, 0);
    Some(Contestant::new(P::NAME, move || {
        let together = Together::new(threads);
        let times = together.each(|thread| {
            let first = begin(keys.len(), thread, from) / PIECE;
            let pieces = keys.as_chunks::<PIECE>().0.iter().map(<[_; PIECE]>::as_slice);
            block_on(async {
                let watch = Watch::new(&together, thread, pieces_of(calls));
                asking(&cache, pieces.cycle().skip(first), &together, watch, thread).await
            })
        });
        from += calls;
        mean(&times)
    }))
}
