//! What a caller may be told.

use std::time::Duration;

use evermemo_core::{Error, Failure, Instant, Source};

use crate::{
    history::{Birth, Caller, Fate, History, Kind, Moment},
    world::{Asked, Down, Value},
};

/// How something that a client did has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a value, and what is known of where it came from and how old it is.
    Answered(usize, Option<(Source, Duration)>),
    /// With an error, of one's own load or of another's.
    Failed(Cause, bool),
    /// Nothing is there to answer with.
    Absent,
    /// What was to be changed has changed.
    Changed,
    /// The storage refused the change.
    Refused,
    /// A change has ended in a form that does not tell how, and the storage has failed meanwhile.
    Untold,
    /// Its future was dropped.
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The error of this load.
    Method(usize),
    TimedOut,
    Panicked,
    Abandoned,
    Recursive,
    NoRuntime,
    Storage,
    NotConfigured,
    Closed,
    Unknown,
}

impl Ending {
    pub(crate) fn of(
        result: Result<(Value, Option<(Source, Duration)>), Error<Down>>,
    ) -> (Self, u32) {
        match result {
            Ok((value, details)) => (Self::Answered(value.number, details), value.key),
            Err(error) => (Self::Failed(Cause::of(error.failure()), error.is_joined()), u32::MAX),
        }
    }
}

impl Cause {
    fn of(failure: &Failure<Down>) -> Self {
        match failure {
            Failure::Method(down) => Self::Method(down.number),
            Failure::TimedOut => Self::TimedOut,
            Failure::Panicked(_) => Self::Panicked,
            Failure::Abandoned => Self::Abandoned,
            Failure::Recursive => Self::Recursive,
            Failure::NoRuntime => Self::NoRuntime,
            Failure::Storage(_) => Self::Storage,
            Failure::NotConfigured => Self::NotConfigured,
            Failure::Closed => Self::Closed,
            _ => Self::Unknown,
        }
    }
}

impl History {
    /// A caller has its answer, or has gone.
    pub(crate) fn end(&mut self, caller: usize, ending: Ending) {
        let now = self.now;
        self.line(|history| format!("{} ends: {}", history.name(caller), history.told(&ending)));
        self.callers[caller].ended = Some(now);
        self.callers[caller].ending = Some(ending);
        if let Ending::Answered(number, _) = ending {
            self.callers[caller].stood_in = self.has_expired_for(caller, number);
        }
        if ending != Ending::Dropped {
            self.judge_patience(caller);
        }
        if matches!(ending, Ending::Answered(_, Some((Source::Stale, _)))) {
            self.note_hung(caller);
        }
        if self.callers[caller].kind.is_look() {
            self.end_look(caller, &ending);
            return;
        }
        if self.callers[caller].kind.is_change() {
            self.end_change(caller, &ending);
            return;
        }
        self.tally(caller, &ending);
        match ending {
            Ending::Answered(number, details) => self.judge_value(caller, number, details),
            Ending::Failed(cause, joined) => self.judge_failure(caller, cause, joined),
            Ending::Absent
            | Ending::Changed
            | Ending::Refused
            | Ending::Untold
            | Ending::Dropped => return,
        }
        let running = |load: &&usize| self.births[**load].fate.is_none();
        // Who has lost patience leaves the load alone.
        let lost_patience = self.soft_timeout(caller).is_some()
            && matches!(ending, Ending::Answered(number, _) if self.births[number].caller != caller);
        if self.rules.timed
            && let Some(&load) = self.callers[caller].loads.iter().find(running)
            && !self.births[load].is_refresh
            && !lost_patience
        {
            self.violate(|history| {
                format!("{} has an answer while its load v{load} runs", history.name(caller))
            });
        }
    }

    fn judge_value(&mut self, caller: usize, number: usize, details: Option<(Source, Duration)>) {
        let Caller { key, kind, began: Some(began), .. } = self.callers[caller] else { return };
        let Birth { key: of, began: born, is_load, .. } = self.births[number];
        if of != key {
            self.violate(|history| {
                format!("{} is told v{number}, of key {of}", history.name(caller))
            });
        }
        self.judge_fences(caller, number);
        self.judge_late(caller, number);
        self.judge_refusal(caller, number);
        // A backend that has nothing new gives back what it was handed.
        if let Some(handed) = self.births[number].handed {
            self.judge_fences(caller, handed);
        }
        if kind == Kind::Force && !(is_load && born.turn > began.turn) {
            self.violate(|history| {
                format!("{} is told v{number}, which it did not wait for", history.name(caller))
            });
        }
        if self.rules.timed {
            self.judge_age(caller, number, details, began);
        }
    }

