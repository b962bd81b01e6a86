//! Measures Evermemo beside other caches: `side-by-side --help`.

use std::{io, path::PathBuf};

use clap::Parser;
use evermemo_peers::side_by_side::{
    heap, lines, once::once, plots, programs, rounds::Effort, table::Tables, workload::WORKLOADS,
};

/// Measures calls of evermemo beside those of other caches, in interleaved rounds
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer and shorter rounds, in about a minute
    #[arg(long)]
    quick: bool,

    /// Only workloads with one of these in their names
    #[arg(long, value_name = "SUBSTRING")]
    only: Vec<String>,

    /// Prints all rounds as lines, for other programs
    #[arg(long)]
    raw: bool,

    /// Writes bar charts into a folder
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,

    /// Lists the workloads
    #[arg(long)]
    list: bool,

    /// Makes so many calls of a workload with one cache, without a clock: for callgrind
    #[arg(long, num_args = 3, value_names = ["WORKLOAD", "PEER", "N"])]
    once: Option<Vec<String>>,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    if let Some([workload, peer, calls]) = arguments.once.as_deref() {
        return once(workload, peer, calls.parse().map_err(io::Error::other)?);
    }
    if arguments.list {
        let heap = heap::LINES.iter().map(|(name, what, _)| (*name, *what));
        for (name, what) in WORKLOADS.iter().map(|known| (known.name, known.what)).chain(heap) {
            println!("{name:18} {what}");
        }
        return Ok(());
    }
    let effort = if arguments.quick { Effort::quick() } else { Effort::full() };
    let wanted = |name: &str| {
        arguments.only.is_empty() || arguments.only.iter().any(|only| name.contains(only.as_str()))
    };
    let mut rows = Vec::new();
    for workload in WORKLOADS.iter().filter(|workload| wanted(workload.name)) {
        eprintln!("{}", workload.name);
        rows.extend(workload.measure(&effort));
    }
    if heap::LINES.iter().any(|(name, ..)| wanted(name)) {
        eprintln!("heap");
        let lines = lines::read(&programs::output("heap", &[])?)?;
        rows.extend(lines.into_iter().filter(|row| wanted(&row.workload)));
    }
    if arguments.raw {
        print!("{}", lines::Lines(&rows));
        return Ok(());
    }
    println!("Evermemo on tokio, whose adapter reads the clock of the process. {effort}\n");
    print!("{}", Tables(&rows));
    if let Some(folder) = arguments.svg {
        plots::write(&folder, &rows)?;
    }
    Ok(())
}
