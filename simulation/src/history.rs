//! What has happened in a run, in order.

use std::{collections::BTreeSet, time::Duration};

use evermemo_core::{CacheEntry, Instant};

use crate::{
    model::{Ending, Keys, Runtimes, Tally},
    observer::Heard,
    resilience::Resilience,
    scenario::Scenario,
    wishes::Wishes,
    world::Value,
};

/// A place in the history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) turn: u64,
    pub(crate) at: Instant,
}

/// What has happened so far, and the first thing that must not have.
///
/// The methods that note an event, and judge it, are in `model/`.
pub(crate) struct History {
    pub(crate) start: Instant,
    pub(crate) now: Moment,
    pub(crate) callers: Vec<Caller>,
    /// What was loaded, or is being loaded, or was inserted; a value is named by its place here.
    pub(crate) births: Vec<Birth>,
    pub(crate) keys: Vec<Keys>,
    pub(crate) tally: Tally,
    pub(crate) heard: Heard,
    pub(crate) resilience: Resilience,
    /// Who is being polled, the innermost one last.
    pub(crate) polled: Vec<usize>,
    /// Offers to a storage that waits, while they are under way.
    pub(crate) offers: BTreeSet<usize>,
    /// Values that a removal has handed out.
    pub(crate) handed_out: BTreeSet<usize>,
    pub(crate) rules: Rules,
    pub(crate) runtimes: Runtimes,
    /// Since when nothing has run though a caller's load waits for a permit.
    pub(crate) idle: Option<(Instant, usize)>,
    /// When the cache was closed.
    pub(crate) closed: Option<Moment>,
    /// A caller who was told something stale while a refresh hung that has had its time.
    pub(crate) hung: Option<(Moment, usize)>,
    violation: Option<String>,
    lines: Option<Vec<String>>,
}

/// How long the lock timeout of a cache without a method timeout is.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(300);

/// What holds in a run beyond what always holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Times are exact and nothing runs in parallel, as on virtual time.
    pub(crate) timed: bool,
    /// The storage need not wait.
    pub(crate) immediate: bool,
    /// The runtime may drop tasks.
    pub(crate) loses_tasks: bool,
    /// Loads are tasks before they begin.
    pub(crate) registered: bool,
    /// An abandoned load is dropped.
    pub(crate) aborts: bool,
    /// Loads block their thread.
    pub(crate) blocks: bool,
    /// Time jumps over timers.
    pub(crate) jumps: bool,
    /// A runtime stands still for a while, or a thread is blocked.
    pub(crate) stalls: bool,
    /// There are forced calls.
    pub(crate) forces: bool,
    /// A runtime takes no tasks for a while.
    pub(crate) refuses: bool,
    /// There are clears.
    pub(crate) clears: bool,
    /// The configuration can be changed.
    pub(crate) exchangeable: bool,
    /// A strategy bounds a storage that waits.
    pub(crate) evicts_outside: bool,
    /// The shortest time that a load was ever given.
    pub(crate) shortest_timeout: Duration,
    /// The longest one.
    pub(crate) longest_timeout: Duration,
    pub(crate) storage_timeout: Duration,
    /// How long an operation of the storage takes at most; for ever if it may fail.
    pub(crate) longest_write: Duration,
    /// The cache was not configured for a while.
    pub(crate) unconfigured: bool,
    /// The storage is exact: no operation fails, is lost, or is cut off.
    pub(crate) exact: bool,
}

impl Rules {
    /// Loads may take so long from now on; never counts as the registry's lock timeout.
    pub(crate) fn time_out_after(&mut self, timeout: Duration) {
        self.shortest_timeout = self.shortest_timeout.min(timeout);
        self.longest_timeout = self.longest_timeout.max(timeout.min(LOCK_TIMEOUT));
    }

    /// Whether a load may be given no time at all.
    pub(crate) const fn never_begins(&self) -> bool {
        self.shortest_timeout.is_zero()
    }
}

