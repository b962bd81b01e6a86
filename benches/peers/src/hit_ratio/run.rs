//! Replaying all traces on all contestants.

use core::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
};
use std::thread;

use super::{contestants::Contestant, subject::hits, trace::Trace};

/// The capacities, in per cent of a trace's distinct keys.
pub const PERCENTS: [usize; 3] = [1, 5, 10];

/// How one contestant did.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// What it is called.
    pub name: String,
    /// For each trace and each of [`PERCENTS`], the hits in per cent of the requests.
    pub ratios: Vec<[f64; PERCENTS.len()]>,
}

impl Score {
    /// Returns the mean of a trace's ratios.
    ///
    /// # Panics
    ///
    /// If there is no trace of this number.
    #[must_use]
    pub fn of_trace(&self, trace: usize) -> f64 {
        mean(self.ratios[trace])
    }

    /// Returns the mean of all ratios.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(self.ratios.iter().flatten().copied())
    }
}

/// Replays all `traces` on all `contestants`, in `threads` threads, and keeps the order of both.
///
/// # Panics
///
/// If a contestant does.
#[must_use]
pub fn run(contestants: &[Contestant], traces: &[Trace], threads: NonZeroUsize) -> Vec<Score> {
    let of_one = traces.len() * PERCENTS.len();
    let taken = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = taken.fetch_add(1, Ordering::Relaxed);
            let Some(contestant) =
                contestants.get(number.checked_div(of_one).unwrap_or(usize::MAX))
            else {
                return done;
            };
            let trace = &traces[number % of_one / PERCENTS.len()];
            let capacity = trace.capacity(PERCENTS[number % PERCENTS.len()]);
            let mut subject = contestant.subject(trace, capacity);
            let hits = hits(subject.as_mut(), trace.requests());
            done.push((number, 100.0 * hits as f64 / trace.requests().len().max(1) as f64));
        }
    };
    let mut ratios = vec![0.0; contestants.len() * of_one];
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
        for (number, ratio) in
            threads.into_iter().flat_map(|thread| thread.join().expect("all are well"))
        {
            ratios[number] = ratio;
        }
    });
    let (cells, _) = ratios.as_chunks();
    let score = |(number, contestant): (usize, &Contestant)| Score {
        name: contestant.name.clone(),
        ratios: cells[number * traces.len()..][..traces.len()].to_vec(),
    };
    contestants.iter().enumerate().map(score).collect()
}

fn mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (count, sum) =
        ratios.into_iter().fold((0, 0.0), |(count, sum), ratio| (count + 1, sum + ratio));
    sum / f64::from(count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hit_ratio::contestants::contestants;

    #[test]
    fn each_ratio_is_that_of_its_contestant_and_trace() {
        let loops = Trace::of("loops", (0..200).cycle().take(1_000));
        let bursts = Trace::of("bursts", (0..800).map(|n| n / 4));
        let scores = run(&contestants(1), &[loops, bursts], NonZeroUsize::new(3).unwrap());
        let find = |name: &str| scores.iter().find(|score| score.name == name).unwrap();
        // Room for 2, 10 and 20 of the 200 keys of four rounds after the first.
        assert_eq!(find("OPT").ratios, [[0.8, 4.0, 8.0], [75.0; 3]]);
        assert_eq!(find("FIFO").ratios, [[0.0; 3], [75.0; 3]]);
        assert!((find("FIFO").mean() - 37.5).abs() < 1e-9);
        assert!((find("OPT").of_trace(0) - 12.8 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn without_traces_there_are_no_ratios() {
        let scores = run(&contestants(1), &[], NonZeroUsize::MIN);
        assert!(scores.iter().all(|score| score.ratios.is_empty() && score.mean() == 0.0));
    }
}
