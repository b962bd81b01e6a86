//! The clock of a run, its timers, and the moves of time when all is idle.

use super::{
    order::Order,
    tasks::{MAIN, Tasks},
};
use crate::{
    sync::Mutex,
    time::{Instant, Timestamp},
};

use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::{task::Waker, time::Duration};
use std::sync::LazyLock;

/// The latest instant that any virtual clock of the process has read, up to the horizon.
static HIGH_WATER: LazyLock<Mutex<Instant>> = LazyLock::new(|| Mutex::new(Instant::ZERO));

/// A run that goes farther leaves no mark, so that the next one still has instants to count.
const HORIZON: Instant = Instant::from_nanos(400 * 365 * 24 * 3600 * 1_000_000_000);

/// Time stops one step before [`Instant::NEVER`], which no clock reaches.
const END: Instant = Instant::from_nanos(Instant::NEVER.as_nanos() - 1);

/// 2025-01-01, 00:00 UTC, in microseconds since the Unix epoch.
const WALL_START: Timestamp = Timestamp::from_micros(1_735_689_600_000_000);

/// A point in time, and a number that keeps those of one point apart, in order of arming.
pub(super) type Alarm = (Instant, u64);

/// The state behind a [`Virtual`](super::Virtual)'s lock.
///
/// Neither a waker nor a task is ever called or dropped while the lock is held, since both may come
/// back to the clock; so the methods return wakers and tasks to be woken or dropped.
#[derive(Debug)]
pub(super) struct VirtualState {
    /// Whether a run drives the clock: false before and after a run, and for a clock on its own.
    pub(super) driven: bool,
    pub(super) refuses_tasks: bool,
    pub(super) tasks: Tasks,
    pub(super) timers: BTreeMap<Alarm, Waker>,
    /// The goals of the calls of `advance`. They resume there once all is idle.
    pub(super) goals: BTreeMap<Alarm, Waker>,
    jump_when_idle: bool,
    now: Instant,
    elapsed: Duration,
    last_alarm: u64,
}

impl VirtualState {
    pub(super) fn new(driven: bool, order: Order, jump_when_idle: bool) -> Self {
        let mut tasks = Tasks::new(order);
        if driven {
            tasks.wake(MAIN);
        }
        Self {
            driven,
            refuses_tasks: false,
            tasks,
            timers: BTreeMap::new(),
            goals: BTreeMap::new(),
            jump_when_idle,
            // Caches in statics may hold entries of earlier runs and of real time.
            now: HIGH_WATER.with(|mark| *mark).max(Instant::of_process()),
            elapsed: Duration::ZERO,
            last_alarm: 0,
        }
    }

    pub(super) const fn now(&self) -> Instant {
        self.now
    }

    pub(super) const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub(super) fn timestamp(&self) -> Timestamp {
        WALL_START + self.elapsed
    }

    pub(super) fn after(&self, duration: Duration) -> Instant {
        (self.now + duration).min(END)
    }

    pub(super) const fn alarm(&mut self, at: Instant) -> Alarm {
        self.last_alarm += 1;
        (at, self.last_alarm)
    }

    /// Sets the time since the start, and returns the timers that are due now.
    #[must_use]
    pub(super) fn set_elapsed(&mut self, elapsed: Duration) -> Vec<Waker> {
        let forward = elapsed.saturating_sub(self.elapsed);
        let due = self.move_to(self.after(forward));
        self.elapsed = elapsed;
        due
    }

    /// Moves time to the next event up to `limit`, and returns the timers due there.
    #[must_use]
    pub(super) fn move_towards(&mut self, limit: Instant) -> Vec<Waker> {
        let next = self.next_timer().map_or(limit, |timer| timer.min(limit));
        self.move_to(next)
    }

    /// Returns the wakers of what comes next when nothing is runnable, after a move of time if it
    /// takes one.
    ///
    /// `None` is a deadlock: nothing can be woken, and time cannot move.
    #[must_use]
    pub(super) fn idle(&mut self) -> Option<Vec<Waker>> {
        let Some(goal) = self.goals.first_entry() else {
            let next = self.next_timer().filter(|_| self.jump_when_idle)?;
            return Some(self.move_to(next));
        };
        let (at, _) = *goal.key();
        if at <= self.now {
            return Some(vec![goal.remove()]);
        }
        Some(self.move_towards(at))
    }

    fn move_to(&mut self, instant: Instant) -> Vec<Waker> {
        self.elapsed = self.elapsed.saturating_add(instant.saturating_since(self.now));
        self.now = self.now.max(instant);
        if self.now < HORIZON {
            HIGH_WATER.with(|mark| *mark = self.now.max(*mark));
        }
        let mut due = Vec::new();
        while let Some(timer) = self.timers.first_entry()
            && timer.key().0 <= self.now
        {
            due.push(timer.remove());
        }
        due
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|(&(at, _), _)| at)
    }
}
