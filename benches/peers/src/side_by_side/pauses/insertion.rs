//! Insertions while all entries were hit: the victim is looked for among a million that each have a
//! second chance.

use core::{marker::PhantomData, time::Duration};

use super::{Changing, ENTRIES, beside, read, rows, timed};
use crate::side_by_side::{
    Key, Number, Peer, Value,
    hit::fill,
    on_tokio::block_on,
    peers::of_each,
    rounds::{Effort, Row},
};

/// How many keys are inserted.
const INSERTED: u64 = 1_000;

/// How often each entry is hit: no policy counts further.
const HITS: usize = 3;

/// Insertions into a full cache whose entries were all hit, with a reader beside.
pub fn inserting(effort: &Effort) -> Vec<Row> {
    let effort = effort.seldom();
    let names = [
        ("pause-insert", "longest wait of a reader, insertions while all 1,000,000 were hit"),
        ("pause-insert-took", "slowest insertion while all 1,000,000 were hit"),
    ];
    rows(&effort, names, of_each!(contestant, u64 => Number<8>, &effort))
}

fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
) -> Option<Changing> {
    let entries = effort.entries(ENTRIES);
    if !P::EVICTS || !effort.wants_filled(P::NAME, entries) {
        return None;
    }
    let cache = P::bounded(entries as usize, false);
    fill::<K, V, P>(&cache, 0..entries);
    let mut fresh = entries;
    let turn = move || {
        for _ in 0..HITS {
            block_on(async {
                for number in 0..entries {
                    read::<K, V, P>(&cache, number).await;
                }
            });
        }
        let inserted = fresh..fresh + INSERTED;
        fresh += INSERTED;
        beside(
            async |number| read::<K, V, P>(&cache, number).await,
            || {
                let times = inserted.map(|n| timed(cache.put(K::numbered(n), V::of(n))));
                times.max().unwrap_or(Duration::ZERO)
            },
        )
    };
    Some(Changing { name: P::NAME, turn: Box::new(turn) })
}
