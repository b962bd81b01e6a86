//! What may be told to those who look at what is there, and load nothing.

use crate::{
    history::{Birth, Caller, History, Kind, Moment},
    model::Ending,
    world::{Asked, Value},
};

/// How many changes a read of a storage that waits may see come and go, at most, while it is sure
/// to have seen the last of them.
const SEEN: usize = 2;

impl History {
    /// A look has ended.
    pub(crate) fn end_look(&mut self, caller: usize, ending: &Ending) {
        if self.callers[caller].kind == Kind::Get {
            self.tally_get(ending);
        }
        match *ending {
            Ending::Answered(number, _) => self.judge_seen(caller, number),
            Ending::Absent => self.judge_absent(caller),
            _ => {}
        }
    }

    /// No look shows what is no answer, or was none when it began.
    fn judge_seen(&mut self, caller: usize, number: usize) {
        self.judge_fences(caller, number);
        self.judge_late(caller, number);
        if self.rules.timed
            && !self.births[number].times.is_some_and(|times| times.is_servable(self.now.at))
        {
            self.violate(|history| {
                format!("{} is shown v{number}, which has expired", history.name(caller))
            });
        }
        self.judge_overtaken(caller, number);
    }

    /// A change that came and ended while a read looked is seen.
    fn judge_overtaken(&mut self, caller: usize, number: usize) {
        let Some(began) = self.callers[caller].began else { return };
        let Birth { key, began: born, .. } = self.births[number];
        let overlaps = |other: &&Caller| {
            let since = |ended: Option<Moment>| {
                other.is_dropped() || ended.is_none_or(|ended| ended.turn >= began.turn)
            };
            other.kind.is_change() && other.began.is_some() && since(other.ended)
        };
        if self.callers.iter().filter(overlaps).count() > SEEN {
            return;
        }
        if let Some(change) = self.keys[key as usize].ended_since(began, born, self.now) {
            self.violate(|history| {
                let (caller, change) = (history.name(caller), history.name(change));
                format!("{caller} is shown v{number}, and {change} has ended meanwhile")
            });
        }
    }

    /// What is stored is shown.
    fn judge_absent(&mut self, caller: usize) {
        let Caller { key, met, .. } = self.callers[caller];
        let met = met.filter(|&met| !self.is_refused_at(key, met));
        let exact = self.rules.immediate && self.rules.timed && self.rules.exact;
        if exact && met.is_some_and(|met| met.is_servable(self.now.at)) {
            self.violate(|history| {
                format!("{} is shown nothing, though there is an answer", history.name(caller))
            });
        }
    }

    /// A removal hands out what was stored.
    pub(crate) fn judge_removed(&mut self, asked: Asked, removed: Value) {
        let Value { key, number } = removed;
        let caller = asked.caller;
        if key != asked.key {
            self.violate(|history| {
                format!("{} is handed a value of key {key}", history.name(caller))
            });
        }
        self.judge_fences(caller, number);
        if self.rules.immediate && !self.resilience.loader && !self.handed_out.insert(number) {
            self.violate(|history| {
                format!("{} is handed v{number}, as another was", history.name(caller))
            });
        }
    }
}
