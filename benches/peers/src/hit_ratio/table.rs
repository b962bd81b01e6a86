//! Scores as Markdown, and as one line for programs.

use core::fmt::Write;

use super::{
    run::{PERCENTS, Score},
    trace::Trace,
};

/// Writes the mean of each score, one row each, the best one first.
#[must_use]
pub fn means(scores: &[Score]) -> String {
    let mut table = String::from("| cache | mean hit ratio, % |\n|---|--:|\n");
    for score in ranked(scores) {
        let _ = writeln!(table, "| {} | {:.2} |", score.name, score.mean());
    }
    table
}

/// Writes the mean of each score for each trace, and for all, the best one first.
#[must_use]
pub fn by_trace(scores: &[Score], traces: &[Trace]) -> String {
    let names = traces.iter().map(|trace| format!(" {} |", trace.name())).collect::<String>();
    let mut table = format!("| cache | mean |{names}\n|---|--:|{}\n", "--:|".repeat(traces.len()));
    for score in ranked(scores) {
        let _ = write!(table, "| {} | {:.2} |", score.name, score.mean());
        for trace in 0..traces.len() {
            let _ = write!(table, " {:.2} |", score.of_trace(trace));
        }
        table.push('\n');
    }
    table
}

/// Writes each ratio: a table for each trace, a column for each capacity.
#[must_use]
pub fn in_full(scores: &[Score], traces: &[Trace]) -> String {
    let mut tables = String::new();
    for (number, trace) in traces.iter().enumerate() {
        let (name, requests) = (trace.name(), trace.requests().len());
        let _ = writeln!(tables, "### {name}\n\n{requests} requests, {} keys\n", trace.distinct());
        let heads = PERCENTS.map(|percent| format!(" {percent} % ({}) |", trace.capacity(percent)));
        let _ = writeln!(tables, "| cache |{}\n|---|--:|--:|--:|", heads.concat());
        for score in scores {
            let cells = score.ratios[number].map(|ratio| format!(" {ratio:.2} |"));
            let _ = writeln!(tables, "| {} |{}", score.name, cells.concat());
        }
        tables.push('\n');
    }
    tables
}

/// Writes the means as `hit-ratio traces=10 requests=all opt=51.03 ..`, with an id for each score.
#[must_use]
pub fn line(ids: &[String], scores: &[Score], traces: &[Trace], requests: &str) -> String {
    let mut line = format!("hit-ratio traces={} requests={requests}", traces.len());
    for (id, score) in ids.iter().zip(scores) {
        let _ = write!(line, " {id}={:.2}", score.mean());
    }
    line
}

/// The best one first.
pub(super) fn ranked(scores: &[Score]) -> Vec<&Score> {
    let mut ranked: Vec<_> = scores.iter().collect();
    ranked.sort_by(|one, other| other.mean().total_cmp(&one.mean()));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> Vec<Score> {
        let score = |name: &str, ratios| Score { name: name.to_owned(), ratios };
        vec![
            score("one", vec![[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]),
            score("other", vec![[4.0, 4.0, 7.0], [9.0, 9.0, 9.0]]),
        ]
    }

    fn traces() -> Vec<Trace> {
        vec![Trace::of("a", 0..100), Trace::of("b", 0..1_000)]
    }

    #[test]
    fn the_best_mean_comes_first() {
        let expected =
            "| cache | mean hit ratio, % |\n|---|--:|\n| other | 7.00 |\n| one | 3.50 |\n";
        assert_eq!(means(&scores()), expected);
    }

    #[test]
    fn each_trace_has_a_column() {
        let expected = "| cache | mean | a | b |\n|---|--:|--:|--:|\n\
                        | other | 7.00 | 5.00 | 9.00 |\n| one | 3.50 | 2.00 | 5.00 |\n";
        assert_eq!(by_trace(&scores(), &traces()), expected);
    }

    #[test]
    fn in_full_each_capacity_has_a_column() {
        let tables = in_full(&scores(), &traces());
        assert!(
            tables.starts_with("### a\n\n100 requests, 100 keys\n\n| cache | 1 % (1) | 5 % (5) |")
        );
        assert!(tables.contains("| other | 9.00 | 9.00 | 9.00 |"), "{tables}");
    }

    #[test]
    fn the_line_has_an_id_for_each() {
        let ids = ["one".to_owned(), "the-other".to_owned()];
        let expected = "hit-ratio traces=2 requests=all one=3.50 the-other=7.00";
        assert_eq!(line(&ids, &scores(), &traces(), "all"), expected);
    }
}
