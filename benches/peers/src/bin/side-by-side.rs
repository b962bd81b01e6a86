//! Measures Evermemo beside other caches: `side-by-side --help`.

use std::io;

use clap::Parser;
use evermemo_peers::side_by_side::{
    once::once, rounds::Effort, table::Tables, workload::WORKLOADS,
};

/// Measures calls of evermemo beside those of other caches, in interleaved rounds
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer and shorter rounds, in less than a minute
    #[arg(long)]
    quick: bool,

    /// Only workloads with this in their names
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,

    /// Makes so many calls of a workload with one cache, without a clock: for callgrind
    #[arg(long, num_args = 3, value_names = ["WORKLOAD", "PEER", "N"])]
    once: Option<Vec<String>>,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    if let Some([workload, peer, calls]) = arguments.once.as_deref() {
        return once(workload, peer, calls.parse().map_err(io::Error::other)?);
    }
    let effort = if arguments.quick { Effort::quick() } else { Effort::full() };
    let only = arguments.only.unwrap_or_default();
    let mut rows = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| workload.name.contains(&only)) {
        let start = std::time::Instant::now();
        rows.extend(workload.measure(&effort));
        eprintln!("{}: {:?}", workload.name, start.elapsed());
    }
    print!("{}", Tables(&rows));
    Ok(())
}
