//! What a caller may be told.

use std::time::Duration;

use evermemo_core::{Error, Failure, Instant, Source};

use crate::{
    history::{Birth, Caller, History, Kind, Moment},
    world::{Down, Value},
};

/// How something that a client did has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With a value, and what is known of where it came from and how old it is.
    Answered(usize, Option<(Source, Duration)>),
    /// With an error, of one's own load or of another's.
    Failed(Cause, bool),
    /// What was to be changed has changed.
    Changed,
    /// The storage refused the change.
    Refused,
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
    Unknown,
}

impl Ending {
    pub(crate) fn of(result: Result<(Value, Option<(Source, Duration)>), Error<Down>>) -> (Self, u32) {
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
        if !self.callers[caller].kind.is_call() {
            self.end_change(caller, &ending);
            return;
        }
        self.tally(caller, &ending);
        match ending {
            Ending::Answered(number, details) => self.judge_value(caller, number, details),
            Ending::Failed(cause, joined) => self.judge_failure(caller, cause, joined),
            Ending::Changed | Ending::Refused | Ending::Dropped => return,
        }
        let running = |load: &&usize| self.births[**load].fate.is_none();
        if let Some(&load) = self.callers[caller].loads.iter().find(running)
            && !self.births[load].is_refresh
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
        let right = match details {
            Some((Source::Hit, told)) => times.is_fresh(now) && told == age,
            Some((Source::Stale, told)) => {
                times.is_servable(now) && !times.is_fresh(now) && told == age
            }
            // It was loaded while the caller waited, or was good when the caller began.
            Some((_, told)) => {
                (times.created >= began.at || times.is_servable(began.at)) && told == age
            }
            None => times.created >= began.at || times.is_servable(began.at),
        };
        if !right {
            self.violate(|history| {
                let (name, at) = (history.name(caller), |at| history.since_start(at));
                format!(
                    "{name} is told v{number} as {details:?} at {}, created at {}, stale from {}, \
                     expired from {}",
                    at(now), at(times.created), at(times.update_after), at(times.expires_after),
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
            // Errors are not kept.
            Cause::Method(load) => {
                let Birth { key: of, began: born, over, .. } = self.births[load];
                let after = |over: Moment| over.turn > began.turn;
                of == key
                    && over.is_some_and(after)
                    && (kind != Kind::Force || born.turn > began.turn)
            }
            Cause::TimedOut => joined || !self.rules.timed || self.is_overdue(began.at),
            Cause::Panicked => true,
            Cause::Abandoned => self.rules.loses_tasks,
            Cause::Recursive => self.is_inside(caller),
            Cause::NoRuntime | Cause::Storage | Cause::NotConfigured | Cause::Unknown => false,
        };
        if !possible {
            self.violate(|history| format!("{} fails: {cause:?}", history.name(caller)));
        }
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

    /// A caller's first poll is over, and it waits.
    pub(crate) fn waits(&mut self, caller: usize) {
        let Caller { key, inside: Some(load), .. } = self.callers[caller] else { return };
        let leader = self.births[load].caller;
        let Some(led) = self.callers[leader].began else { return };
        let itself = self.births[load].key == key;
        // What has taken the key from the load has taken it from the call inside, too.
        let excused = self.disturbed_since(key, led.turn, false) || self.is_overdue(led.at);
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
            Ending::Changed => "done".into(),
            Ending::Refused => "the storage failed".into(),
            Ending::Dropped => "dropped".into(),
        }
    }
}
