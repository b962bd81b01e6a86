//! A hit by each way from the call to the entry: every component that can be one's own.

use cpu_time::ThreadTime;
use evermemo_benches::operations::{LOOP, OPERATIONS, Operation};

use super::rounds::{Contestant, Effort};

/// The hits whose instructions `benches/instructions` counts, and last the loop around them.
pub fn components(effort: &Effort) -> Vec<Contestant> {
    let hits = OPERATIONS.iter().filter(|operation| operation.name.starts_with("hit"));
    let around = OPERATIONS.iter().filter(|operation| operation.name == LOOP);
    hits.chain(around).map(|operation| contestant(effort, operation)).collect()
}

/// An operation prepares what it needs, which takes as long however often it is repeated then.
fn contestant(effort: &Effort, operation: &'static Operation) -> Contestant {
    let calls = effort.calls;
    Contestant::new(operation.name, move || {
        let [prepared, repeated] = [0, calls].map(|calls| {
            let start = ThreadTime::now();
            (operation.repeat)(calls);
            start.elapsed().as_nanos() as f64
        });
        (repeated - prepared) / calls as f64
    })
}
