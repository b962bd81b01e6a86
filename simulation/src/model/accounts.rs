//! The accounts, against what callers and loads saw.

use evermemo_core::{Source, Stats};

use crate::{
    history::{Birth, Caller, Fate, History, Kind},
    model::{Ending, answers::Cause},
    observer::Heard,
};

/// Calls by how they were decided, as far as their callers know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    hits: usize,
    stale: usize,
    led: usize,
    joined: usize,
    rejected: usize,
    /// Of those that were rejected, those with an error that was kept.
    kept: usize,
    /// Led or joined.
    aboard: usize,
    /// Decided in a way that the caller was not told.
    untold: usize,
    /// Reads that have found nothing.
    absent: usize,
    /// Dropped, after a poll; decided or not.
    dropped: usize,
}

impl History {
    /// Counts a call that has ended.
    pub(crate) fn tally(&mut self, caller: usize, ending: &Ending) {
        let Caller { kind, polls, wishes, .. } = self.callers[caller];
        let immediate = self.rules.immediate && self.rules.timed;
        // A joiner who has had to lead stays one, and does not tell: the load was dropped that it had
        // joined, or brought an entry that it refuses.
        let sure = !self.rules.loses_tasks && (immediate || wishes.is_none());
        let (now, timed) = (self.now.at, self.rules.timed);
        // A load may fail before it begins: it has no place, or no time, or no caller waits for it, or its
        // task is lost.
        let impatient = self.soft_timeout(caller).is_some_and(|timeout| timeout.is_zero());
        let expired = match *ending {
            Ending::Answered(number, Some(_)) => self.has_expired_for(caller, number),
            _ => false,
        };
        let unbegun = impatient
            || self.resilience.max_loads.is_some()
            || self.rules.never_begins()
            || self.rules.registered && self.rules.loses_tasks;
        let tally = &mut self.tally;
        let counter = match *ending {
            Ending::Answered(_, Some((Source::Hit, _))) => &mut tally.hits,
            Ending::Answered(_, Some((Source::Stale, _))) if expired => {
                match (self.callers[caller].loads.is_empty(), immediate) {
                    // Where time passes by itself, it may have been stale when it was looked at, and the
                    // refresh have begun before the answer.
                    (false, _) if sure && timed => &mut tally.led,
                    (true, true) if polls == 1 && !unbegun => &mut tally.stale,
                    (true, true) if polls > 1 => &mut tally.aboard,
                    _ => &mut tally.untold,
                }
            }
            Ending::Answered(_, Some((Source::Stale, _)))
                if !self.rules.timed && !self.resilience.stale_if_error.is_zero() =>
            {
                &mut tally.untold
            }
            Ending::Answered(_, Some((Source::Stale, _))) => &mut tally.stale,
            Ending::Answered(_, Some((Source::Loaded, _))) => &mut tally.led,
            Ending::Answered(_, Some(_)) => &mut tally.joined,
            Ending::Answered(number, None) => {
                let birth = &self.births[number];
                match (birth.caller == caller, kind) {
                    (true, _) if sure => &mut tally.led,
                    (true, _) => &mut tally.aboard,
                    (false, Kind::Force) => &mut tally.joined,
                    (false, _) if !immediate => &mut tally.untold,
                    (false, _) if birth.times.is_some_and(|times| !times.is_servable(now)) => {
                        &mut tally.untold
                    }
                    (false, _) if polls > 1 => &mut tally.joined,
                    (false, _) => {
                        match birth.times.is_some_and(|times| times.is_fresh(self.now.at)) {
                            true => &mut tally.hits,
                            false => &mut tally.stale,
                        }
                    }
                }
            }
            Ending::Failed(Cause::Recursive | Cause::NoRuntime | Cause::NotConfigured, _)
            | Ending::Failed(Cause::Closed, false) => &mut tally.rejected,
            Ending::Failed(_, true) => &mut tally.joined,
            // Its own load is not the one that failed: the error was kept.
            Ending::Failed(Cause::Method(load), false) if self.births[load].caller != caller => {
                tally.kept += 1;
                &mut tally.rejected
            }
            Ending::Failed(_, false) => &mut tally.led,
            Ending::Dropped if polls > 0 => &mut tally.dropped,
            _ => return,
        };
        *counter += 1;
    }

    /// Counts a read that has ended.
    pub(crate) fn tally_get(&mut self, ending: &Ending) {
        let known = self.rules.immediate && self.rules.timed;
        let now = self.now.at;
        let counter = match *ending {
            Ending::Answered(number, _) => match self.births[number].times {
                Some(times) if known && times.is_fresh(now) => &mut self.tally.hits,
                Some(_) if known => &mut self.tally.stale,
                _ => &mut self.tally.untold,
            },
            Ending::Absent => &mut self.tally.absent,
            _ => return,
        };
        *counter += 1;
    }

