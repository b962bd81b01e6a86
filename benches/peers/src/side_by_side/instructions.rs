//! Instructions of a call, counted by callgrind, which counts the same in a noisy hour.

use std::{io, process::Command};

use super::{once::LOOP, programs::program};

/// Two numbers of calls: what comes before the calls goes when the counts are subtracted.
const CALLS: [usize; 2] = [20_000, 60_000];

/// Counts the instructions of one call, less those of the loop around it. `None` without valgrind.
///
/// # Errors
///
/// If `side-by-side` cannot be built or run, or callgrind says something else than expected.
pub fn of_a_call(workload: &str, peer: &str) -> io::Result<Option<f64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    Ok(Some(each(workload, peer)? - each(workload, LOOP)?))
}

fn each(workload: &str, peer: &str) -> io::Result<f64> {
    let [few, many] = CALLS.map(|calls| counted(workload, peer, calls));
    Ok((many? - few?) / (CALLS[1] - CALLS[0]) as f64)
}

fn counted(workload: &str, peer: &str, calls: usize) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program("side-by-side")?)
        .args(["--once", workload, peer, &calls.to_string()])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines()
        .find_map(|line| line.split("Collected :").nth(1))
        .and_then(|count| count.trim().parse().ok())
        .filter(|_| output.status.success())
        .ok_or_else(|| io::Error::other(format!("callgrind counted nothing: {said}")))
}
