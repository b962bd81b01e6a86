//! What is known of a cache from outside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::{Error, Failure, Instant, Source};

use crate::{
    ask::{Ask, Origin, Value},
    backend::{Fault, PANIC},
    counts::{Bodies, Counts},
    ledger::{Ledger, Superseding, Version},
    listener::Heard,
    overlap::Overlap,
    violations::Violations,
};

/// A cache as its callers see it: what is true, what they were told, and what it promises.
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) promises: Promises,
    pub(crate) ledger: Ledger,
    pub(crate) overlap: Overlap,
    pub(crate) counts: Counts,
    pub(crate) bodies: Bodies,
    pub(crate) heard: Arc<Heard>,
    pub(crate) violations: Violations,
    generation: AtomicU64,
}

/// Which storage a cache has. While it is exchanged, and while it waits, the number is odd.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Generation {
    /// Returns whether what is inserted is in memory when that returns.
    pub(crate) const fn is_memory(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

/// What differs between the caches.
#[derive(Clone, Copy)]
pub(crate) struct Promises {
    /// Fresh so long and servable so long; of caches whose answers do not tell their own times.
    pub(crate) lives: Option<(Duration, Duration)>,
    /// How long after its life an answer may stand in for a failed load.
    pub(crate) window: Duration,
    /// Whether the storage never waits: then each call is decided at its first poll.
    pub(crate) immediate: bool,
    /// Whether a load is dropped with its last caller.
    pub(crate) aborts: bool,
    /// Whether all that leaves for want of room is named by a strategy.
    pub(crate) strategy: bool,
    /// Whether callers wait for their answers and want to know where they come from.
    pub(crate) patient: bool,
    /// Whether it may be without configuration.
    pub(crate) may_refuse: bool,
    /// Whether entries may grow old before the time that their answers tell.
    pub(crate) spread: bool,
    /// Whether errors of the method may be answers to later calls.
    pub(crate) keeps_errors: bool,
    /// How many loads may run at once.
    pub(crate) most_loads: Option<i64>,
    /// The shortest time that a load is given.
    pub(crate) least_timeout: Duration,
}

impl Facts {
    pub(crate) fn new(
        name: &'static str,
        keys: u32,
        promises: Promises,
        violations: Violations,
    ) -> Self {
        Self {
            name,
            promises,
            ledger: Ledger::new(keys),
            overlap: Overlap::new(keys, promises.least_timeout),
            counts: Counts::default(),
            bodies: Bodies::default(),
            heard: Arc::default(),
            violations,
            generation: AtomicU64::new(0),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        Generation(self.generation.load(SeqCst))
    }

    /// From now on the storage is, or may be, one that waits.
    pub(crate) fn waits_for_its_storage(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    /// From now on the storage is one in memory again.
    pub(crate) fn is_in_memory(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    pub(crate) fn violated(&self, what: &str) {
        self.violations.add(&format!("{}: {what}", self.name));
    }
}

/// What a caller may expect who begins now.
pub(crate) struct Asked {
    key: u32,
    begin: Instant,
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
        Self { key, begin: Instant::of_process(), floor, forced }
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
                let Self { key, begin, floor, forced } = self;
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
            let detail = format!("{outcome:?} begun at {begin:?} with {floor:?}: {value:?}");
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
    /// above its life as the call took, and no more.
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
        let most = if source == Source::Hit { fresh_for } else { life.saturating_add(window) };
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