    /// Compares what the cache has counted, when all is at rest.
    pub(crate) fn judge_accounts(&mut self, stats: &Stats) {
        let Tally { hits, stale, led, joined, rejected, kept, aboard, untold, absent, dropped } =
            self.tally;
        let told = hits + stale + led + joined + rejected + aboard + untold + absent;
        // A storage that need not wait is asked, and the call decided, in the first poll.
        let decided = if self.rules.immediate { dropped } else { 0 };
        self.compare("calls", stats.calls(), told + decided, told + dropped);
        self.compare("hits", stats.hits, hits, hits + untold);
        self.compare("stale", stats.stale, stale, stale + untold);
        self.compare("absent", stats.absent, absent, absent);
        self.compare("rejected", stats.rejected, rejected, rejected);
        self.compare("cached_errors", stats.cached_errors, kept, kept);
        let Heard { joined: heard_joined, rejected: heard_rejected, started, storage_failed } =
            self.heard;
        self.compare("events of joiners", heard_joined, stats.joins, stats.joins);
        self.compare("events of rejections", heard_rejected, stats.rejected, stats.rejected);
        let failed = stats.storage_errors;
        self.compare("events of the storage's failures", storage_failed, failed, failed);
        let begun = self.births.iter().filter(|birth| birth.is_load).count();
        self.compare("events of loads", started, begun, begun);
        let unsure = aboard + untold + dropped;
        self.compare("loads", stats.loads, led, led + unsure);
        self.compare("joins", stats.joins, joined, joined + unsure);
        if self.rules.timed {
            self.judge_loads(stats);
        }
    }

    fn judge_loads(&mut self, stats: &Stats) {
        let count = |is_refresh: bool, fate: Option<Fate>| {
            let counts = |birth: &&Birth| {
                birth.is_load
                    && birth.is_refresh == is_refresh
                    && fate.is_none_or(|fate| birth.fate == Some(fate))
            };
            self.births.iter().filter(counts).count()
        };
        let failed = count(false, Some(Fate::Failed));
        let panicked = count(false, Some(Fate::Panicked)) + count(true, Some(Fate::Panicked));
        let dropped = count(false, Some(Fate::Dropped)) + count(true, Some(Fate::Dropped));
        let refreshes = count(true, None);
        let failed_refreshes = count(true, Some(Fate::Failed)) + count(true, Some(Fate::Panicked));
        let cut_refreshes = count(true, Some(Fate::Dropped));
        // A load may be dropped before it begins: by its runtime, or at a deadline that has passed.
        let begins = !self.rules.loses_tasks
            && !self.rules.jumps
            && !self.rules.stalls
            && (!self.rules.forces || self.rules.shortest_timeout >= self.rules.longest_timeout)
            && !self.rules.never_begins()
            && self.rules.immediate
            && self.resilience.max_loads.is_none();
        let most = |count: usize| if begins { count } else { usize::MAX };
        let cut_by_time = begins && !self.rules.aborts;
        self.compare("load_failures", stats.load_failures, failed, failed);
        self.compare("panics", stats.panics, panicked, panicked);
        self.compare("refreshes", stats.refreshes, refreshes, most(refreshes));
        let least = if cut_by_time { dropped } else { 0 };
        self.compare("timeouts", stats.timeouts, least, most(dropped));
        let least = failed_refreshes + if cut_by_time { cut_refreshes } else { 0 };
        let up_to = most(failed_refreshes + cut_refreshes);
        self.compare("refresh_failures", stats.refresh_failures, least, up_to);
        if self.rules.exact {
            // A change fails with a write that has replaced it, and that the runtime has dropped.
            let failed = |caller: &&Caller| {
                caller.kind.is_change() && caller.ending != Some(Ending::Changed)
            };
            let failed = self.callers.iter().filter(failed).count();
            let most = if self.rules.loses_tasks { failed } else { 0 };
            self.compare("storage_errors", stats.storage_errors, 0, most);
        }
    }

    fn compare(&mut self, what: &str, counted: usize, least: usize, most: usize) {
        if !(least..=most).contains(&counted) {
            self.violate(|_| match least == most {
                true => format!("{what}: {counted} counted, {least} seen"),
                false => format!("{what}: {counted} counted, {least} to {most} seen"),
            });
        }
    }
}
