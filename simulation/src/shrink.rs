//! The shortest history that still goes wrong.

use std::time::{Duration, Instant};

use crate::{
    operation::Operation,
    run::{Run, run},
    scenario::Scenario,
};

/// How many other schedules are tried before an operation counts as needed.
const SCHEDULES: u64 = 4;

/// Leaves out what is not needed for a scenario to go wrong, for as long as `patience` lasts, and
/// returns what is left.
///
/// First halves are left out, then quarters, down to single operations, as often as that helps
/// (delta debugging: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
/// IEEE Transactions on Software Engineering 28, 2002).
#[must_use]
pub fn shrink(scenario: &Scenario, patience: Duration) -> Scenario {
    let end = Instant::now() + patience;
    let mut best = scenario.clone();
    let mut size = best.operations.len().div_ceil(2);
    while size > 0 && Instant::now() < end {
        let mut shorter = false;
        let mut place = 0;
        while place < best.operations.len() && Instant::now() < end {
            let mut operations = best.operations.clone();
            operations.drain(place..(place + size).min(operations.len()));
            match failing(&best, operations) {
                Some(found) => (best, shorter) = (found, true),
                None => place += size,
            }
        }
        // As long as something goes, what was needed before may not be any more.
        if !shorter || size > 1 {
            size = if size == 1 { 0 } else { size.div_ceil(2).min(size - 1) };
        }
    }
    best
}

/// A scenario with these operations that goes wrong, on the schedule as it is or on another one.
fn failing(scenario: &Scenario, operations: Vec<Operation>) -> Option<Scenario> {
    let schedules = [scenario.schedule].into_iter().chain(0..SCHEDULES);
    let mut candidates = schedules.map(|schedule| Scenario {
        schedule,
        operations: operations.clone(),
        ..scenario.clone()
    });
    candidates.find(|candidate| matches!(run(candidate, false), Run { violation: Some(_), .. }))
}
