//! Hits on one thread, each polled once by hand.

use alloc::{rc::Rc, sync::Arc};
use core::{convert::Infallible, hint::black_box, marker::PhantomData};

use cpu_time::ThreadTime;

use super::{
    Key, Peer, Value,
    on_tokio::{block_on, entered, now},
    peers::{CONTROL, QuickCache, of_each},
    rounds::{Contestant, Effort},
    sequence::Sequence,
};

/// Marks what has no expiry where expiry is measured.
pub(super) const NO_EXPIRY: &str = "†";

/// Hits of 1,000 entries, `u64` by `u64`.
pub fn small(effort: &Effort, expiry: bool) -> Vec<Contestant> {
    of_numbers(effort, 1_000, 1 << 14, expiry)
}

/// Hits of 1,000,000 entries, `u64` by `u64`. In haste only those that are soon filled take part.
pub fn large(effort: &Effort, expiry: bool) -> Vec<Contestant> {
    let entries = effort.entries(1_000_000);
    of_numbers(effort, entries, entries as usize, expiry)
}

/// Hits of 1,000 entries, `Arc<u64>` by `&str`.
pub fn text(effort: &Effort, expiry: bool) -> Vec<Contestant> {
    let sequence = Rc::new(Sequence::uniform(1_000, 1 << 11));
    let mut all = of_each!(contestant, String => Arc<u64>, effort, &sequence, 1_000, expiry);
    all.extend(control::<String, Arc<u64>>(effort, &sequence, 1_000, expiry));
    all
}

fn of_numbers(effort: &Effort, entries: u64, length: usize, expiry: bool) -> Vec<Contestant> {
    let sequence = Rc::new(Sequence::uniform(entries, length));
    let mut all = of_each!(contestant, u64 => u64, effort, &sequence, entries, expiry);
    all.extend(control::<u64, u64>(effort, &sequence, entries, expiry));
    all
}

fn control<K: Key, V: Value>(
    effort: &Effort,
    sequence: &Rc<Sequence<K>>,
    entries: u64,
    expiry: bool,
) -> Option<Contestant> {
    let peer = PhantomData::<(K, V, QuickCache<K, V>)>;
    let again = contestant(peer, effort, sequence, entries, expiry)?;
    Some(again.named(CONTROL))
}

pub(super) fn contestant<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    effort: &Effort,
    sequence: &Rc<Sequence<K>>,
    entries: u64,
    expiry: bool,
) -> Option<Contestant> {
    if !effort.wants_filled(P::NAME, entries) {
        return None;
    }
    let cache = filled::<K, V, P>(entries, expiry);
    let (sequence, calls, mut from) = (sequence.clone(), effort.calls, 0);
    let turn = move || {
        let expected = sequence.sum(from, calls);
        let pieces = sequence.next(&mut from, calls);
        let (sum, nanos) = entered(|| {
            let start = ThreadTime::now();
            let mut sum = 0_u64;
            for keys in pieces {
                sum = sum.wrapping_add(hits(&cache, keys));
            }
            (sum, start.elapsed().as_nanos())
        });
        assert_eq!(sum, expected, "{} answered wrongly, or missed", P::NAME);
        nanos as f64 / calls as f64
    };
    let note = if expiry && !P::EXPIRES { NO_EXPIRY } else { "" };
    Some(Contestant::new(P::NAME, turn).marked(note))
}

/// Sums up the answers. A load would bring another value than the one that is stored.
#[inline(never)]
pub(super) fn hits<K: Key, V: Value, P: Peer<K, V>>(cache: &P, keys: &[K]) -> u64 {
    let mut sum = 0_u64;
    for key in keys {
        let answer = now(cache.ask(black_box(key).borrow(), || async { V::of(u64::MAX) }));
        sum = sum.wrapping_add(P::value(answer).sum());
    }
    sum
}

/// Makes a cache that holds all of `0..entries`. It has some room to spare, as a cache that is
/// divided into shards does not keep as many entries as it has room for.
pub(super) fn filled<K: Key, V: Value, P: Peer<K, V>>(entries: u64, expiry: bool) -> P {
    let cache = P::bounded((entries + entries / 16 + 1_000) as usize, expiry);
    fill::<K, V, P>(&cache, 0..entries);
    cache
}

pub(super) fn fill<K: Key, V: Value, P: Peer<K, V>>(cache: &P, numbers: impl Iterator<Item = u64>) {
    block_on(async {
        for number in numbers {
            cache.put(K::numbered(number), V::of(number)).await;
        }
    });
    cache.entries();
}

/// Makes a contestant of any function that hits for the keys of `0..1_000`, which it has still to
/// load.
pub(super) fn calling<F>(
    name: &'static str,
    effort: &Effort,
    call: impl Fn(u64) -> F + 'static,
) -> Contestant
where
    F: Future<Output = Result<u64, evermemo::Error<Infallible>>>,
{
    block_on(async {
        for number in 0..1_000 {
            assert_eq!(call(number).await.ok(), Some(u64::of(number)));
        }
    });
    let sequence = Sequence::<u64>::uniform(1_000, 1 << 14);
    let (calls, mut from) = (effort.calls, 0);
    Contestant::new(name, move || {
        let expected = sequence.sum(from, calls);
        let pieces = sequence.next(&mut from, calls);
        let start = ThreadTime::now();
        let mut sum = 0_u64;
        for key in pieces.into_iter().flatten() {
            sum = sum.wrapping_add(now(call(*black_box(key))).unwrap_or_default());
        }
        let nanos = start.elapsed().as_nanos();
        assert_eq!(sum, expected, "{name} answered wrongly");
        nanos as f64 / calls as f64
    })
}
