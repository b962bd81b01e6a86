//! A million entries that have expired are removed by a sweep.

use core::{convert::Infallible, hint::black_box, time::Duration};
use std::time::Instant;

use evermemo::{Builder, Cache};

use super::{
    Changing, ENTRIES, READ, beside, rows,
    skipping::{Skipping, run_tasks},
};
use crate::side_by_side::{
    Value,
    on_tokio::now,
    rounds::{Effort, Row},
};

const LIFE: Duration = Duration::from_secs(3_600);

/// How often the task is polled before it is said that it does not end: a sweep may wait between its
/// portions.
const MOST_POLLS: usize = 1_000_000;

/// A sweep over 1,000,000 entries that are all dead but for those that are read. The others have
/// nothing that does so at a known time.
pub fn sweeping(effort: &Effort) -> Vec<Row> {
    let effort = effort.seldom();
    let names = [
        ("pause-sweep", "longest wait of a reader, sweep over 1,000,000 entries"),
        ("pause-sweep-took", "sweep over 1,000,000 entries"),
    ];
    let own = effort.wants("evermemo").then(|| evermemo(effort.entries(ENTRIES)));
    rows(&effort, names, own.into_iter().collect())
}

fn evermemo(entries: u64) -> Changing {
    let runtime = Skipping;
    let cache: Cache<u64, u64, Infallible, Skipping> = Builder::on(runtime)
        .capacity(2 * (entries + READ) as usize)
        .update_after(Duration::MAX)
        .expire_after(LIFE)
        .sweep_every(2 * LIFE)
        .build();
    // The task that sweeps begins with a load, and stays while there are entries.
    assert_eq!(now(cache.get_with(0, async |n| Ok(u64::of(n)))).ok(), Some(u64::of(0)));
    let turn = move || {
        for n in READ..READ + entries {
            now(cache.insert(n, u64::of(n)));
        }
        // The task sets its timer when it is polled, and finds then that it has rung.
        run_tasks();
        // All that was stored is dead after that.
        runtime.skip(2 * LIFE);
        for n in 0..READ {
            now(cache.insert(n, u64::of(n)));
        }
        beside(
            async |n| {
                let answer = now(cache.get_with(black_box(n), |_| async { Ok(u64::MAX) }));
                assert_eq!(answer.ok(), Some(u64::of(n)), "what lives has gone");
            },
            || {
                let start = Instant::now();
                for _ in 0..MOST_POLLS {
                    run_tasks();
                    if cache.len() as u64 <= READ {
                        return start.elapsed();
                    }
                }
                panic!("{} entries are left", cache.len());
            },
        )
    };
    Changing { name: "evermemo", turn: Box::new(turn) }
}