    /// Nothing that is dead, and nothing stale without saying so.
    fn judge_age(
        &mut self,
        caller: usize,
        number: usize,
        details: Option<(Source, Duration)>,
        began: Moment,
    ) {
        let Some(times) = self.births[number].times else {
            self.violate(|_| format!("v{number} is an answer without an entry"));
            return;
        };
        let now = self.now.at;
        let age = now.saturating_since(times.created);
        if let Some((_, told)) = details {
            self.make_younger(number, age.saturating_sub(told));
        }
        let is_age = |told: Duration| told <= age;
        // Chance may have shortened a life that was inserted, and no client has been told by how much.
        let known = self.births[number].is_load || !self.resilience.spreads();
        let wishes = self.callers[caller].wishes.unwrap_or_default();
        let stands_in = || {
            let stale = wishes.fresh && times.is_servable(now);
            (times.stands_in(now) || stale) && self.may_stand_in(caller, number)
        };
        // What came while the caller was left alone is as new as what a load brings.
        let came = times.created >= began.at;
        let young = came || !wishes.outlived(times, now);
        let right = match details {
            Some((Source::Hit, told)) => times.is_fresh(now) && is_age(told) && young,
            Some((Source::Stale, told)) => {
                let servable = times.is_servable(now) && (came || !wishes.fresh);
                let stale = servable && !(known && times.is_fresh(now));
                let right = stale || wishes.take_expired(times, now) || stands_in();
                right && is_age(told) && young
            }
            // It was loaded while the caller waited, or was good when the caller began.
            Some((_, told)) => {
                let good = times.is_servable(began.at) && wishes.take(times, now);
                (came || good) && is_age(told)
            }
            None => times.created >= began.at || times.is_servable(began.at) || stands_in(),
        };
        if !right {
            self.violate(|history| {
                let (name, at) = (history.name(caller), |at| history.since_start(at));
                format!(
                    "{name} is told v{number} as {details:?} at {}, created at {}, stale from {}, \
                     expired from {}, dead from {}",
                    at(now),
                    at(times.created),
                    at(times.update_after),
                    at(times.expires_after),
                    at(times.retain_until),
                )
            });
        }
        let own = self.births[number].caller == caller;
        if self.rules.immediate && matches!(details, Some((Source::Loaded, _))) && !own {
            self.violate(|history| {
                format!("{} says that it has loaded v{number}", history.name(caller))
            });
        }
    }

    fn judge_failure(&mut self, caller: usize, cause: Cause, joined: bool) {
        let Caller { key, kind, began: Some(began), .. } = self.callers[caller] else { return };
        let possible = match cause {
            Cause::Method(load) => {
                self.judge_fences(caller, load);
                let Birth { key: of, began: born, over, .. } = self.births[load];
                let kept = self.now.at.saturating_since(over.unwrap_or(began).at)
                    < self.resilience.cache_errors_for
                    || !self.rules.timed && !self.resilience.cache_errors_for.is_zero();
                let kept = kept && !joined;
                let after = |over: Moment| over.turn > began.turn;
                of == key
                    && (over.is_some_and(after) || kept)
                    && (kind != Kind::Force || born.turn > began.turn)
            }
            // No caller joins a flight that is overdue already.
            Cause::TimedOut if joined => {
                !self.rules.timed
                    || self.rules.jumps
                    || self.rules.never_begins()
                    || self.rules.exchangeable
                    // One that has queued may have had its time before its flight has.
                    || self.rules.forces
                    || !self.rules.immediate
                    || self.now.at > began.at
            }
            Cause::TimedOut => !self.rules.timed || self.is_overdue(began.at),
            Cause::Panicked => true,
            // A joiner begins anew.
            Cause::Abandoned if joined => {
                self.rules.loses_tasks
                    && (self.rules.refuses
                        || !self.rules.immediate
                        || !self.rules.timed
                        || self.resilience.max_loads.is_some()
                        || !self.callers[caller].loads.is_empty())
            }
            Cause::Abandoned => self.rules.loses_tasks,
            Cause::Recursive => self.is_inside(caller) || self.is_in_circle(caller),
            Cause::NotConfigured => self.rules.unconfigured,
            Cause::Closed => self.closed.is_some(),
            Cause::NoRuntime | Cause::Storage | Cause::Unknown => false,
        };
        if !possible {
            self.violate(|history| format!("{} fails: {cause:?}", history.name(caller)));
        }
        self.judge_stand_in(caller, cause);
    }

