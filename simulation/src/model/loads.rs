//! One load at a time, and none without need.

use crate::{
    history::{Birth, Fate, History, Kind, Times},
    model::changes::Disturbance,
    world::Asked,
};

/// A load that came after another one, which came after a third whose offer takes its time, is lost
/// from the table if the one in the middle ends first.
pub(crate) const LINES_LOSE_FLIGHTS: bool = true;

impl History {
    /// A load begins; the storage has an entry with these times, as far as can be known.
    pub(crate) fn load_begins(&mut self, asked: Asked, stored: Option<Times>) -> usize {
        let (Asked { key, caller }, number) = (asked, self.births.len());
        let leader = &self.callers[caller];
        let leader_forces = leader.kind == Kind::Force;
        let is_refresh = leader.kind != Kind::Force && leader.ended.is_some() && !leader.is_dropped();
        self.judge_alone(asked);
        self.judge_need(asked, stored, is_refresh);
        if leader_forces {
            // One that has queued takes the key now.
            let disturbance = Disturbance { turn: self.now.turn, forced: true };
            self.keys[key as usize].disturbances.push(disturbance);
        }
        self.callers[caller].loads.push(number);
        self.births.push(Birth {
            key,
            caller,
            began: self.now,
            fate: None,
            over: None,
            is_load: true,
            is_refresh,
            times: None,
            taken: false,
        });
        self.line(|history| {
            let what = if is_refresh { "refresh" } else { "load" };
            format!("{what} v{number} begins for {}", history.name(caller))
        });
        number
    }

    /// A load has ended or was dropped.
    pub(crate) fn load_ends(&mut self, number: usize, fate: Fate) {
        let birth = &mut self.births[number];
        if birth.fate.is_some() {
            self.violate(|_| format!("v{number} ends twice"));
            return;
        }
        (birth.fate, birth.over) = (Some(fate), Some(self.now));
        self.line(|_| format!("load v{number} ends: {fate:?}"));
        if fate != Fate::Dropped || self.rules.loses_tasks || self.rules.aborts {
            return;
        }
        let wanted = self.callers[self.births[number].caller].began;
        if self.rules.timed && wanted.is_some_and(|wanted| !self.is_overdue(wanted.at)) {
            self.violate(|_| format!("v{number} is dropped before its time"));
        }
    }

    /// A load of a key begins while another runs only if that one has lost the key.
    fn judge_alone(&mut self, Asked { key, caller }: Asked) {
        let Some(wanted) = self.callers[caller].began else { return };
        let running = |birth: &Birth| birth.key == key && birth.fate.is_none();
        let disputed = (0..self.births.len()).filter(|&load| running(&self.births[load])).find(|&load| {
            let leader = &self.callers[self.births[load].caller];
            let Some(led) = leader.began else { return false };
            // One that queued behind another forced load begins once that has lost the key.
            let since = wanted.turn.min(led.turn);
            let forced = leader.kind == Kind::Force;
            // One that has lost the key before it begins answers its own callers all the same.
            let superseded = forced && self.births[load].began.turn > wanted.turn;
            !superseded
                && !self.is_lost(load)
                && !self.disturbed_since(key, since, forced)
                && !self.is_overdue(led.at)
        });
        let aborted = self.rules.aborts && !self.rules.timed;
        // Its flight may have become overdue while it looked again into a storage that waits; the
        // time of the load itself begins only now.
        let overdue = !self.rules.immediate && self.is_overdue(wanted.at);
        if let Some(load) = disputed.filter(|_| !aborted && !overdue) {
            self.violate(|history| {
                format!("a load begins for {} while v{load} runs", history.name(caller))
            });
        }
    }

    /// Whether a load may have fallen out of its line; see [`LINES_LOSE_FLIGHTS`].
    pub(crate) fn is_lost(&self, load: usize) -> bool {
        let key = self.births[load].key;
        let earlier = self.births[..load].iter().filter(|birth| birth.key == key);
        LINES_LOSE_FLIGHTS && !self.rules.immediate && earlier.count() > 1
    }

    /// A load that nobody has forced begins only if there is no answer, or a refresh if it is stale.
    fn judge_need(&mut self, Asked { key, caller }: Asked, stored: Option<Times>, is_refresh: bool) {
        let Some(times) = stored.filter(|_| self.rules.timed) else { return };
        let leader = &self.callers[caller];
        let Some(wanted) = leader.began else { return };
        // What has changed since the caller looked may be what is stored now.
        let since = if self.rules.immediate { wanted.turn } else { 0 };
        if leader.kind == Kind::Force || self.disturbed_since(key, since, false) {
            return;
        }
        let answers = match is_refresh {
            true => times.is_fresh(self.now.at),
            false => times.is_servable(self.now.at),
        };
        let overdue = self.is_overdue(wanted.at);
        if answers && (self.rules.immediate || self.rules.exact && !overdue) {
            self.violate(|history| {
                let at = history.since_start(times.created);
                format!("a load begins for {}, which the entry of {at} answers", history.name(caller))
            });
        }
    }
}
