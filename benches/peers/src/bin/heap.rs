//! Counts bytes and allocations of each cache; `side-by-side` runs it and prints its figures.

use evermemo_peers::side_by_side::{
    heap::{Counted, rows},
    lines::Lines,
};

fn main() {
    let rows = rows(|work| {
        let info = allocation_counter::measure(work);
        Counted { times: info.count_total, kept: info.bytes_current }
    });
    print!("{}", Lines(&rows));
}
