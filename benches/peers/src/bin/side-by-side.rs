//! Measures Evermemo beside other caches: `side-by-side --help`.

use std::{io, path::PathBuf};

use clap::Parser;
use evermemo_peers::side_by_side::{
    curve, heap, lines,
    once::once,
    plots,
    processor::processor,
    programs,
    progress::Progress,
    rounds::Effort,
    table::Tables,
    workload::{WORKLOADS, of_row},
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

    /// Only the workloads of these rows, which are named exactly
    #[arg(long, value_name = "NAME")]
    row: Vec<String>,

    /// How many rounds are made
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,

    /// Prints all rounds as lines, for other programs
    #[arg(long)]
    raw: bool,

    /// Writes charts into a folder: bars, and how the times of calls are distributed
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
    let mut effort = if arguments.quick { Effort::quick() } else { Effort::full() };
    effort.rounds = arguments.rounds.map_or(effort.rounds, usize::from);
    let named: Vec<_> = arguments.row.iter().map(|row| (row, of_row(row))).collect();
    if let Some((row, _)) = named.iter().find(|(_, workload)| workload.is_none()) {
        return Err(io::Error::other(format!("no workload has a row `{row}`")));
    }
    let wanted = |name: &str| {
        let all = named.is_empty() && arguments.only.is_empty();
        all || arguments.only.iter().any(|only| name.contains(only.as_str()))
            || named.iter().any(|(_, workload)| *workload == Some(name))
    };
    let workloads: Vec<_> = WORKLOADS.iter().filter(|workload| wanted(workload.name)).collect();
    let progress = Progress::of(workloads.len() + 1);
    let (mut rows, mut curves) = (Vec::new(), Vec::new());
    for workload in workloads {
        progress.next(workload.name);
        let (measured, timed) = workload.measure(&effort);
        rows.extend(measured);
        curves.extend(timed);
    }
    if heap::LINES.iter().any(|(name, ..)| wanted(name)) {
        progress.next("heap");
        let lines = lines::read(&programs::output("heap", &[])?)?;
        rows.extend(lines.into_iter().filter(|row| wanted(&row.workload)));
    }
    drop(progress);
    if let Some(folder) = arguments.svg {
        plots::write(&folder, &rows)?;
        curve::write(&folder, &curves)?;
    }
    if arguments.raw {
        print!("{}", lines::Lines(&rows));
        return Ok(());
    }
    println!("{}\n", processor());
    println!("Evermemo on tokio, whose adapter reads the clock of the process. {effort}\n");
    print!("{}", Tables(&rows));
    Ok(())
}
