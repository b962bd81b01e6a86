//! An answer is compared with what its caller may expect.

use core::time::Duration;

use evermemo::{Error, Failure, Instant, Source};

use crate::{
    ask::{Ask, Origin, Value},
    backend::{Fault, PANIC},
    facts::Facts,
    ledger::{Superseding, Version},
};

/// What a caller may expect who begins now.
pub(crate) struct Asked {
    key: u32,
    begin: Instant,
    /// By how much more than it may the clock lagged that hits are judged by: the machine stood
    /// still for longer than a tick.
    late: Duration,
    floor: Version,
    forced: bool,
}

/// What a caller was told.
pub(crate) struct Answer {
    pub(crate) value: Value,
    /// Where it came from and how old it is.
    pub(crate) outcome: Option<(Source, Duration)>,
}

impl Asked {
    /// Begins a call, whose arguments come after what it may expect.
    pub(crate) fn now(facts: &Facts, key: u32) -> (Self, Ask) {
        let asked = Self::noted(facts, key, false);
        (asked, facts.ledger.ask(key))
    }

    /// Begins a forced call.
    pub(crate) fn by_force(facts: &Facts, key: u32, forced: &Superseding<'_>) -> (Self, Ask) {
        let asked = Self::noted(facts, key, true);
        (asked, facts.ledger.ask_by_force(key, forced))
    }

    fn noted(facts: &Facts, key: u32, forced: bool) -> Self {
        let floor = facts.ledger.floor(key);
        let begin = Instant::of_process();
        let coarse = Instant::of_process_coarse() + Instant::coarse_lag();
        Self { key, begin, late: begin.saturating_since(coarse), floor, forced }
    }

    /// Judges and counts what a call has returned.
    pub(crate) fn judge(&self, facts: &Facts, answer: Result<Answer, Error<Fault>>) {
        let counts = &facts.counts;
        counts.returned.one();
        match answer {
            Ok(answer) => {
                match answer.outcome.map(|(source, _)| source) {
                    Some(Source::Hit) => counts.hits.one(),
                    Some(Source::Stale) => counts.stale.one(),
                    Some(Source::Loaded) => counts.loaded.one(),
                    Some(Source::Joined) => counts.joined.one(),
                    Some(_) => facts.violated("a source without a name"),
                    None if self.forced => counts.forced.one(),
                    None => counts.plain.one(),
                }
                self.judge_value(facts, &answer);
            }
            Err(error) => self.judge_error(facts, &error),
        }
    }

    fn judge_error(&self, facts: &Facts, error: &Error<Fault>) {
        let counts = &facts.counts;
        let known = match error.failure() {
            Failure::Method(_) | Failure::TimedOut => true,
            Failure::Panicked(message) => &**message == PANIC,
            Failure::NotConfigured if facts.promises.may_refuse => {
                counts.rejected.one();
                return;
            }
            _ => false,
        };
        if let Some(&Fault { begun, seen, .. }) = error.cause() {
            let old = !seen.reaches(self.floor) || self.forced && begun < self.begin;
            if old {
                let Self { key, begin, floor, forced, .. } = self;
                let expected = format!("begun at {begin:?} with {floor:?}, forced: {forced}");
                facts.violated(&format!("an old error: a call of {key}, {expected}: {error:?}"));
            }
        }
        if !known {
            facts.violated(&format!("a call of {} ended with {error:?}", self.key));
        }
        if error.is_joined() { counts.joined_errors.one() } else { counts.led_errors.one() }
    }

    fn judge_value(&self, facts: &Facts, answer: &Answer) {
        let (end, value) = (Instant::of_process(), &answer.value);
        let accuse = |what: &str| {
            let (key, outcome) = (self.key, answer.outcome);
            let (begin, floor) = (self.begin, self.floor);
            let detail = format!(
                "{outcome:?} begun at {begin:?} with {floor:?}, {:?} after an exchange: {value:?}",
                begin.saturating_since(facts.last_exchange()),
            );
            facts.violated(&format!("{what}: a call of {key}, {detail}"));
        };
        if !value.answers(self.key) {
            accuse("an answer to another key, or a broken one");
        }
        if !value.version().reaches(self.floor) {
            accuse("older than an invalidation, insertion or clear that had ended");
        }
        let loaded_since = match value.origin {
            Origin::Loaded { begun, .. } => begun >= self.begin,
            Origin::Inserted => false,
        };
        if self.forced && !loaded_since {
            accuse("forced, and not loaded since");
        }
        let source = answer.outcome.map(|(source, _)| source);
        if source == Some(Source::Loaded) && facts.promises.immediate && !loaded_since {
            accuse("loaded, but not since");
        }
        self.judge_age(facts, answer, end, accuse);
    }

    /// An answer was fresh, or servable, at some moment of its call: so its age may be as much
    /// above its life as the call took, and no more. Of a hit, the coarse clock was asked.
    fn judge_age(&self, facts: &Facts, answer: &Answer, end: Instant, accuse: impl Fn(&str)) {
        let (times, window) = (answer.value.times(), facts.promises.window);
        if let Some(times) = times
            && self.begin.saturating_since(times.built) > times.life.saturating_add(window)
        {
            accuse("dead before the call began");
        }
        let Some((source, age)) = answer.outcome else { return };
        let lives = times.map(|times| (times.fresh_for, times.life)).or(facts.promises.lives);
        let Some((fresh_for, life)) = lives else { return };
        let took = end.saturating_since(self.begin);
        let most = match source {
            Source::Hit => fresh_for.saturating_add(self.late),
            _ => life.saturating_add(window),
        };
        if age > most.saturating_add(took) {
            accuse("too old for what it is said to be");
        }
        if source == Source::Stale && age < fresh_for && !facts.promises.spread {
            accuse("stale, but too young for it");
        }
        if let Some(times) = times
            && age > end.saturating_since(times.built)
        {
            accuse("said to be older than it is");
        }
    }
}