/// One call of the cache.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) key: u32,
    pub(crate) kind: Kind,
    /// The options of the call, if it has any.
    pub(crate) wishes: Option<Wishes>,
    /// The operation that it belongs to.
    pub(crate) operation: Option<usize>,
    /// The load that it is made from.
    pub(crate) inside: Option<usize>,
    pub(crate) seed: u64,
    pub(crate) polls: u32,
    pub(crate) began: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    /// How it ended, or that it was dropped.
    pub(crate) ending: Option<Ending>,
    /// The runtime whose caller it is.
    pub(crate) site: usize,
    /// When it was last polled again after it had been left alone.
    pub(crate) back: Option<Instant>,
    /// Its thread is blocked until it is answered.
    pub(crate) blocks: bool,
    /// Its first poll has not ended it.
    pub(crate) waited: bool,
    /// It was told what had expired.
    pub(crate) stood_in: bool,
    /// The loads that it led.
    pub(crate) loads: Vec<usize>,
    /// What its next load is handed to replace.
    pub(crate) handed: Option<usize>,
    /// The value that it inserts.
    pub(crate) inserts: Option<usize>,
    /// What was stored when it began, if that can be known.
    pub(crate) met: Option<Times>,
    /// It was the only change of its key when it began, which was the so-manieth.
    pub(crate) change: (bool, u64),
    /// Values that were being written when it had waited for that as long as it has to.
    pub(crate) exempt: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Call,
    Outcome,
    Force,
    /// Starts a load in the background, and waits for nothing.
    Refresh,
    Get,
    Peek,
    Invalidate,
    Insert,
    /// Inserts a value that is made of the present one, or removes that.
    Update,
    Clear,
}

impl Caller {
    pub(crate) fn is_dropped(&self) -> bool {
        self.ending == Some(Ending::Dropped)
    }

    /// Whether it has begun, and neither ended nor been dropped.
    pub(crate) const fn waits(&self) -> bool {
        self.began.is_some() && self.ending.is_none()
    }
}

impl Kind {
    /// Returns whether it is answered with a load, if that takes one.
    pub(crate) const fn is_call(self) -> bool {
        matches!(self, Self::Call | Self::Outcome | Self::Force)
    }

    /// Returns whether it takes what is there, and changes nothing.
    pub(crate) const fn is_look(self) -> bool {
        matches!(self, Self::Get | Self::Peek)
    }

    pub(crate) const fn is_change(self) -> bool {
        !self.is_call() && !self.is_look()
    }
}

/// A load or an insertion, and the value that it brings.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) key: u32,
    pub(crate) caller: usize,
    pub(crate) began: Moment,
    /// How it went; `None` while a load runs.
    pub(crate) fate: Option<Fate>,
    pub(crate) over: Option<Moment>,
    pub(crate) is_load: bool,
    /// It was started for a stale entry.
    pub(crate) is_refresh: bool,
    pub(crate) times: Option<Times>,
    /// When it goes on, while it waits.
    pub(crate) due: Option<Instant>,
    /// A storage that waits has taken it.
    pub(crate) taken: bool,
    /// A storage that waits writes it late, and has not answered.
    pub(crate) late: bool,
    /// Its write was cut off before the storage had taken it.
    pub(crate) cut: bool,
    /// Its load has said that it is not to be stored, so it replaces nothing.
    pub(crate) kept_out: bool,
    /// By how much younger it was made, so that it is younger than what may be written late; once that
    /// is known, by what was told or written.
    pub(crate) younger: Duration,
    /// It may have left its key to another forced load.
    pub(crate) yields: bool,
    /// What its load was handed to replace.
    pub(crate) handed: Option<usize>,
    /// For an update, what it was made of at last, and when.
    pub(crate) made: Option<(Option<usize>, Moment)>,
    /// The lives that an inserted value brings: until it is stale, and until it expires.
    pub(crate) own: (Option<Duration>, Option<Duration>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Loaded,
    Failed,
    Panicked,
    /// Dropped before its end.
    Dropped,
    Inserted,
}

/// The times of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) created: Instant,
    pub(crate) update_after: Instant,
    pub(crate) expires_after: Instant,
    /// As far as is known.
    pub(crate) retain_until: Instant,
}

impl Times {
    /// Whether an entry was dead at its birth: it only removes what it would replace.
    pub(crate) fn are_born_dead(self) -> bool {
        self.expires_after <= self.created
    }

