//! Prints what Evermemo has to reach and what it does: `targets --help`.

use std::{fs, io, path::PathBuf};

use clap::Parser;
use evermemo_peers::side_by_side::{
    instructions, lines, programs,
    targets::{Measured, needed},
};

/// Measures what has a target, and prints a table of targets and figures
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer and shorter rounds
    #[arg(long)]
    quick: bool,

    /// A folder of traces, for the hit ratio
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,

    /// What `benches/hit-path` printed, for the number of atomic operations
    #[arg(long, value_name = "FILE")]
    steps: Option<PathBuf>,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    // The other programs have the caches in them; this one is soon built.
    let mut options = vec!["--raw"];
    options.extend(arguments.quick.then_some("--quick"));
    for workload in needed() {
        options.extend(["--only", workload]);
    }
    let rows = lines::read(&programs::output("side-by-side", &options)?)?;
    let mut measured = Measured { rows, ..Measured::default() };
    eprintln!("instructions");
    measured.instructions = [
        instructions::of_a_call("hit-1k", "evermemo")?,
        instructions::of_a_call("hit-1k-expiry", "evermemo")?,
    ];
    measured.locked =
        arguments.steps.map(fs::read_to_string).transpose()?.as_deref().and_then(locked);
    if let Some(traces) = arguments.traces {
        eprintln!("hit ratio");
        let printed = programs::output("hit-ratio", &["--mean", &traces.to_string_lossy()])?;
        measured.hit_ratio = printed.lines().last().map(str::to_owned);
    }
    println!("{measured}");
    Ok(())
}

/// Finds the number of locked instructions on the path of a handle's hit, the first that is told.
fn locked(steps: &str) -> Option<f64> {
    let path = steps.lines().find(|line| line.starts_with("| hit path: "))?;
    let count = path.split(", ").find_map(|part| part.strip_suffix(" locked"))?;
    count.parse().ok()
}