    /// Where something old could have stood in for what failed, it should have.
    fn judge_stand_in(&mut self, caller: usize, cause: Cause) {
        let Caller { kind, met: Some(met), began: Some(began), .. } = self.callers[caller] else {
            return;
        };
        let outage = match cause {
            Cause::Method(load) => self.resilience.is_outage(load),
            Cause::TimedOut | Cause::Panicked => true,
            _ => false,
        };
        let wishes = self.callers[caller].wishes.unwrap_or_default();
        let young = !wishes.outlived(met, self.now.at);
        let could = met.stands_in(began.at) && met.stands_in(self.now.at) && young;
        let refused = self.is_refused_at(self.callers[caller].key, met);
        let exact = self.rules.immediate && self.rules.timed;
        if kind != Kind::Force && outage && could && exact && !refused {
            self.violate(|history| {
                format!("{} fails: {cause:?}, though an entry could stand in", history.name(caller))
            });
        }
    }

    /// Whether a caller may be told a value that has expired: its load has failed, or has lasted
    /// longer than it is patient, or an earlier one has failed a short while ago.
    fn may_stand_in(&self, caller: usize, number: usize) -> bool {
        let Caller { key, kind, began: Some(began), site, back, ref loads, .. } =
            self.callers[caller]
        else {
            return false;
        };
        if kind == Kind::Force || number >= self.births.len() {
            return false;
        }
        let patient = self
            .soft_timeout(caller)
            .is_none_or(|timeout| self.now.at.saturating_since(began.at) < timeout);
        if patient && self.resilience.stale_if_error.is_zero() {
            return false;
        }
        let pause = self.resilience.pauses.most();
        let of_late =
            |over: Moment| over.turn > began.turn || self.now.at.saturating_since(over.at) < pause;
        // A refresh that was led before its runtime stood still has failed when that went on, or when
        // others have seen that it is overdue.
        let refreshes = |other: &Caller| {
            let gone_on = self.runtimes.since(other.site);
            let led = matches!(other.ending, Some(Ending::Answered(_, Some((Source::Stale, _)))));
            let later = |at: Instant| other.ended.is_some_and(|ended| ended.at < at);
            let stands = self.runtimes.stands(other.site);
            let overdue = stands && other.ended.is_some_and(|ended| self.is_overdue(ended.at));
            let failed = |at| later(at) && self.now.at.saturating_since(at) < pause;
            led && (overdue || gone_on.is_some_and(failed))
        };
        // Not all that fails has begun.
        // One that another caller wants, on a runtime that stands still.
        let unbegun = |(index, other): (usize, &Caller)| {
            index != caller
                && other.key == key
                && other.kind.is_call()
                && other.loads.is_empty()
                && other.began.is_some()
                && (other.ended.is_none_or(of_late) || refreshes(other))
        };
        // One's own has had its time before it began, as nothing polled it.
        let alone = [back, self.runtimes.since(site)].into_iter().flatten().max();
        let overslept = loads.is_empty()
            && self.is_overdue(began.at)
            && alone.is_some_and(|alone| alone >= began.at);
        let unseen = self.rules.loses_tasks
            || overslept
            || self.rules.stalls && self.callers.iter().enumerate().any(unbegun)
            || self.rules.never_begins()
            || self.resilience.max_loads.is_some();
        let failed = self.births.iter().enumerate().any(|(load, birth)| {
            let outage = match birth.fate {
                Some(Fate::Failed) => self.resilience.is_outage(load),
                Some(Fate::Panicked | Fate::Dropped) => true,
                _ => false,
            };
            birth.key == key && outage && birth.over.is_some_and(of_late)
        });
        !patient || failed || unseen || self.rules.jumps
    }

