//! No call hangs.

use std::{
    fmt::Write,
    process::exit,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use evermemo::Instant;

use crate::plan::Shared;

/// What a caller or an actor does for at most as long as a load and a storage may take. Beyond the
/// timeouts, which are below a second together, that much is allowed for a machine that has other
/// things to do.
const ALLOWANCE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(500);

/// What each caller and actor is doing.
pub(crate) struct Slots(Box<[Slot]>);

struct Slot {
    /// In nanoseconds.
    since: AtomicU64,
    /// What, in which cache, with which key.
    what: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Doing {
    Resting,
    Calling,
    CallingImpatiently,
    Selecting,
    Holding,
    Forcing,
    Invalidating,
    Inserting,
    Clearing,
    Bursting,
    Acting,
    Ended,
}

const DOINGS: [Doing; 12] = [
    Doing::Resting,
    Doing::Calling,
    Doing::CallingImpatiently,
    Doing::Selecting,
    Doing::Holding,
    Doing::Forcing,
    Doing::Invalidating,
    Doing::Inserting,
    Doing::Clearing,
    Doing::Bursting,
    Doing::Acting,
    Doing::Ended,
];

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        let now = Instant::of_process().as_nanos();
        let slot = || Slot { since: AtomicU64::new(now), what: AtomicU64::new(0) };
        Self((0..count).map(|_| slot()).collect())
    }

    /// Notes what `number` does from now on.
    pub(crate) fn set(&self, number: usize, doing: Doing, key: u32) {
        let slot = &self.0[number];
        slot.what.store(u64::from(key) << 8 | doing as u64, SeqCst);
        slot.since.store(Instant::of_process().as_nanos(), SeqCst);
    }

    /// Describes those who have been at it for too long.
    fn stuck(&self, allowance: Duration) -> String {
        let (now, mut stuck) = (Instant::of_process(), String::new());
        for (number, slot) in self.0.iter().enumerate() {
            let took = now.saturating_since(Instant::from_nanos(slot.since.load(SeqCst)));
            let what = slot.what.load(SeqCst);
            let doing = DOINGS[(what & 0xff) as usize];
            if doing != Doing::Ended && took > allowance {
                let _ = writeln!(stuck, "  {number}: {doing:?}, key {}, {took:?}", what >> 8);
            }
        }
        stuck
    }
}

/// Watches from a thread of its own, as a runtime that is stuck cannot, and ends the program.
pub(crate) fn watch(shared: Arc<Shared>) {
    thread::spawn(move || {
        let mut late = Duration::ZERO;
        while Arc::strong_count(&shared) > 1 {
            let before = Instant::of_process();
            thread::sleep(TICK);
            // If this thread was late, so were the others.
            late = late.mul_f64(0.9)
                + Instant::of_process().saturating_since(before).saturating_sub(2 * TICK);
            let stuck = shared.slots.stuck(ALLOWANCE + late);
            if !stuck.is_empty() {
                eprintln!("VIOLATION: not back after {ALLOWANCE:?}:\n{stuck}");
                exit(1);
            }
        }
    });
}
