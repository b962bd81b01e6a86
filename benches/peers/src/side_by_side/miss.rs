//! Misses of a full cache: a load that is ready at its first poll, an insertion, an eviction.

use core::marker::PhantomData;

use cpu_time::ThreadTime;

use super::{
    Key, Number, Peer, Value,
    hit::fill,
    on_tokio::block_on,
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence,
};

/// What misses bring.
pub(super) type Missed = Number<3>;

/// How many entries the full cache has where nothing else is said.
pub const CAPACITY: u64 = 10_000;

/// Misses, `u64` by `u64`, without expiry, of caches with room for so many entries.
pub fn misses(effort: &Effort, capacity: u64) -> Vec<Contestant> {
    let capacity = effort.entries(capacity);
    let mut all = of_each!(contestant, u64 => Missed, effort, capacity, false);
    let peer = PhantomData::<(u64, Missed, QuickCache<u64, Missed>)>;
    let again = contestant(peer, effort, capacity, false);
    all.extend(again.map(|again| again.named(CONTROL)));
    all
}

/// Misses, `u64` by `u64`, where entries expire.
pub fn misses_with_expiry(effort: &Effort) -> Vec<Contestant> {
    of_each!(contestant, u64 => Missed, effort, effort.entries(CAPACITY), true)
}

pub(super) fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    capacity: u64,
    expiry: bool,
) -> Option<Contestant> {
    if !P::EVICTS || !effort.wants_filled(P::NAME, capacity) {
        return None;
    }
    let cache = full::<K, V, P>(capacity, expiry);
    let calls = effort.calls as u64;
    let mut fresh = 2 * capacity;
    let turn = move || {
        let numbers = fresh..fresh + calls;
        fresh += calls;
        let expected = sequence::sum(numbers.clone());
        let keys: Vec<_> = numbers.map(|number| (K::numbered(number), number)).collect();
        let (sum, nanos) = block_on(async {
            let start = ThreadTime::now();
            let sum = missed(&cache, &keys).await;
            (sum, start.elapsed().as_nanos())
        });
        assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
        nanos as f64 / calls as f64
    };
    let note = if expiry && !P::EXPIRES { super::hit::NO_EXPIRY } else { "" };
    Some(Contestant::new(P::NAME, turn).marked(note))
}

/// Makes a cache that has no room left.
pub(super) fn full<K: Key, V: Value, P: Peer<K, V>>(capacity: u64, expiry: bool) -> P {
    let cache = P::bounded(capacity as usize, expiry);
    fill::<K, V, P>(&cache, 0..2 * capacity);
    let entries = cache.entries() as u64;
    // Some round up what each of their shards has room for.
    let allowed = capacity + capacity / 20 + 64;
    assert!(entries <= allowed, "{} keeps {entries} entries", P::NAME);
    cache
}

/// Asks for keys with the load of their values, and sums up the answers.
pub(super) async fn missed<K: Key, V: Value, P: Peer<K, V>>(cache: &P, keys: &[(K, u64)]) -> u64 {
    let mut sum = 0_u64;
    for (key, number) in keys {
        let number = *number;
        let answer = cache.ask(key.borrow(), move || async move { V::of(number) }).await;
        sum = sum.wrapping_add(P::value(answer).sum());
    }
    sum
}
