//! Results as lines of text, from one program of this package to another.

use core::fmt::{self, Display};
use std::io;

use super::rounds::{Cell, Row};

/// Prints a line for each contestant: workload, description, unit, name, mark, and the figures of
/// all rounds.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a>(pub &'a [Row]);

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { workload, what, unit, cells } in self.0 {
            for Cell { peer, note, rounds } in cells {
                write!(f, "{workload}\t{what}\t{unit}\t{peer}\t{note}")?;
                for figure in rounds {
                    write!(f, "\t{figure}")?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// Reads what [`Lines`] printed.
///
/// # Errors
///
/// If it is something else.
pub fn read(printed: &str) -> io::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for line in printed.lines() {
        let unknown = || io::Error::other(format!("not a result: {line}"));
        let parts: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let Some(([workload, what, unit, peer, note], figures)) = parts.split_first_chunk() else {
            return Err(unknown());
        };
        let rounds: Result<_, _> = figures.iter().map(|figure| figure.parse()).collect();
        let cell =
            Cell { peer: peer.clone(), note: note.clone(), rounds: rounds.map_err(|_| unknown())? };
        match rows.last_mut() {
            Some(row) if row.workload == *workload => row.cells.push(cell),
            _ => rows.push(Row {
                workload: workload.clone(),
                what: what.clone(),
                unit: unit.clone(),
                cells: vec![cell],
            }),
        }
    }
    Ok(rows)
}
