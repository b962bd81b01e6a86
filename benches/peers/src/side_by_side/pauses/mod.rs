//! The longest that a reader waits while something is done that concerns a million entries.

mod insertion;
mod resizing;
mod skipping;
mod sweeping;

use alloc::rc::Rc;
use core::{
    cell::Cell,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::time::Instant;

use super::{Key, Peer, Value};
use super::{
    hit,
    on_tokio::block_on,
    peers::Evermemo,
    rounds::{self, Effort, Row},
    together::Together,
};

pub use self::{insertion::inserting, resizing::resizing, sweeping::sweeping};

/// How many entries a cache has.
const ENTRIES: u64 = 1_000_000;

/// How many of them are read; they are spread over all parts of a cache.
const READ: u64 = 1_000;

/// What one run brings.
#[derive(Clone, Copy, Debug)]
struct Pause {
    /// The longest that a reader waited.
    longest: Duration,
    /// How long it took to do it, or the longest part of it.
    took: Duration,
}

/// A cache to which something is done.
struct Changing {
    name: &'static str,
    turn: Box<dyn FnMut() -> Pause>,
}

/// Lets one thread read without a pause, from before the other one begins with the change until
/// after its end. The change brings how long it took.
fn beside(read: impl AsyncFn(u64) + Sync, change: impl FnOnce() -> Duration + Send) -> Pause {
    let (reading, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let together = Together::new(2);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            together.start(1);
            while !reading.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            let _over = Over(&over);
            change()
        });
        let longest = scope.spawn(|| {
            together.start(0);
            block_on(async {
                // What is done for the first time takes longer.
                for number in 0..READ {
                    read(number).await;
                }
                reading.store(true, Ordering::Release);
                let (mut longest, mut last) = (Duration::ZERO, Instant::now());
                for number in (0..READ).cycle() {
                    read(number).await;
                    let now = Instant::now();
                    longest = longest.max(now - last);
                    last = now;
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                }
                longest
            })
        });
        let took = changing.join().expect("it changed the cache");
        Pause { longest: longest.join().expect("it read"), took }
    })
}

/// Says on drop, and so after a panic too, that the change is over.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Reads a key; if it has gone, it is loaded.
async fn read<K: Key, V: Value, P: Peer<K, V>>(cache: &P, number: u64) {
    let key = K::numbered(number);
    let answer = cache.ask(key.borrow(), move || async move { V::of(number) }).await;
    assert_eq!(P::value(black_box(answer)).sum(), V::of(number).sum(), "{}", P::NAME);
}

/// Runs all in turn, and one that is read while nothing is done to it, for as long as it was done to
/// the first: what it waits is what the machine makes it wait.
fn rows(
    effort: &Effort,
    [(pause, what), (took, what_took)]: [(&str, &str); 2],
    mut all: Vec<Changing>,
) -> Vec<Row> {
    let rest = Rc::new(Cell::new(Duration::ZERO));
    all.push(at_rest(rest.clone()));
    let row = |workload: &str, what: &str| Row {
        workload: workload.into(),
        what: what.into(),
        unit: "ms".into(),
        cells: all.iter().map(|changing| rounds::Cell::empty(changing.name, "")).collect(),
    };
    let mut rows = [row(pause, what), row(took, what_took)];
    for _ in 0..effort.rounds {
        for (index, changing) in all.iter_mut().enumerate() {
            let Pause { longest, took } = (changing.turn)();
            if index == 0 {
                rest.set(took);
            }
            let [pauses, times] = &mut rows;
            pauses.cells[index].rounds.push(longest.as_secs_f64() * 1e3);
            times.cells[index].rounds.push(took.as_secs_f64() * 1e3);
        }
    }
    // Nothing takes no time.
    rows[1].cells.pop();
    rows.into()
}

fn at_rest(took: Rc<Cell<Duration>>) -> Changing {
    let cache = hit::filled::<u64, u64, Evermemo<u64, u64>>(READ, false);
    let turn = move || {
        let took = took.get();
        beside(
            async |number| read::<u64, u64, _>(&cache, number).await,
            || {
                let start = Instant::now();
                while start.elapsed() < took {
                    core::hint::spin_loop();
                }
                took
            },
        )
    };
    Changing { name: "at rest", turn: Box::new(turn) }
}

/// Runs a future on this thread, and returns how long it took.
fn timed<F: Future>(future: F) -> Duration {
    block_on(async {
        let start = Instant::now();
        future.await;
        start.elapsed()
    })
}
