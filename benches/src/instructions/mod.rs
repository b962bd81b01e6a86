//! What operations cost, in what repeats: instructions, allocations, atomic read-modify-writes.

mod budgets;
mod callgrind;
mod locked;

use std::{collections::HashMap, io, path::Path};

pub use self::budgets::{Budgets, Verdict};

use self::{callgrind::Counts, locked::Locked};
use crate::operations::{LOOP, OPERATIONS};

/// What an operation costs, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Instructions, of libraries too. The kernel's do not count.
    pub instructions: f64,
    /// How often memory is asked for, or more of it.
    pub allocations: f64,
    /// Instructions that lock a cache line: atomic read-modify-writes.
    pub locked: f64,
}

/// How often an operation is made. What was counted is subtracted, and with it what comes before and
/// after.
const CALLS: [u32; 2] = [10_000, 40_000];

/// Measures all operations but the empty loop, which is subtracted; `program` is `operations`.
///
/// # Errors
///
/// If valgrind or objdump cannot be run, or say something else than expected.
pub fn measured(program: &Path) -> io::Result<Vec<(&'static str, Cost)>> {
    let mut known = HashMap::new();
    let around = cost(program, LOOP, &mut known)?;
    let operations = OPERATIONS.iter().filter(|operation| operation.name != LOOP);
    operations
        .map(|operation| {
            let all = cost(program, operation.name, &mut known)?;
            // A join has no such loop around it, and makes its callers instead.
            let cost = if operation.looped {
                Cost {
                    instructions: all.instructions - around.instructions,
                    allocations: all.allocations - around.allocations,
                    locked: all.locked - around.locked,
                }
            } else {
                all
            };
            Ok((operation.name, cost))
        })
        .collect()
}

/// Seeds of the hash, which decide what shares a place.
const SEEDS: [u64; 3] = [1, 2, 3];

/// Takes the least of each count: bad luck with a seed, as keys that share a place, only adds.
fn cost(program: &Path, name: &str, known: &mut HashMap<String, Locked>) -> io::Result<Cost> {
    let mut least = once(program, name, SEEDS[0], known)?;
    for seed in &SEEDS[1..] {
        let cost = once(program, name, *seed, known)?;
        least = Cost {
            instructions: least.instructions.min(cost.instructions),
            allocations: least.allocations.min(cost.allocations),
            locked: least.locked.min(cost.locked),
        };
    }
    Ok(least)
}

fn once(
    program: &Path,
    name: &str,
    seed: u64,
    known: &mut HashMap<String, Locked>,
) -> io::Result<Cost> {
    let [few, many] =
        CALLS.map(|calls| callgrind::run(program, &[name, &calls.to_string()], seed, known));
    let (few, many) = (few?, many?);
    let each = |count: fn(Counts) -> u64| {
        (count(many) as f64 - count(few) as f64) / f64::from(CALLS[1] - CALLS[0])
    };
    Ok(Cost {
        instructions: each(|counts| counts.instructions),
        allocations: each(|counts| counts.allocations),
        locked: each(|counts| counts.locked),
    })
}
