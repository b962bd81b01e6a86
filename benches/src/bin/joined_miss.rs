//! Makes misses, each of which one more caller joins: `joined_miss N`; see `benches/way-of-a-miss`.

use core::{
    future::poll_fn,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};
use std::{env, process::ExitCode};

use evermemo_benches::{Clocked, now, run_tasks, waits};
use evermemo_core::Builder;

/// So many loads may end.
static MAY_END: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(Ok(misses)), None) = (arguments.next().map(|n| n.parse()), arguments.next()) else {
        eprintln!("joined_miss N, where N is how many misses");
        return ExitCode::FAILURE;
    };
    let memo = Builder::on(Clocked).wrap(|n: usize| {
        poll_fn(move |_| match MAY_END.load(Ordering::Relaxed) > n {
            true => Poll::Ready(n),
            false => Poll::Pending,
        })
    });
    for n in 0..misses {
        let (mut leader, mut joiner) = (pin!(memo.call(n)), pin!(memo.call(n)));
        assert!(waits(leader.as_mut()) && waits(joiner.as_mut()));
        MAY_END.store(n + 1, Ordering::Relaxed);
        run_tasks();
        assert_eq!((now(leader).ok(), now(joiner).ok()), (Some(n), Some(n)));
    }
    assert_eq!((memo.stats().loads, memo.stats().joins), (misses, misses));
    ExitCode::SUCCESS
}
