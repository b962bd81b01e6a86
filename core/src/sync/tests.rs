//! The locks under real threads; `proofs.rs` looks at what these cannot make happen.

use core::panic::AssertUnwindSafe;
use std::{
    panic::{catch_unwind, resume_unwind},
    sync::Barrier,
    thread,
};

use super::{Mutex, ReadersLock, threads::become_number};

use alloc::boxed::Box;

const THREADS: usize = 4;

/// The interpreter of Miri takes its time.
const ROUNDS: usize = if cfg!(miri) { 12 } else { 20_000 };

/// Runs `f` with the numbers of that many threads, on each of them.
fn on_threads(f: impl Fn(usize) + Sync) {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (f, start) = (&f, &start);
            scope.spawn(move || {
                become_number(number);
                start.wait();
                f(number);
            });
        }
    });
}

fn panics<O>(run: impl FnOnce() -> O) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

fn unwind() {
    resume_unwind(Box::new("inside"))
}

#[test]
fn a_mutex_lets_one_in_at_a_time() {
    let pair = Mutex::new((0, 0));
    on_threads(|_| {
        for _ in 0..ROUNDS {
            pair.with(|(one, other)| {
                *one += 1;
                *other += 1;
                assert_eq!(one, other);
            });
        }
    });
    assert_eq!(pair.with(|pair| *pair), (THREADS * ROUNDS, THREADS * ROUNDS));
}

#[test]
fn a_writer_is_alone() {
    let pair = ReadersLock::with_gates(2, (0, 0));
    on_threads(|number| {
        for _ in 0..ROUNDS {
            if number < 2 {
                pair.write(|(one, other)| {
                    *one += 1;
                    *other += 1;
                });
            } else {
                pair.read(|(one, other), _| assert_eq!(one, other));
            }
        }
    });
    assert_eq!(pair.read(|pair, _| *pair), (2 * ROUNDS, 2 * ROUNDS));
}

#[cfg(not(evermemo_critical_section))]
#[test]
fn readers_of_different_gates_are_inside_together() {
    let data = ReadersLock::with_gates(THREADS, 5);
    let inside = Barrier::new(THREADS);
    on_threads(|_| {
        data.read(|data, _| {
            // Ends only if all are here.
            inside.wait();
            assert_eq!(*data, 5);
        });
    });
}

#[test]
fn every_addition_to_a_tally_counts() {
    // Two threads share a gate.
    let data = ReadersLock::with_gates(2, ());
    on_threads(|number| {
        for _ in 0..ROUNDS {
            data.read(|(), tally| tally.add(number));
        }
    });
    assert_eq!(data.tally(), (1 + 2 + 3) * ROUNDS);
}

#[test]
fn a_tally_wraps() {
    let data = ReadersLock::with_gates(1, ());
    data.read(|(), tally| tally.add(usize::MAX));
    data.read(|(), tally| tally.add(3));
    assert_eq!(data.tally(), 2);
}

#[test]
fn a_panic_inside_lets_the_next_one_in() {
    let mutex = Mutex::new(1);
    assert!(panics(|| mutex.with(|_| unwind())));
    assert_eq!(mutex.with(|data| *data), 1);

    let data = ReadersLock::with_gates(2, 1);
    assert!(panics(|| data.read(|_, _| unwind())));
    data.write(|data| *data += 1);
    assert!(panics(|| data.write(|_| unwind())));
    data.write(|data| *data += 1);
    on_threads(|_| data.read(|data, _| assert_eq!(*data, 3)));
}

#[cfg(any(debug_assertions, evermemo_critical_section))]
#[test]
fn a_re_entry_panics_and_leaves_the_lock_free() {
    let mutex = Mutex::new(1);
    assert!(panics(|| mutex.with(|_| mutex.with(|_| ()))));
    assert_eq!(mutex.with(|data| *data), 1);

    // The last gate, so that a writer has passed others before it finds itself here.
    become_number(THREADS - 1);
    let data = ReadersLock::with_gates(THREADS, 1);
    assert!(panics(|| data.read(|_, _| data.read(|_, _| ()))));
    assert!(panics(|| data.read(|_, _| data.write(|_| ()))));
    assert!(panics(|| data.write(|_| data.read(|_, _| ()))));
    assert!(panics(|| data.write(|_| data.write(|_| ()))));
    on_threads(|_| data.write(|data| *data += 1));
    assert_eq!(data.read(|data, _| *data), 1 + THREADS);
}

#[cfg(any(debug_assertions, evermemo_critical_section))]
#[test]
fn a_re_entry_says_whose_fault_it_is() {
    let mutex = Mutex::new(());
    let payload = catch_unwind(AssertUnwindSafe(|| mutex.with(|()| mutex.with(|()| ()))));
    let payload = payload.expect_err("a re-entry panics");
    let message = payload.downcast_ref::<&'static str>().expect("a message");
    assert!(message.contains("called the cache that was using it"), "{message}");
}

#[test]
fn gates_are_a_power_of_two_and_not_too_many() {
    for (asked, given) in [(0, 1), (1, 1), (3, 4), (16, 16), (100, 16)] {
        let data = ReadersLock::with_gates(asked, ());
        assert_eq!(
            alloc::format!("{data:?}"),
            alloc::format!("ReadersLock {{ gates: {given}, .. }}")
        );
    }
}
