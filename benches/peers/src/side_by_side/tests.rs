//! Each row is measured and has figures. What they are says nothing, as the caches are small.

use std::{env, fs, process, sync::OnceLock};

use super::{
    curve::{self, Curve},
    rounds::{Effort, Row},
    targets::{Measured, TARGETS},
    workload::{WORKLOADS, of_row},
};

/// Measures all once, for all tests.
fn measured() -> &'static (Measured, Vec<Curve>) {
    static MEASURED: OnceLock<(Measured, Vec<Curve>)> = OnceLock::new();
    MEASURED.get_or_init(|| {
        let (mut all, mut curves) = (Measured::default(), Vec::new());
        for workload in WORKLOADS {
            eprintln!("{}", workload.name);
            let (rows, timed) = workload.measure(&Effort::smoke());
            assert!(!rows.is_empty(), "{} has no row", workload.name);
            for row in &rows {
                assert_eq!(of_row(&row.workload), Some(workload.name), "{}", row.workload);
            }
            all.rows.extend(rows);
            curves.extend(timed);
        }
        (all, curves)
    })
}

/// Two threads may find no moment at which both have a processor.
fn may_fail(row: &str) -> bool {
    row.starts_with("threads") || row == "zipf-2"
}

#[test]
fn each_row_has_a_figure_of_each_contestant() {
    for Row { workload, cells, .. } in &measured().0.rows {
        assert!(!cells.is_empty(), "{workload}");
        for cell in cells {
            let (peer, figures) = (&cell.peer, &cell.rounds);
            assert_eq!(figures.len(), 1, "{workload}: {peer}");
            assert!(figures[0].is_finite() || may_fail(workload), "{workload}: {peer}");
        }
    }
}

#[test]
fn each_target_finds_its_row() {
    let measured = &measured().0;
    for target in TARGETS {
        let Some(row) = target.figure.row() else { continue };
        assert!(of_row(row).is_some(), "{row} is no row");
        // `heap` counts bytes and allocations, and not each layout can be had.
        let elsewhere = WORKLOADS.iter().all(|workload| of_row(row) != Some(workload.name));
        if elsewhere || row.starts_with("layout") || may_fail(row) {
            continue;
        }
        let [own, ..] = measured.beside(target.figure).0;
        assert!(own.is_some_and(f64::is_finite), "{row}: {}", target.what);
    }
}

#[test]
fn the_distribution_is_drawn_with_a_curve_for_each_cache() {
    let folder = env::temp_dir().join(format!("evermemo-curves-{}", process::id()));
    curve::write(&folder, &measured().1).unwrap();
    let picture = fs::read_to_string(folder.join("latency.svg")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    for word in ["1 thread ", "2 threads ", "99.9 %", "evermemo", "quick_cache", "moka"] {
        assert!(picture.contains(word), "`{word}` is missing");
    }
}

#[test]
fn a_row_is_that_of_the_workload_with_the_longest_name_it_begins_with() {
    let of = ["hit-1k", "hit-1k-expiry", "latency-2-p99.9", "threads-hot-arc-over-1", "bytes-100k"];
    let names = ["hit-1k", "hit-1k-expiry", "latency-2", "threads-hot-arc", "bytes-100k"];
    assert_eq!(of.map(of_row), names.map(Some));
    assert_eq!(of_row("hit"), None);
}
