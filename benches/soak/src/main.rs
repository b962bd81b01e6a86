//! Everything at once, on real time and real threads, for as long as one likes.
//!
//! ```console
//! $ cargo run --release -p evermemo-soak -- --runtime tokio --for 10m
//! ```
//!
//! Many callers ask four caches, go away, force, insert and invalidate, while loads fail, panic and
//! hang, storages fail and lose, and components are exchanged. What they are told is compared with
//! what is true, and in the end with what the caches have counted.

#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program has std")]

mod accounts;
mod actors;
mod ask;
mod backend;
mod caches;
mod callers;
mod counts;
mod facts;
mod judging;
mod ledger;
mod listener;
mod numbers;
mod operations;
mod overlap;
mod plan;
mod report;
mod run;
mod runtimes;
mod second_chance;
mod slow;
#[cfg(test)]
mod tests;
mod time;
mod violations;
mod watchdog;

use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;

use crate::{actors::ACTORS, plan::Shared, run::Plan, runtimes::Selected, time::time};

/// Puts caches under everything at once, and fails if one does not keep what it promises.
#[derive(Parser)]
#[command(name = "soak")]
struct Arguments {
    /// What to run on.
    #[arg(long, value_enum)]
    runtime: Selected,
    /// How long: a number with `s`, `m` or `h`, at least `5s`.
    #[arg(long = "for", value_name = "TIME", value_parser = time, default_value = "1m")]
    lasts: Duration,
    /// How many tasks call.
    #[arg(long, default_value_t = 200)]
    callers: usize,
    /// What the callers, loads and storages draw from. The threads still meet as they like.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often a line says how it goes.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    report_every: Duration,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let Arguments { runtime, lasts, callers, seed, report_every } = *arguments;
    if lasts < Duration::from_secs(5) {
        return Err(format!("--for is {lasts:?}, and has to be 5s or more").into());
    }
    println!("{} for {lasts:?}, {callers} callers, seed {seed}", runtime.name());
    let shared = Arc::new(Shared::new(seed, callers, ACTORS));
    watchdog::watch(shared.clone());
    let ran = runtime.run(&shared, Plan { lasts, report_every })?;
    Ok(ran.conclude(&shared.violations))
}
