//! Calls that are timed one by one, and how their times are distributed.

use hdrhistogram::Histogram;

use super::{
    curve::Curve,
    rounds::{Cell, Effort, Row},
};

/// What is told of each histogram: the end of the row's name, that of what it is, and the percentile.
const PERCENTILES: [(&str, &str, f64); 5] = [
    ("p50", "p50", 50.0),
    ("p90", "p90", 90.0),
    ("p99", "p99", 99.0),
    ("p99.9", "p99.9", 99.9),
    ("max", "slowest", 100.0),
];

/// What takes longer than ten seconds counts as ten, in nanoseconds.
const SLOWEST: u64 = 10_000_000_000;

/// One that calls and notes how long each call took.
pub(super) struct Timed {
    pub(super) name: &'static str,
    pub(super) turn: Box<dyn FnMut() -> Histogram<u64>>,
}

/// Makes room for the times of calls, in nanoseconds.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(SLOWEST, 3).expect("the bounds are in order")
}

/// Gives each its turn in each round, and tells the medians of each percentile, and one curve for
/// each of all its calls.
pub(super) fn rows(
    effort: &Effort,
    workload: &str,
    what: &str,
    contestants: &mut [Timed],
) -> (Vec<Row>, Vec<Curve>) {
    let mut rows: Vec<_> = PERCENTILES
        .iter()
        .map(|(name, percentile, _)| Row {
            workload: format!("{workload}-{name}"),
            what: format!("{what}, {percentile}"),
            unit: "ns".into(),
            cells: contestants.iter().map(|timed| Cell::empty(timed.name, "")).collect(),
        })
        .collect();
    let mut all: Vec<_> = contestants.iter().map(|_| histogram()).collect();
    for _ in 0..effort.rounds {
        for (index, contestant) in contestants.iter_mut().enumerate() {
            let histogram = (contestant.turn)();
            for (row, (.., percentile)) in rows.iter_mut().zip(PERCENTILES) {
                let nanos = histogram.value_at_percentile(percentile);
                row.cells[index].rounds.push(nanos as f64);
            }
            all[index] += histogram;
        }
    }
    let curves = contestants.iter().zip(&all);
    let curves = curves.map(|(timed, histogram)| Curve::of(what, timed.name, histogram));
    (rows, curves.collect())
}
