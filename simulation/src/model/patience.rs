//! Who is polled is answered in time, whatever else stands still.

use std::time::Duration;

use evermemo_core::Instant;

use crate::{
    history::{Birth, Caller, History, Kind},
    operation::ms,
    resilience::Pauses,
    sites::SITES,
};

/// How the runtimes fare.
#[derive(Debug, Default)]
pub(crate) struct Runtimes {
    /// Why each stands still, so many times over.
    stands: [u32; SITES],
    /// When each has gone on.
    since: [Option<Instant>; SITES],
    /// When one has dropped its tasks.
    lost: Option<Instant>,
}

impl Runtimes {
    pub(crate) const fn stands(&self, site: usize) -> bool {
        self.stands[site] > 0
    }

    /// When one has gone on, if it has stood still.
    pub(super) const fn since(&self, site: usize) -> Option<Instant> {
        self.since[site]
    }
}

/// A timer may ring early, and is set again then.
const SLACK: Duration = ms(5);

impl History {
    /// A runtime polls nothing from now on.
    pub(crate) fn stands_still(&mut self, site: usize) {
        self.runtimes.stands[site] += 1;
        self.line(|_| format!("runtime {site} stands still"));
    }

    pub(crate) fn goes_on(&mut self, site: usize) {
        self.runtimes.stands[site] -= 1;
        self.runtimes.since[site] = Some(self.now.at);
        self.line(|_| format!("runtime {site} goes on"));
    }

    /// A runtime has dropped its tasks, or does so as they come: who had joined them begins anew.
    pub(crate) fn loses_all(&mut self) {
        self.runtimes.lost = Some(self.now.at);
    }

    /// A caller is polled again, whom its client has left alone.
    pub(crate) fn is_back(&mut self, caller: usize) {
        self.callers[caller].back = Some(self.now.at);
    }

    /// A caller has been told in time, from when it was last left alone.
    pub(crate) fn judge_patience(&mut self, caller: usize) {
        let Caller { kind, began: Some(began), inside, back, site, blocks, .. } =
            self.callers[caller]
        else {
            return;
        };
        // Whether a call inside a load is polled depends on who drives that.
        let polled = inside.is_none() || blocks;
        if !self.rules.timed || self.rules.jumps || !polled {
            return;
        }
        let Some(bound) = self.patience(kind) else { return };
        let Runtimes { since, lost, .. } = &self.runtimes;
        let alone = [back, since[site], *lost].into_iter().flatten().max();
        let since = alone.map_or(began.at, |alone| alone.max(began.at));
        let waited = self.now.at.saturating_since(since);
        if waited > bound {
            self.violate(|history| {
                format!("{} has waited for {waited:?}, {bound:?} at most", history.name(caller))
            });
        }
    }

    /// How long something may take, if that is known.
    pub(super) fn patience(&self, kind: Kind) -> Option<Duration> {
        // One that can be exchanged may wait.
        let storage = match self.rules.immediate && !self.rules.exchangeable {
            true => Duration::ZERO,
            false => self.rules.storage_timeout,
        };
        // What a storage takes that neither fails nor hangs, if all go on.
        let write = match self.rules.stalls || self.rules.loses_tasks {
            true => storage,
            false => storage.min(self.rules.longest_write),
        };
        let load = self.rules.longest_timeout;
        let least = match kind {
            Kind::Call | Kind::Outcome | Kind::Refresh if !self.rules.forces => load + 3 * storage,
            // A forced load that is joined may have to wait for the end of the one before it.
            Kind::Call | Kind::Outcome | Kind::Refresh => 2 * load + 3 * storage,
            // What it waits for may itself have waited, and be given up only then.
            Kind::Force => 3 * load + 3 * storage,
            // It begins anew whenever something else has changed the key.
            Kind::Update => return None,
            // It asks the storage again after a change, twice at most.
            Kind::Get => 3 * storage,
            Kind::Peek => Duration::ZERO,
            // Each victim has its time, too.
            _ if self.rules.evicts_outside => return None,
            // The one under way has its time, the next one too, and who waits sees only after some of
            // it that the first has gone. Clears come in between.
            _ if self.rules.clears => 5 * write,
            Kind::Invalidate | Kind::Insert | Kind::Clear => 3 * write,
        };
        Some(least + SLACK)
    }

    /// Notes a stale answer that is given while a refresh runs that has had its time.
    pub(crate) fn note_hung(&mut self, caller: usize) {
        let Caller { key, began: Some(asked), site, .. } = self.callers[caller] else { return };
        let sure = self.rules.timed
            && self.rules.immediate
            && !self.rules.loses_tasks
            && !self.rules.jumps
            && !self.rules.never_begins()
            // A storage that may be exchanged for one that waits is given its time, too.
            && !self.rules.exchangeable
            && self.resilience.pauses == Pauses::None
            && self.resilience.max_loads.is_none()
            && !self.runtimes.stands(site);
        let hangs = |birth: &Birth| {
            let Caller { kind, began: Some(began), .. } = self.callers[birth.caller] else {
                return false;
            };
            let time = self.patience(kind).filter(|_| birth.key == key && birth.is_refresh);
            birth.fate.is_none() && time.is_some_and(|time| began.at + time < asked.at)
        };
        let hung = self.births.iter().any(hangs);
        let later = |birth: &Birth| {
            birth.key == key
                && self.callers[birth.caller]
                    .began
                    .is_some_and(|led| led.at + self.rules.shortest_timeout > asked.at)
        };
        // One that was wanted on a runtime which stands still has its time, too, and has not begun.
        let unbegun = |other: &Caller| {
            let led = other.began.zip(self.patience(other.kind));
            other.key == key
                && self.runtimes.stands(other.site)
                && led.is_some_and(|(led, time)| led.at + time >= asked.at)
        };
        let later = || self.births.iter().any(later) || self.callers.iter().any(unbegun);
        if sure && hung && self.hung.is_none() && !later() {
            self.hung = Some((asked, caller));
        }
    }

    /// Looks, once time has passed, whether another refresh has begun for such an answer.
    pub(crate) fn judge_hung(&mut self) {
        let Some((asked, caller)) = self.hung.take_if(|hung| hung.0.at < self.now.at) else {
            return;
        };
        let key = self.callers[caller].key;
        let begun = |birth: &Birth| birth.key == key && birth.began.turn > asked.turn;
        let stands = self.runtimes.stands(self.callers[caller].site);
        // No refresh begins once the cache is closed.
        let stands = stands || self.closed.is_some();
        if !stands && !self.births.iter().any(begun) && !self.disturbed_since(key, 0, false) {
            self.violate(|history| {
                format!("{} is told something stale while a refresh hangs", history.name(caller))
            });
        }
    }
}
