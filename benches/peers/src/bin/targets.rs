//! Prints what Evermemo has to reach and what it does: `targets --help`.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Parser;
use evermemo_benches::instructions::Budgets;
use evermemo_peers::side_by_side::{
    instructions, lines,
    processor::processor,
    programs,
    rounds::Row,
    targets::{Figure, Measured, TARGETS, Table, Target},
};

/// Measures what has a target, beside other caches, and prints a table of figures, bounds and goals
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer and shorter rounds; caches that take seconds to be filled are left out
    #[arg(long)]
    quick: bool,

    /// Only rows with one of these in their names, which --list shows, or in the words for them
    #[arg(long, value_name = "SUBSTRING", value_delimiter = ',')]
    rows: Vec<String>,

    /// How many rounds are made
    #[arg(long, value_name = "N")]
    rounds: Option<String>,

    /// A folder of traces, for the hit ratio
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,

    /// Writes charts into a folder: bars, and how the times of calls are distributed
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,

    /// Lists the rows
    #[arg(long)]
    list: bool,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let targets: Vec<_> = TARGETS.iter().filter(|target| target.wanted(&arguments.rows)).collect();
    if arguments.list {
        for target in targets {
            println!("{:28} {}", target.figure.name(), target.what);
        }
        return Ok(());
    }
    let mut measured = Measured { rows: rows(&arguments, &targets)?, ..Measured::default() };
    let wants = |kind: fn(&Figure) -> bool| targets.iter().any(|target| kind(&target.figure));
    if wants(|figure| {
        matches!(figure, Figure::Instructions(_) | Figure::Allocations(_) | Figure::Locked(_))
    }) {
        let costs = script("instructions", &["--raw"])?;
        measured.costs =
            costs.map(|costs| Budgets::read(&costs)).transpose().map_err(io::Error::other)?;
    }
    if wants(|figure| matches!(figure, Figure::Path)) {
        measured.path = script("hit-path", &[])?.as_deref().and_then(locked);
    }
    for target in &targets {
        if let Figure::Counted(workload) = target.figure {
            eprintln!("instructions of {workload}");
            let own = instructions::of_a_call(workload, "evermemo")?;
            let other = instructions::of_a_call(workload, "quick_cache")?;
            measured.counted.extend(own.zip(other).map(|(own, other)| (workload, [own, other])));
        }
    }
    if let Some(traces) =
        arguments.traces.filter(|_| wants(|figure| matches!(figure, Figure::HitRatio(_))))
    {
        eprintln!("hit ratio");
        let traces = traces.to_string_lossy();
        let only = "evermemo-s3tinylfu,quick-cache,moka";
        let printed = programs::output("hit-ratio", &["--mean", &traces, "--only", only])?;
        measured.hit_ratio = printed.lines().last().map(str::to_owned);
    }
    println!("{}\n", processor());
    print!("{}", Table { measured: &measured, targets: &targets });
    Ok(())
}

/// Has `side-by-side` measure: the caches are in that program.
fn rows(arguments: &Arguments, targets: &[&Target]) -> io::Result<Vec<Row>> {
    let rows: Vec<_> = targets.iter().filter_map(|target| target.figure.row()).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut options = vec!["--raw"];
    options.extend(arguments.quick.then_some("--quick"));
    for row in rows {
        options.extend(["--row", row]);
    }
    if let Some(rounds) = &arguments.rounds {
        options.extend(["--rounds", rounds]);
    }
    if let Some(folder) = arguments.svg.as_deref().and_then(Path::to_str) {
        options.extend(["--svg", folder]);
    }
    lines::read(&programs::output("side-by-side", &options)?)
}

/// Runs a script of `benches/`, and returns what it prints; nothing if it prints nothing, as it does
/// without the tools that it needs.
fn script(name: &str, arguments: &[&str]) -> io::Result<Option<String>> {
    eprintln!("{name}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let output = Command::new(path).args(arguments).stderr(Stdio::inherit()).output()?;
    let printed = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    Ok((!printed.is_empty()).then_some(printed))
}

/// Finds the number of locked instructions on the path of a handle's hit, the first that is told.
fn locked(steps: &str) -> Option<f64> {
    let path = steps.lines().find(|line| line.starts_with("| hit path: "))?;
    let count = path.split(", ").find_map(|part| part.strip_suffix(" locked"))?;
    count.parse().ok()
}
