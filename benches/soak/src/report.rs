//! What is going on, and what it came to.

use std::{
    fs,
    io::{self, IsTerminal},
    mem::replace,
    time::{Duration, Instant},
};

use evermemo::{Runtime, Stats};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    backend::Timers,
    caches::{Subject, World},
};

/// Lines at intervals, and on a terminal a bar below them.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// When the last line was printed, and what had been done by then.
    before: (Instant, Stats),
}

impl Progress {
    pub(crate) fn new(title: &str, lasts: Duration) -> Self {
        let bar = if io::stderr().is_terminal() {
            ProgressBar::new(lasts.as_secs()).with_message(title.to_owned())
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos:>5}/{len} s") {
            bar.set_style(style);
        }
        let began = Instant::now();
        Self { bar, began, before: (began, Stats::default()) }
    }

    pub(crate) fn tick(&self) {
        self.bar.set_position(self.began.elapsed().as_secs());
    }

    /// Prints what has been done since the line before.
    pub(crate) fn line<R: Runtime, T: Timers>(&mut self, world: &World<R, T>) {
        let now = Instant::now();
        let stats = rows(world).iter().fold(Stats::default(), |sum, row| plus(sum, &row.stats));
        let (since, before) = replace(&mut self.before, (now, stats));
        let took = now.saturating_duration_since(since).as_secs_f64();
        let per_second = |now: usize, before: usize| (now - before) as f64 / took;
        let calls = stats.calls() - before.calls();
        let share = |now: usize, before: usize| 100.0 * (now - before) as f64 / calls.max(1) as f64;
        let failures = |stats: &Stats| stats.load_failures + stats.refresh_failures;
        let entries: usize = world.entries().iter().flatten().sum();
        let flying: usize = rows(world).iter().map(|row| row.flying).sum();
        self.bar.suspend(|| {
            println!(
                "{:>6.0} s  {:>7.0} calls/s  {:>6.0} loads/s  hits {:>4.1} %  stale {:>4.1} %  \
                 errors {:>5.0}/s  {entries:>5} entries  {flying:>3} in flight  {:>6.1} MB  {} \
                 violations",
                self.began.elapsed().as_secs_f64(),
                calls as f64 / took,
                per_second(stats.loads + stats.refreshes, before.loads + before.refreshes),
                share(stats.hits, before.hits),
                share(stats.stale, before.stale),
                per_second(failures(&stats), failures(&before)),
                resident(),
                world.shared.violations.count(),
            );
        });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the memory that the process has in use, in MB; 0 where there is no `/proc`.
pub(crate) fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    kilobytes.map_or(0.0, |kilobytes: f64| kilobytes / 1024.0)
}

struct Row {
    name: &'static str,
    stats: Stats,
    flying: usize,
    returned: usize,
    dropped: usize,
}

fn rows<R: Runtime, T: Timers>(world: &World<R, T>) -> [Row; 4] {
    fn row<R: Runtime>(subject: &Subject<R>) -> Row {
        let Subject { memo, facts } = subject;
        Row {
            name: facts.name,
            stats: memo.stats(),
            flying: memo.in_flight(),
            returned: facts.counts.returned.read(),
            dropped: facts.counts.dropped.read(),
        }
    }
    [row(&world.memory), row(&world.storage), row(&world.strategy), row(&world.mutable)]
}

fn plus(mut sum: Stats, stats: &Stats) -> Stats {
    sum.hits += stats.hits;
    sum.stale += stats.stale;
    sum.loads += stats.loads;
    sum.joins += stats.joins;
    sum.rejected += stats.rejected;
    sum.refreshes += stats.refreshes;
    sum.load_failures += stats.load_failures;
    sum.refresh_failures += stats.refresh_failures;
    sum
}

/// Prints the accounts of all caches.
pub(crate) fn table<R: Runtime, T: Timers>(world: &World<R, T>) {
    let rows = rows(world);
    let line = |what: &str, of: fn(&Row) -> String| {
        let cells: String = rows.iter().map(|row| format!("{:>12}", of(row))).collect();
        println!("{what:20}{cells}");
    };
    println!();
    line("", |row| row.name.to_owned());
    line("calls that returned", |row| row.returned.to_string());
    line("calls dropped", |row| row.dropped.to_string());
    let lines: [(&str, fn(&Stats) -> usize); 15] = [
        ("calls counted", |stats| stats.calls()),
        ("hits", |stats| stats.hits),
        ("stale", |stats| stats.stale),
        ("loads", |stats| stats.loads),
        ("joins", |stats| stats.joins),
        ("rejected", |stats| stats.rejected),
        ("refreshes", |stats| stats.refreshes),
        ("refresh failures", |stats| stats.refresh_failures),
        ("load failures", |stats| stats.load_failures),
        ("timeouts", |stats| stats.timeouts),
        ("panics", |stats| stats.panics),
        ("storage errors", |stats| stats.storage_errors),
        ("cached errors", |stats| stats.cached_errors),
        ("evicted", |stats| stats.evicted),
        ("expired", |stats| stats.expired),
    ];
    for (what, of) in lines {
        let cells: String =
            rows.iter().map(|row| format!("{:>12}", of(&row.stats).to_string())).collect();
        println!("{what:20}{cells}");
    }
    println!();
}
