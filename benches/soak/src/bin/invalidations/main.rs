//! One thread invalidates a hot key, another calls it, and each load hands on what it replaces.
//!
//! ```console
//! $ cargo run --release -p evermemo-soak --bin invalidations -- --runtime tokio --for 10s
//! ```
//!
//! Every hit is stale, so every call begins a refresh, and a load of what was removed meanwhile may be
//! handed nothing. Threads meet as they like. Half of the time the engine's own flights are in charge,
//! half of it a registry.

#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program has std")]

mod contest;
mod registry;
#[path = "../../time.rs"]
mod time;

use std::{io, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use evermemo::{Smol, Tokio};

use crate::{
    contest::{Contest, Counted},
    time::time,
};

/// Looks for invalidations that are undone by a refresh, and fails if there is one.
#[derive(Parser)]
#[command(name = "invalidations")]
struct Arguments {
    /// What to run on.
    #[arg(long, value_enum)]
    runtime: Selected,
    /// How long: a number with `s`, `m` or `h`.
    #[arg(long = "for", value_name = "TIME", value_parser = time, default_value = "10s")]
    lasts: Duration,
}

/// What the command line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Selected {
    Tokio,
    Smol,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(counted) if counted.iter().all(Counted::is_right) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("invalidations: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(&Arguments { runtime, lasts }: &Arguments) -> io::Result<[Counted; 2]> {
    let each = lasts / 2;
    let counted = match runtime {
        Selected::Tokio => {
            let tokio = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
            let contest = Contest { lasts: each, block_on: &|future| tokio.block_on(future) };
            [contest.of_flights(Tokio::default()), contest.of_a_registry(Tokio::default())]
        }
        Selected::Smol => {
            let contest = Contest { lasts: each, block_on: &|future| smol::block_on(future) };
            [contest.of_flights(Smol), contest.of_a_registry(Smol)]
        }
    };
    for (by, counted) in ["the engine's own flights", "a registry"].into_iter().zip(&counted) {
        println!("by {by}: {counted}");
    }
    Ok(counted)
}
