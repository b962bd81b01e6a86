//! Makes one operation over and over: `operations NAME N`. Without arguments it lists them. With
//! `operations NAME N CORES` caches are laid out for so many cores, whatever the machine has. Keys
//! are hashed by the seed that `SEED` in the environment is, so that what it does repeats.

use std::{env, process::ExitCode};

use evermemo_benches::operations::OPERATIONS;
use evermemo_core::{assume_cores, assume_seed};

fn main() -> ExitCode {
    let seed = env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    // Not 0, by which keys would be hashed badly.
    assume_seed(seed.unwrap_or(1));
    let arguments: Vec<_> = env::args().skip(1).collect();
    let wanted = match arguments.as_slice() {
        [] => {
            for operation in OPERATIONS {
                println!("{:18} {}", operation.name, operation.what);
            }
            return ExitCode::SUCCESS;
        }
        [name, calls, cores @ ..] if cores.len() < 2 => {
            if let Some(cores) = cores.first().and_then(|cores| cores.parse().ok()) {
                assume_cores(cores);
            }
            let operation = OPERATIONS.into_iter().find(|operation| operation.name == name);
            operation.zip(calls.parse().ok())
        }
        _ => None,
    };
    let Some((operation, calls)) = wanted else {
        eprintln!("operations NAME N [CORES], where NAME is one of those that `operations` lists");
        return ExitCode::FAILURE;
    };
    (operation.repeat)(calls);
    ExitCode::SUCCESS
}
