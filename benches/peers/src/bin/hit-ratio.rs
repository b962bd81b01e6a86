//! Replays traces on Evermemo, on other caches and on simulators of policies.

use core::{error::Error, num::NonZeroUsize};
use std::{
    fs::{self, File},
    io::{self, BufRead},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use evermemo_peers::hit_ratio::{
    chart::chart,
    contestants::{Contestant, contestants},
    run::run,
    table,
    trace::{SUFFIX, Trace},
};

/// How many requests of each trace `--quick` replays.
const QUICK: usize = 200_000;

const TRACES: &str = "\
Traces:
  A trace is a file NAME.trc.gz: gzip around \"HTRACE1\\n\", the number of requests and that of
  distinct keys (u64, little endian), and for each request the LEB128 varint of
  zigzag(key - key before). Keys are numbered from 0 in the order in which they first appear.

  None comes with this program, as they are other people's. Two collections are public:
    github.com/moka-rs/cache-trace, folder arc: released under the condition that the ARC paper is
      cited (N. Megiddo, D. S. Modha, USENIX FAST 2003). A line is `first count 0 number`, for
      `count` keys from `first` on; compressed with zstd.
    github.com/ben-manes/caffeine, under simulator/: the folders of the parsers. Those of cache2k
      are CC BY 4.0 (headissue GmbH, Jens Wilke); those of lirs and corda state no terms of their
      own in a repository under Apache 2.0.
  Make traces of them with --pack, which skips empty lines:
    zcat sprite.trace.gz | grep -v '\\*' | hit-ratio --pack traces/sprite.trc.gz        (lirs)
    zcat trace_vaultservice.gz | od -An -v -w8 -t x8 |
      hit-ratio --pack traces/vault.trc.gz                                           (corda)
    xzcat web12.trace.xz | od -An -v -w4 -t x4 | hit-ratio --pack traces/web12.trc.gz  (cache2k)
    zstdcat OLTP.lis.zst | awk '{ for (i = 0; i < $2; i++) print $1 + i }' |
      hit-ratio --pack traces/oltp.trc.gz                                            (arc)";

/// Replays each trace of a folder on Evermemo, on other caches and on simulated policies, with room
/// for 1, 5 and 10 % of its distinct keys, and prints which share of the requests were hits.
///
/// A request asks for a key; on a miss the key is inserted. The mean is that of all ratios.
#[derive(Debug, Parser)]
#[command(after_help = TRACES)]
struct Arguments {
    /// The folder of traces.
    #[arg(value_name = "DIR", required_unless_present = "pack")]
    traces: Option<PathBuf>,

    /// Replays no more than the first 200,000 requests of each trace.
    #[arg(long)]
    quick: bool,

    /// Prints the means over all traces alone, and in the last line once more for programs.
    #[arg(long)]
    mean: bool,

    /// Prints each ratio too.
    #[arg(long, conflicts_with = "mean")]
    full: bool,

    /// Only caches and policies with one of these in their names, in small letters and hyphens.
    #[arg(long, value_name = "SUBSTRING", value_delimiter = ',')]
    only: Vec<String>,

    /// Draws the means into `hit-ratio.svg` in this folder.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,

    /// With how many shards Evermemo takes part, besides with one.
    #[arg(long, value_name = "N", default_value = "8")]
    shards: NonZeroUsize,

    /// In how many threads the traces are replayed; each cache is used by one alone.
    #[arg(long, value_name = "N", default_value = "2")]
    threads: NonZeroUsize,

    /// Reads keys from the standard input, one a line, and writes them to this file as a trace.
    #[arg(long, value_name = "FILE", exclusive = true)]
    pack: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.pack, &arguments.traces) {
        (Some(file), _) => pack(file),
        (None, Some(traces)) => measure(&arguments, traces),
        (None, None) => Err("neither a folder of traces nor --pack is given".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hit-ratio: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(file: &Path) -> Result<(), Box<dyn Error>> {
    let mut keys = io::stdin().lock().lines().collect::<Result<Vec<_>, _>>()?;
    keys.retain(|key| !key.trim().is_empty());
    let trace = Trace::of("packed", &keys);
    let created =
        File::create(file).map_err(|error| format!("cannot create {}: {error}", file.display()))?;
    trace.write(created)?;
    println!("{} requests, {} keys", trace.requests().len(), trace.distinct());
    Ok(())
}

fn measure(arguments: &Arguments, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut traces = Trace::all(folder)?;
    if traces.is_empty() {
        let folder = folder.display();
        return Err(format!("{folder} has no file *{SUFFIX}; --help says where to get some").into());
    }
    let part = if arguments.quick {
        traces = traces.into_iter().map(|trace| trace.first(QUICK)).collect();
        format!("at most the first {QUICK} requests of each")
    } else {
        "all requests".to_owned()
    };
    let mut contestants = contestants(arguments.shards.get());
    contestants.retain(|contestant| {
        let id = contestant.id();
        arguments.only.is_empty() || arguments.only.iter().any(|only| id.contains(only.as_str()))
    });
    let scores = run(&contestants, &traces, arguments.threads);

    let count = if traces.len() == 1 { "one trace" } else { &format!("{} traces", traces.len()) };
    let title = format!("Hit ratio in per cent, mean of {count}, {part}");
    println!("{title}; room for 1, 5 and 10 % of the distinct keys\n");
    if arguments.full {
        println!("{}", table::in_full(&scores, &traces));
    }
    if let Some(folder) = &arguments.svg {
        let kinds: Vec<_> = contestants.iter().map(|contestant| contestant.kind).collect();
        fs::create_dir_all(folder)?;
        fs::write(folder.join("hit-ratio.svg"), chart(&title, &kinds, &scores)?)?;
    }
    if arguments.mean {
        let ids: Vec<_> = contestants.iter().map(Contestant::id).collect();
        let requests = if arguments.quick { QUICK.to_string() } else { "all".to_owned() };
        println!("{}", table::means(&scores));
        println!("{}", table::line(&ids, &scores, &traces, &requests));
    } else {
        print!("{}", table::by_trace(&scores, &traces));
    }
    Ok(())
}
