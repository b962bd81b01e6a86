//! Seeds of all kinds go as they should, on virtual time and on threads.

#![allow(clippy::std_instead_of_core, reason = "tests have std")]

use evermemo_simulation::{Report, Scenario, on_runtime, run, shrink};
use evermemo_tokio::Tokio;
use std::{process::Command, time::Duration};

#[test]
fn seeds_go_as_they_should() {
    for seed in 0..500 {
        let scenario = Scenario::of(seed);
        if run(&scenario, false).violation.is_some() {
            panic!("{}", Report::of(&shrink(&scenario, Duration::from_secs(2))));
        }
    }
}

#[test]
fn a_seed_takes_the_same_steps_every_time() {
    for seed in 0..50 {
        let scenario = Scenario::of(seed);
        assert_eq!(run(&scenario, true).lines, run(&scenario, true).lines, "seed {seed}");
    }
}

/// Keys 0 and 2 of this seed share a shard or not, as their hashes have it.
#[test]
fn a_seed_takes_the_same_steps_in_every_process() {
    let steps = || {
        let mut played = Command::new(env!("CARGO_BIN_EXE_evermemo-simulation"));
        played.args(["--seed", "730002085929"]).output().expect("it runs").stdout
    };
    let first = steps();
    assert!(!first.is_empty());
    assert!((0..20).all(|_| steps() == first));
}

#[test]
fn clients_go_as_they_should_on_threads() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let tokio = builder.worker_threads(2).enable_time().build().expect("a runtime");
    for seed in 0..20 {
        let ran = tokio.block_on(on_runtime(Tokio::default(), seed));
        assert_eq!(ran, Ok(()), "seed {seed}");
    }
}
