//! The end of a cache's work: what a drain waits for, and what does not begin after a close.

use crate::history::{Birth, History, Moment};

/// A drain that has begun.
#[derive(Debug)]
pub(crate) struct Draining {
    began: Moment,
    /// The loads that ran then.
    running: Vec<usize>,
}

impl History {
    /// The cache is closed, or drained, now.
    pub(crate) fn drain_begins(&mut self, closes: bool) -> Draining {
        let now = self.now;
        if closes {
            self.closed = self.closed.or(Some(now));
        }
        let runs = |&load: &usize| self.births[load].fate.is_none();
        Draining { began: now, running: (0..self.births.len()).filter(runs).collect() }
    }

    /// A drain has ended: not before the loads that ran when it began, nor later than these and
    /// those that had been led then.
    pub(crate) fn drain_ends(&mut self, drain: &Draining) {
        self.line(|_| "the drain ends".into());
        // A load whose thread is blocked may be the one that lets the drain be polled. A registry
        // may take a key from a load.
        let known = !self.rules.blocks && !self.rules.registered;
        let early = drain.running.iter().find(|&&load| self.births[load].fate.is_none());
        if let Some(load) = early.filter(|_| known) {
            self.violate(|_| format!("a drain ends while v{load} runs"));
        }
        let exact = self.rules.exact
            && self.rules.immediate
            && !self.rules.registered
            && !self.rules.loses_tasks
            && self.resilience.max_loads.is_none();
        // A load begins in the moment in which it is led.
        let led = |birth: &&Birth| birth.is_load && birth.began.at <= drain.began.at;
        let overs = self.births.iter().filter(led).map(|birth| birth.over.unwrap_or(self.now));
        let latest = overs.map(|over| over.at).max().unwrap_or(drain.began.at);
        if exact && self.now.at > latest.max(drain.began.at) {
            self.violate(|history| {
                let at = history.since_start(latest);
                format!(
                    "a drain ends later than the loads that it waits for, of which the last \
                         has ended at {at}"
                )
            });
        }
    }

    /// No load begins once the cache is closed.
    pub(super) fn judge_closed(&mut self, caller: usize) {
        if self.closed.is_some_and(|closed| closed.turn < self.now.turn) {
            self.violate(|history| {
                format!("a load begins for {} though the cache is closed", history.name(caller))
            });
        }
    }
}
