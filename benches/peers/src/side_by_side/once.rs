//! One turn of one contestant, without a clock: for callgrind, which counts instructions.

use alloc::rc::Rc;
use core::{future::ready, hint::black_box, marker::PhantomData};
use std::io;

use super::{Peer, Value, hit, rounds::Effort, sequence::Sequence, workload::WORKLOADS};

/// The contestant that has no cache; what it costs is the loop.
pub const LOOP: &str = "loop";

/// Makes `calls` calls. What comes before does not depend on their number, so it goes when the
/// counts of two numbers are subtracted.
///
/// # Errors
///
/// If there is no such workload of single calls, or no contestant of that name takes part in it.
pub fn once(workload: &str, peer: &str, calls: usize) -> io::Result<()> {
    let effort = Effort { rounds: 1, calls, hasty: false, shrunk: 1, peer: Some(peer.to_owned()) };
    if peer == LOOP {
        let sequence = Rc::new(Sequence::uniform(1_000, 1 << 14));
        let peer = PhantomData::<(u64, u64, Loop)>;
        let alone = hit::contestant(peer, &effort, &sequence, 1_000, false);
        alone.into_iter().for_each(|mut alone| _ = alone.turn());
        return Ok(());
    }
    let contestants = WORKLOADS
        .iter()
        .find(|known| known.name == workload)
        .and_then(|known| known.contestants(&effort))
        .ok_or_else(|| io::Error::other(format!("no workload of single calls is `{workload}`")))?;
    contestants
        .into_iter()
        .find(|contestant| contestant.peer == peer)
        .ok_or_else(|| io::Error::other(format!("`{peer}` takes no part in `{workload}`")))?
        .turn();
    Ok(())
}

/// Answers without having looked.
struct Loop;

impl Peer<u64, u64> for Loop {
    const NAME: &'static str = LOOP;
    const EXPIRES: bool = false;
    const EVICTS: bool = false;
    const LOADS_ONCE: bool = false;
    type Answer = u64;

    fn bounded(_capacity: usize, _expiry: bool) -> Self {
        Self
    }

    #[inline]
    fn ask<L, F>(&self, key: &u64, _load: L) -> impl Future<Output = u64>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = u64> + Send + 'static,
    {
        ready(u64::of(*black_box(key)))
    }

    async fn put(&self, _key: u64, _value: u64) {}

    fn value(answer: u64) -> u64 {
        answer
    }

    fn entries(&self) -> usize {
        0
    }
}
