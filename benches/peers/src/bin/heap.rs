//! Counts bytes and allocations of each cache; `side-by-side` runs it and prints its figures.

use evermemo_peers::side_by_side::{
    heap::{Counted, rows},
    lines::Lines,
    rounds::Effort,
};

fn main() {
    print!("{}", Lines(&rows(&Effort::full(), counted)));
}

fn counted(work: &mut dyn FnMut()) -> Counted {
    let info = allocation_counter::measure(work);
    Counted { times: info.count_total, kept: info.bytes_current }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_a_figure_of_each_contestant() {
        for row in rows(&Effort::smoke(), counted) {
            assert!(!row.cells.is_empty(), "{}", row.workload);
            for cell in &row.cells {
                assert!(cell.median().is_finite(), "{}: {}", row.workload, cell.peer);
            }
        }
    }
}
