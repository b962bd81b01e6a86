//! Many seeds, on all cores.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use evermemo_simulation::{Scenario, run};
use indicatif::{ProgressBar, ProgressStyle};

/// Which seeds are run.
pub(crate) struct Search {
    pub(crate) from: u64,
    pub(crate) seeds: Option<u64>,
    pub(crate) time: Option<Duration>,
    pub(crate) find: bool,
}

/// What was found.
pub(crate) struct Found {
    ran: u64,
    took: Duration,
    /// The seeds that go wrong, the lowest first.
    pub(crate) failing: Vec<u64>,
}

/// A thread takes so many seeds at once.
const BATCH: u64 = 32;

/// Beyond so many, more tell nothing new.
const MOST_FAILING: usize = 1000;

impl Search {
    pub(crate) fn run(self) -> Found {
        let threads = thread::available_parallelism().map_or(1, Into::into);
        let started = Instant::now();
        let (next, ran) = (AtomicU64::new(0), AtomicU64::new(0));
        let (failing, enough) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let progress = self.progress();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while !enough.load(Relaxed)
                        && self.time.is_none_or(|time| started.elapsed() < time)
                    {
                        let begin = next.fetch_add(BATCH, Relaxed);
                        let end =
                            self.seeds.map_or(begin + BATCH, |seeds| seeds.min(begin + BATCH));
                        if begin >= end {
                            break;
                        }
                        for offset in begin..end {
                            let seed = self.from.wrapping_add(offset);
                            if run(&Scenario::of(seed), false).violation.is_some() {
                                let mut failing =
                                    failing.lock().unwrap_or_else(PoisonError::into_inner);
                                failing.push(seed);
                                enough
                                    .fetch_or(self.find || failing.len() >= MOST_FAILING, Relaxed);
                            }
                        }
                        ran.fetch_add(end - begin, Relaxed);
                        progress.inc(end - begin);
                    }
                });
            }
        });
        progress.finish_and_clear();
        let mut failing = failing.into_inner().unwrap_or_else(PoisonError::into_inner);
        failing.sort_unstable();
        Found { ran: ran.into_inner(), took: started.elapsed(), failing }
    }

    /// Hidden by itself where there is no terminal.
    fn progress(&self) -> ProgressBar {
        let bar = self.seeds.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let style = ProgressStyle::with_template("{human_pos} seeds, {per_sec}, {elapsed}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}

impl Found {
    /// Seeds a second.
    pub(crate) fn rate(&self) -> f64 {
        self.ran as f64 / self.took.as_secs_f64()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rate) = (self.took.as_secs_f64(), self.rate());
        write!(f, "{} seeds in {seconds:.1} s, {rate:.0} a second: ", self.ran)?;
        match &self.failing[..] {
            [] => f.write_str("all as it should be"),
            failing => write!(f, "{} go wrong, the first is {}", failing.len(), failing[0]),
        }
    }
}