    pub(crate) const fn of<V>(entry: &CacheEntry<V>) -> Self {
        Self {
            created: entry.created,
            update_after: entry.update_after,
            expires_after: entry.expires_after,
            retain_until: entry.retain_until,
        }
    }

    pub(crate) fn is_servable(&self, now: Instant) -> bool {
        before(now, self.expires_after)
    }

    /// Whether it may stand in for a load that fails.
    pub(crate) fn stands_in(&self, now: Instant) -> bool {
        !self.is_servable(now) && before(now, self.retain_until)
    }

    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        before(now, self.update_after) && self.is_servable(now)
    }
}

fn before(now: Instant, end: Instant) -> bool {
    now < end || end == Instant::NEVER
}

impl History {
    pub(crate) fn new(scenario: &Scenario, start: Instant, rules: Rules, verbose: bool) -> Self {
        Self {
            start,
            now: Moment { turn: 0, at: start },
            callers: Vec::new(),
            births: Vec::new(),
            keys: (0..scenario.setup.keys).map(|_| Keys::default()).collect(),
            tally: Tally::default(),
            heard: Heard::default(),
            resilience: scenario.setup.resilience.clone(),
            polled: Vec::new(),
            offers: BTreeSet::new(),
            handed_out: BTreeSet::new(),
            rules,
            runtimes: Runtimes::default(),
            idle: None,
            closed: None,
            hung: None,
            violation: None,
            lines: verbose.then(Vec::new),
        }
    }

    /// Whether a load runs.
    pub(crate) fn is_loading(&self) -> bool {
        self.births.iter().any(|birth| birth.fate.is_none())
    }

    pub(crate) fn tick(&mut self, at: Instant) {
        self.now = Moment { turn: self.now.turn + 1, at };
    }

    pub(crate) fn built(&mut self, entry: &CacheEntry<Value>) {
        let Times { created, update_after, expires_after, .. } = Times::of(entry);
        let birth = &mut self.births[entry.value.number];
        let (update, expire) = birth.own;
        let update_after = update.map_or(update_after, |own| created + own);
        let expires_after = expire.map_or(expires_after, |own| created + own);
        let retain_until = match expires_after <= created {
            true => expires_after,
            false => expires_after + self.resilience.stale_if_error,
        };
        birth.times = Some(Times { created, update_after, expires_after, retain_until });
    }

    /// An entry is stored with these times.
    pub(crate) fn dated(&mut self, number: usize, times: Times) {
        self.births[number].times = Some(times);
    }

    /// A load says that what it yields is not to be stored.
    pub(crate) fn kept_out(&mut self, number: usize) {
        self.births[number].kept_out = true;
    }

    /// Writes a line, if it is read.
    pub(crate) fn line(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.lines.is_some() {
            let at = self.now.at.saturating_since(self.start);
            let line = format!("{at:>10?}  {}", line(self));
            self.lines.get_or_insert_default().push(line);
        }
    }

    /// Notes what must not have happened; the first of it is the one that counts.
    pub(crate) fn violate(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.violation.is_none() {
            let what = what(self);
            self.line(|_| format!("VIOLATION: {what}"));
            self.violation = Some(what);
        }
    }

    pub(crate) const fn violation(&self) -> Option<&String> {
        self.violation.as_ref()
    }

    pub(crate) fn lines(&mut self) -> Vec<String> {
        self.lines.take().unwrap_or_default()
    }

    pub(crate) fn since_start(&self, instant: Instant) -> String {
        match instant {
            Instant::NEVER => "never".into(),
            instant => format!("{:?}", instant.saturating_since(self.start)),
        }
    }

    /// Names a caller in a line.
    pub(crate) fn name(&self, caller: usize) -> String {
        let Caller { key, kind, operation, inside, wishes, .. } = &self.callers[caller];
        let kind = if wishes.is_some() { "Tuned".into() } else { format!("{kind:?}") };
        match (operation, inside) {
            (Some(operation), _) => format!("#{operation} {kind} {key}"),
            (None, Some(load)) => format!("{kind} {key} inside v{load}"),
            (None, None) => format!("final {kind} {key}"),
        }
    }
}
