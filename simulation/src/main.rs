//! Runs seeds, and shows how the first one goes that goes wrong.
//!
//! ```console
//! $ cargo run --release -p evermemo-simulation -- --for 20s
//! $ cargo run --release -p evermemo-simulation -- --seed 17
//! ```

#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program has std")]

mod search;

use std::{num::ParseIntError, panic, process::ExitCode, time::Duration};

use clap::Parser;
#[cfg(evermemo_planted)]
use evermemo_core::Fault;
use evermemo_core::assume_seed;
use evermemo_simulation::{Report, Scenario, run, shrink};

use crate::search::Search;

/// Plays random histories of a cache on virtual time, and compares each with what a cache promises.
#[derive(Parser)]
#[command(name = "evermemo-simulation")]
struct Arguments {
    /// Runs so many seeds; 10,000 unless there is a time.
    #[arg(long)]
    seeds: Option<u64>,
    /// Begins with this seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs seeds for so long, as `20s`, `5m` or `1h`.
    #[arg(long = "for", value_parser = duration)]
    time: Option<Duration>,
    /// Stops at the first seed that goes wrong.
    #[arg(long)]
    find: bool,
    /// Plays this seed, and shows all that happens.
    #[arg(long, conflicts_with_all = ["seeds", "from", "time", "find"])]
    seed: Option<u64>,
    /// Plays only these operations of the seed.
    #[arg(long, value_delimiter = ',', requires = "seed")]
    keep: Option<Vec<usize>>,
    /// Polls what can run in another order than that of the seed.
    #[arg(long, requires = "seed")]
    schedule: Option<u64>,
    /// Seeds the hashes of keys, which decide which keys share a shard.
    #[arg(long, default_value_t = 0)]
    hashes: u64,
    /// Shows so many seeds that go wrong.
    #[arg(long, default_value_t = 3)]
    shown: usize,
    /// Leaves the operations of seeds that go wrong as they are.
    #[arg(long)]
    whole: bool,
    /// Plants a fault in the engine, in a build with `--cfg evermemo_planted`.
    #[arg(long)]
    fault: Option<String>,
    /// Plants one fault after another, and shows which seed finds it.
    #[arg(long, conflicts_with_all = ["seed", "time", "find", "fault"])]
    faults: bool,
}

/// How long a failing seed is made shorter.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What goes wrong in a run is a result.
    panic::set_hook(Box::new(|_| {}));
    match program(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("evermemo-simulation: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all was as it should be.
fn program(arguments: &Arguments) -> Result<bool, String> {
    assume_seed(arguments.hashes);
    if let Some(fault) = &arguments.fault {
        plant(fault)?;
    }
    match arguments.seed {
        Some(seed) => Ok(replay(arguments, seed)),
        None if arguments.faults => faults(arguments),
        None => Ok(search(arguments)),
    }
}

fn replay(arguments: &Arguments, seed: u64) -> bool {
    let mut scenario = Scenario::of(seed);
    if let Some(keep) = &arguments.keep {
        scenario = scenario.keep(keep);
    }
    scenario.schedule = arguments.schedule.unwrap_or(seed);
    println!("{}", Report::of(&scenario));
    run(&scenario, false).violation.is_none()
}

fn search(arguments: &Arguments) -> bool {
    let seeds = match (arguments.seeds, arguments.time) {
        (None, None) => Some(10_000),
        (seeds, _) => seeds,
    };
    let shown = if arguments.find { 1 } else { arguments.shown };
    let found =
        Search { from: arguments.from, seeds, time: arguments.time, find: arguments.find }.run();
    for &seed in found.failing.iter().take(shown) {
        let scenario = Scenario::of(seed);
        if run(&scenario, false).violation.is_none() {
            println!("seed {seed} goes wrong, and does not when it is played again");
            continue;
        }
        let scenario = if arguments.whole { scenario } else { shrink(&scenario, PATIENCE) };
        println!("{}\n", Report::of(&scenario));
    }
    println!("{found}");
    if arguments.hashes != 0 && !found.failing.is_empty() {
        println!("they are replayed with --hashes {}", arguments.hashes);
    }
    found.failing.is_empty()
}

#[cfg(evermemo_planted)]
fn plant(name: &str) -> Result<(), String> {
    let named = |fault: &&Fault| format!("{fault:?}") == name;
    let unknown = || format!("there is no fault {name}");
    let fault = Fault::ALL.iter().find(named).ok_or_else(unknown)?;
    evermemo_core::plant(Some(*fault));
    Ok(())
}

/// Returns whether each fault was found.
#[cfg(evermemo_planted)]
fn faults(arguments: &Arguments) -> Result<bool, String> {
    let mut all = true;
    println!("{:<26}{:>12}{:>16}", "fault", "first seed", "seeds a second");
    for &fault in Fault::ALL {
        evermemo_core::plant(Some(fault));
        let seeds = Some(arguments.seeds.unwrap_or(10_000));
        let found = Search { from: arguments.from, seeds, time: None, find: true }.run();
        let first = found.failing.first().map_or_else(|| "not found".into(), u64::to_string);
        all &= !found.failing.is_empty();
        println!("{:<26}{first:>12}{:>16.0}", format!("{fault:?}"), found.rate());
    }
    evermemo_core::plant(None);
    Ok(all)
}

#[cfg(not(evermemo_planted))]
fn plant(_name: &str) -> Result<(), String> {
    Err(UNPLANTED.into())
}

#[cfg(not(evermemo_planted))]
fn faults(_arguments: &Arguments) -> Result<bool, String> {
    Err(UNPLANTED.into())
}

#[cfg(not(evermemo_planted))]
const UNPLANTED: &str = "faults are planted in a build with RUSTFLAGS='--cfg evermemo_planted'";

/// Reads a number and its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("a time is a number and `s`, `m` or `h`".into()),
    };
    let number = text[..text.len() - unit.len()].parse();
    let number: u64 = number.map_err(|error: ParseIntError| error.to_string())?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}
