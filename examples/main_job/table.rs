//! The results.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::client::CONNECTIONS;

/// One phase on one runtime, with memoization or without.
pub struct Row {
    pub runtime: String,
    pub phase: &'static str,
    pub memoized: bool,
    pub backend_calls: u64,
    /// In nanoseconds.
    pub latencies: Histogram<u64>,
    pub took: Duration,
}

const HEADINGS: [&str; 11] = [
    "runtime",
    "phase",
    "memoized",
    "calls",
    "backend calls",
    "hit ratio",
    "p50",
    "p90",
    "p99",
    "max",
    "calls/s",
];

/// The columns of text; numbers are aligned to the right.
const TEXTS: usize = 3;

pub fn print(rows: &[Row]) {
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let widths: Vec<_> = (0..HEADINGS.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEADINGS[column].len()]).max().unwrap_or_default()
        })
        .collect();
    println!("{}", line(&HEADINGS.map(str::to_owned), &widths));
    println!("{}", line(&[(); 11].map(|()| String::new()), &widths).replace(' ', "-"));
    for row in &rows {
        println!("{}", line(row, &widths));
    }
    println!();
    println!("hit ratio: the share of calls that took no backend call of their own");
    println!("p50 to max: the latency that a caller saw");
    println!(
        "the server keeps its answers back until all callers have asked for the one key, and the \
         first 200 for theirs"
    );
    println!(
        "at most {CONNECTIONS} connections are open at once; waiting for one is part of the latency"
    );
}

fn cells(row: &Row) -> [String; 11] {
    let calls = row.latencies.len();
    let saved = calls.saturating_sub(row.backend_calls) as f64 / calls as f64;
    let quantile = |quantile| latency(row.latencies.value_at_quantile(quantile));
    [
        row.runtime.clone(),
        row.phase.to_owned(),
        if row.memoized { "yes" } else { "no" }.to_owned(),
        calls.to_string(),
        row.backend_calls.to_string(),
        if row.memoized { format!("{:.2} %", 100.0 * saved) } else { "-".to_owned() },
        quantile(0.5),
        quantile(0.9),
        quantile(0.99),
        latency(row.latencies.max()),
        format!("{:.0}", calls as f64 / row.took.as_secs_f64()),
    ]
}

fn latency(nanoseconds: u64) -> String {
    match nanoseconds as f64 {
        short if short < 1e3 => format!("{short:.0} ns"),
        medium if medium < 1e6 => format!("{:.1} µs", medium / 1e3),
        long => format!("{:.1} ms", long / 1e6),
    }
}

fn line(cells: &[String; 11], widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell =
            if column < TEXTS { format!("{cell:width$}") } else { format!("{cell:>width$}") };
        line += if column == 0 { "" } else { "  " };
        line += &cell;
    }
    line
}
