//! Real work behind a memoized function: sockets, files and parsing, on each runtime.
//!
//! ```console
//! $ cargo run --release -p evermemo-examples --example main_job -- tokio
//! ```
//!
//! The program writes files, starts a server that reads and sums up one of them for each request,
//! and asks it in two patterns, with memoization and without: all callers ask for the same file at
//! once, and a few hundred callers ask for files of which some are much more popular than others.
//! It compares every answer with what was written, and ends with a table. A wrong answer, or a
//! backend call too many, ends it with an error.
mod client;
mod files;
mod job;
mod progress;
mod runtimes;
mod server;
mod table;
mod zipf;

use std::{process::ExitCode, time::Instant};

use clap::Parser;

use crate::{files::Files, job::Scale, runtimes::Selected};

/// Calls a server of its own through a memoized function, and measures what that saves.
#[derive(Parser)]
#[command(name = "main_job", arg_required_else_help = true)]
struct Arguments {
    /// What to run on; `all` is one runtime after another.
    #[arg(value_enum)]
    runtime: Selected,
    /// Makes a tenth of the calls.
    #[arg(long)]
    short: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("main_job: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let scale = if arguments.short { Scale::SHORT } else { Scale::FULL };
    let files = Files::write(scale.files)?;
    let mut rows = Vec::new();
    for runtime in arguments.runtime.runtimes() {
        let measured = runtime.run(&files, scale);
        rows.extend(measured.map_err(|error| format!("on {}: {error}", runtime.name()))?);
    }
    table::print(&rows);
    println!("every answer was right; {:.1} s in all", started.elapsed().as_secs_f64());
    Ok(())
}