    /// How long a caller waits who may have something old.
    pub(crate) fn soft_timeout(&self, caller: usize) -> Option<Duration> {
        let own = self.callers[caller].wishes.and_then(|wishes| wishes.soft_timeout);
        own.or(self.resilience.soft_timeout)
    }

    /// Whether what a caller is told has expired for it, and is no stale answer.
    pub(crate) fn has_expired_for(&self, caller: usize, number: usize) -> bool {
        let now = self.now.at;
        let Some(times) = self.births[number].times else { return true };
        match self.callers[caller].wishes {
            None => !times.is_servable(now),
            Some(wishes) if times.is_servable(now) => !wishes.take(times, now),
            Some(wishes) => !wishes.take_expired(times, now),
        }
    }

    /// What a load is handed to replace is judged as if the caller were told it.
    pub(crate) fn judge_previous(&mut self, asked: Asked, previous: Value) {
        let Value { key, number } = previous;
        if key != asked.key {
            self.violate(|history| {
                format!("{} is to replace a value of key {key}", history.name(asked.caller))
            });
        }
        self.judge_fences(asked.caller, number);
        self.judge_late(asked.caller, number);
        self.callers[asked.caller].handed = Some(number);
    }

    /// Whether a load that was wanted at that time can be overdue.
    pub(crate) fn is_overdue(&self, wanted: Instant) -> bool {
        wanted + self.rules.shortest_timeout <= self.now.at
    }

    /// Whether a call is made from inside a load of its own key.
    fn is_inside(&self, caller: usize) -> bool {
        let mut inside = self.callers[caller].inside;
        while let Some(load) = inside {
            if self.births[load].key == self.callers[caller].key {
                return true;
            }
            inside = self.callers[self.births[load].caller].inside;
        }
        false
    }

    /// Whether the load that makes a call is what that call's own load waits for, which is known where
    /// loads are bounded.
    fn is_in_circle(&self, caller: usize) -> bool {
        let (Some(inside), Some(_)) = (self.callers[caller].inside, self.resilience.max_loads)
        else {
            return false;
        };
        let (mut left, mut met) = (vec![self.callers[caller].key], Vec::new());
        while let Some(key) = left.pop() {
            if met.contains(&key) {
                continue;
            }
            met.push(key);
            let runs = |birth: &Birth| birth.key == key && birth.is_load && birth.fate.is_none();
            let running = self.births.iter().enumerate().filter(|(_, birth)| runs(birth));
            for (load, _) in running {
                if load == inside {
                    return true;
                }
                let made = self.callers.iter().filter(|caller| caller.inside == Some(load));
                left.extend(made.filter(|caller| caller.waits()).map(|caller| caller.key));
            }
        }
        false
    }

    /// A caller's first poll is over, and it waits.
    pub(crate) fn waits(&mut self, caller: usize) {
        self.callers[caller].waited = true;
        let Caller { key, inside: Some(load), .. } = self.callers[caller] else { return };
        let leader = self.births[load].caller;
        let Some(led) = self.callers[leader].began else { return };
        let itself = self.births[load].key == key;
        // What has taken the key from the load has taken it from the call inside, too.
        // A forced call that has queued takes it before its load has a place.
        let queued = self.resilience.max_loads.is_some()
            && self.callers.iter().any(|caller| {
                caller.kind == Kind::Force && caller.key == key && caller.loads.is_empty()
            });
        let excused =
            queued || self.disturbed_since(key, led.turn, false) || self.is_overdue(led.at);
        if itself && self.rules.immediate && self.rules.timed && !excused {
            self.violate(|history| format!("{} waits for itself", history.name(caller)));
        }
    }

    fn told(&self, ending: &Ending) -> String {
        match ending {
            Ending::Answered(number, None) => format!("v{number}"),
            Ending::Answered(number, Some((source, age))) => {
                format!("v{number}, {source:?}, {age:?} old")
            }
            Ending::Failed(cause, joined) => {
                format!("{cause:?}{}", if *joined { ", of another's load" } else { "" })
            }
            Ending::Absent => "nothing".into(),
            Ending::Changed => "done".into(),
            Ending::Refused => "the storage failed".into(),
            Ending::Untold => "done, or the storage failed".into(),
            Ending::Dropped => "dropped".into(),
        }
    }
}
