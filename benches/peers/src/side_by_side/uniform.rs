//! Keys of which a third is missing: uniform ones, twice as many as there is room for.

use alloc::rc::Rc;
use core::marker::PhantomData;

use cpu_time::ThreadTime;

use super::{
    Key, Number, Peer, Value,
    miss::missed,
    on_tokio::block_on,
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence::{self, Sequence},
};

/// How many entries there is room for.
const CAPACITY: u64 = 100_000;

type Stored = Number<2>;

/// Keys, each with its number, over and over.
type Keys<K> = Rc<Vec<(K, u64)>>;

/// Calls for a sequence of 400,000 keys out of 200,000, again and again. A cache that kept any half
/// of the keys would miss every other call; of one that keeps those that come up more often than
/// others, 34 % miss.
pub fn uniform(effort: &Effort) -> Vec<Contestant> {
    let entries = 2 * effort.entries(CAPACITY);
    let keys = Rc::new(Sequence::uniform(entries, 2 * entries as usize).with_numbers());
    let mut all = of_each!(contestant, u64 => Stored, effort, &keys);
    let again = contestant(PhantomData::<(u64, Stored, QuickCache<u64, Stored>)>, effort, &keys);
    all.extend(again.map(|again| again.named(CONTROL)));
    all
}

fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    keys: &Keys<K>,
) -> Option<Contestant> {
    if !P::EVICTS || !effort.wants(P::NAME) {
        return None;
    }
    let cache = P::bounded(effort.entries(CAPACITY) as usize, false);
    for _ in 0..2 {
        block_on(missed(&cache, keys));
    }
    let (keys, calls, mut from) = (keys.clone(), effort.calls, 0);
    Some(Contestant::new(P::NAME, move || {
        let pieces = sequence::next(&keys, &mut from, calls);
        let (sum, nanos) = block_on(async {
            let start = ThreadTime::now();
            let mut sum = 0_u64;
            for keys in &pieces {
                sum = sum.wrapping_add(missed(&cache, keys).await);
            }
            (sum, start.elapsed().as_nanos())
        });
        let expected = sequence::sum(pieces.into_iter().flatten().map(|&(_, number)| number));
        assert_eq!(sum, expected, "{} answered wrongly", P::NAME);
        nanos as f64 / calls as f64
    }))
}
