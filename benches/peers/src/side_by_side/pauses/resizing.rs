//! Half of the capacity is taken away.

use core::marker::PhantomData;

use super::{Changing, ENTRIES, beside, read, rows, timed};
use crate::side_by_side::{
    Key, Number, Value,
    hit::fill,
    peer::Resized,
    peers::{Evermemo, Foyer, QuickCache},
    rounds::{Effort, Row},
};

type Stored = Number<9>;

/// A capacity of 1,000,000 is halved, with a reader beside.
pub fn resizing(effort: &Effort) -> Vec<Row> {
    let effort = effort.seldom();
    let names = [
        ("pause-resize", "longest wait of a reader, capacity set from 1,000,000 to half"),
        ("pause-resize-took", "setting a capacity from 1,000,000 to half"),
    ];
    let all = [
        contestant(PhantomData::<(u64, Stored, Evermemo<u64, Stored>)>, &effort),
        contestant(PhantomData::<(u64, Stored, QuickCache<u64, Stored>)>, &effort),
        contestant(PhantomData::<(u64, Stored, Foyer<u64, Stored>)>, &effort),
    ];
    rows(&effort, names, all.into_iter().flatten().collect())
}

fn contestant<K: Key, V: Value, P: Resized<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
) -> Option<Changing> {
    let entries = effort.entries(ENTRIES);
    if !effort.wants_filled(P::NAME, entries) {
        return None;
    }
    let cache = P::bounded(entries as usize, false);
    let turn = move || {
        cache.resize(entries as usize);
        fill::<K, V, P>(&cache, 0..entries);
        let half = entries as usize / 2;
        let pause = beside(
            async |number| read::<K, V, P>(&cache, number).await,
            || timed(async { cache.resize(half) }),
        );
        let left = cache.entries();
        assert!(left <= half + half / 20, "{} keeps {left} entries", P::NAME);
        pause
    };
    Some(Changing { name: P::NAME, turn: Box::new(turn) })
}
