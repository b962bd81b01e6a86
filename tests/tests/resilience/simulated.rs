//! The clients of the simulation, on virtual time and as they would run elsewhere.

use core::any::TypeId;

use evermemo::testing::Virtual;
use evermemo_simulation::{Scenario, on_runtime, run};
use evermemo_tests::{Timed, on_every_runtime};

on_every_runtime! {
    p3_clients_of_the_simulation_see_nothing_old_on_any_runtime,
}

async fn p3_clients_of_the_simulation_see_nothing_old_on_any_runtime<R: Timed>(rt: R) {
    for seed in 0..12 {
        // Virtual time is the simulation's own; elsewhere it passes by itself.
        let ran = match TypeId::of::<R::Plain>() == TypeId::of::<Virtual>() {
            true => run(&Scenario::of(seed), false).violation.map_or(Ok(()), Err),
            false => on_runtime(rt.plain(), seed).await,
        };
        assert_eq!(ran, Ok(()), "seed {seed}");
    }
}
