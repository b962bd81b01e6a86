//! The locks on every interleaving, and with every value that the orders of memory allow a load to
//! bring.
//!
//! `RUSTFLAGS='--cfg evermemo_loom' cargo test --release -p evermemo-core --features std,loom --lib proofs`
//!
//! loom watches the data: it fails a model in which an access does not happen before or after each
//! access that excludes it. A wait that never ends exceeds the branches that a model may have. Each
//! model is explored whole, but for those who wait long (`patience.rs`), unless it says otherwise.

use core::panic::AssertUnwindSafe;
use std::panic::{catch_unwind, resume_unwind};

use loom::{
    model,
    model::Builder,
    sync::Arc,
    thread::{self, JoinHandle},
};

use super::{Mutex, ReadersLock, threads::become_number};

use alloc::boxed::Box;

/// Runs `f` on a thread that takes the gate of that number.
fn spawn<T: 'static, O: 'static>(
    number: usize,
    shared: &Arc<T>,
    f: impl FnOnce(&T) -> O + 'static,
) -> JoinHandle<O> {
    let shared = shared.clone();
    thread::spawn(move || {
        become_number(number);
        f(&shared)
    })
}

fn join<O, const N: usize>(threads: [JoinHandle<O>; N]) -> [O; N] {
    threads.map(|thread| thread.join().expect("a thread of the model"))
}

fn panic_inside(run: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

/// Panics, but without a message for each interleaving.
fn unwind() {
    resume_unwind(Box::new("inside"))
}

/// Two numbers that are equal but for somebody who is half done.
type Pair = (usize, usize);

fn add((one, other): &mut Pair) {
    *one += 1;
    *other += 1;
}

#[test]
fn a_mutex_lets_one_in_at_a_time() {
    model(|| {
        let pair = Arc::new(Mutex::new((0, 0)));
        let threads = [0, 1].map(|number| spawn(number, &pair, |pair| pair.with(add)));
        pair.with(add);
        join(threads);
        assert_eq!(pair.with(|pair| *pair), (3, 3));
    });
}

#[test]
fn a_panic_inside_a_mutex_lets_the_next_one_in() {
    model(|| {
        let pair = Arc::new(Mutex::new((0, 0)));
        let thread = spawn(0, &pair, |pair| {
            panic_inside(|| {
                pair.with(|pair| {
                    add(pair);
                    unwind();
                });
            });
        });
        pair.with(add);
        join([thread]);
        assert_eq!(pair.with(|pair| *pair), (2, 2));
    });
}

#[test]
fn no_reader_sees_a_half_done_write() {
    model(|| {
        let pair = Arc::new(ReadersLock::new((0, 0)));
        let readers = [0, 1].map(|gate| {
            spawn(gate, &pair, |pair| pair.read(|(one, other), _| assert_eq!(one, other)))
        });
        pair.write(add);
        join(readers);
        assert_eq!(pair.read(|pair, _| *pair), (1, 1));
    });
}

#[test]
fn what_has_been_written_stays_written() {
    model(|| {
        let pair = Arc::new(ReadersLock::new((0, 0)));
        let reader = spawn(1, &pair, |pair| {
            let first = pair.read(|pair, _| *pair);
            // By way of the other gate.
            become_number(0);
            let second = pair.read(|pair, _| *pair);
            assert!(first <= second);
        });
        pair.write(add);
        assert_eq!(pair.read(|pair, _| *pair), (1, 1));
        join([reader]);
    });
}

#[test]
fn writers_do_not_wait_in_a_circle() {
    // Three that take two gates each have too many interleavings.
    let mut bounded = Builder::new();
    bounded.preemption_bound = Some(3);
    bounded.check(|| {
        let pair = Arc::new(ReadersLock::new((0, 0)));
        let threads = [0, 1].map(|gate| spawn(gate, &pair, |pair| pair.write(add)));
        pair.write(add);
        join(threads);
        assert_eq!(pair.read(|pair, _| *pair), (3, 3));
    });
}

#[test]
fn a_writer_and_a_reader_of_each_gate_do_not_wait_in_a_circle() {
    model(|| {
        let pair = Arc::new(ReadersLock::new((0, 0)));
        let writer = spawn(1, &pair, |pair| {
            pair.write(add);
            pair.read(|pair, _| pair.0)
        });
        pair.write(add);
        let seen = pair.read(|pair, _| pair.0);
        assert!((1..=2).contains(&seen));
        assert!((1..=2).contains(&join([writer])[0]));
    });
}

#[test]
fn a_panic_inside_a_readers_lock_lets_the_next_one_in() {
    model(|| {
        let pair = Arc::new(ReadersLock::new((0, 0)));
        let thread = spawn(1, &pair, |pair| {
            panic_inside(|| pair.read(|_, _| unwind()));
            panic_inside(|| {
                pair.write(|pair| {
                    add(pair);
                    unwind();
                });
            });
        });
        pair.write(add);
        join([thread]);
        assert_eq!(pair.read(|pair, _| *pair), (2, 2));
    });
}

#[test]
fn every_addition_to_a_tally_counts() {
    model(|| {
        let data = Arc::new(ReadersLock::new(()));
        // Two of them share a gate.
        let threads = [0, 1].map(|gate| spawn(gate, &data, |data| data.read(|(), t| t.add(1))));
        data.read(|(), tally| tally.add(1));
        assert!(data.tally() <= 3);
        join(threads);
        assert_eq!(data.tally(), 3);
    });
}
