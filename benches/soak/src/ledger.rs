//! What is true of each key, and what a caller who asks from now on may be told no less than.
//!
//! Real threads: whatever is noted before an operation may be older than what the cache sees, and
//! what is noted after it newer. Each note is taken on the side on which it cannot accuse falsely.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use evermemo::Instant;

use crate::ask::Ask;

/// How often what is true had changed: of all keys at once, and of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    all: u32,
    own: u32,
}

impl Version {
    /// Returns whether something that was made at `floor` or later may have this version.
    pub(crate) const fn reaches(self, floor: Self) -> bool {
        self.all >= floor.all && self.own >= floor.own
    }

    pub(crate) const fn packed(self) -> u64 {
        (self.all as u64) << 32 | self.own as u64
    }

    pub(crate) const fn unpacked(packed: u64) -> Self {
        Self { all: (packed >> 32) as u32, own: packed as u32 }
    }
}

/// What a caller knew when it asked: its load, if it leads one, began no earlier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) asked: Instant,
    /// How many operations that supersede had ended.
    ended: Version,
}

#[derive(Default)]
struct Line {
    truth: AtomicU32,
    floor: AtomicU32,
    changing: AtomicU32,
    /// Operations that supersede flights: changes, and forced calls.
    begun: AtomicU32,
    ended: AtomicU32,
}

pub(crate) struct Ledger {
    keys: Box<[Line]>,
    all: Line,
}

impl Ledger {
    pub(crate) fn new(keys: u32) -> Self {
        Self { keys: (0..keys).map(|_| Line::default()).collect(), all: Line::default() }
    }

    pub(crate) fn truth(&self, key: u32) -> Version {
        Version { all: self.all.truth.load(SeqCst), own: self.line(key).truth.load(SeqCst) }
    }

    pub(crate) fn floor(&self, key: u32) -> Version {
        Version { all: self.all.floor.load(SeqCst), own: self.line(key).floor.load(SeqCst) }
    }

    /// Makes the arguments of a call that begins now.
    pub(crate) fn ask(&self, key: u32) -> Ask {
        let ended = self.ended(key);
        Ask { key, note: Note { asked: Instant::of_process(), ended } }
    }

    /// Makes the arguments of a forced call, which does not supersede its own load.
    pub(crate) fn ask_by_force(&self, key: u32, _forced: &Superseding<'_>) -> Ask {
        let mut ask = self.ask(key);
        ask.note.ended.own += 1;
        ask
    }

    /// Returns whether a load of `key` by a caller with this note may have been superseded by now.
    pub(crate) fn superseded(&self, key: u32, note: Note) -> bool {
        let begun = |line: &Line| line.begun.load(SeqCst);
        begun(self.line(key)) > note.ended.own || begun(&self.all) > note.ended.all
    }

    /// Notes an operation that supersedes flights and changes nothing, until dropped.
    pub(crate) fn superseding(&self, key: u32) -> Superseding<'_> {
        Superseding::of(self.line(key))
    }

    /// Notes the end of an operation whose beginning was noted and left.
    pub(crate) fn superseded_by_leaving(&self, key: u32) {
        self.line(key).ended.fetch_add(1, SeqCst);
    }

    /// Notes that what is true of `key` changes.
    pub(crate) fn change(&self, key: u32) -> Change<'_> {
        self.changed(self.line(key), Some(key))
    }

    /// Notes that what is true of all keys changes.
    pub(crate) fn change_all(&self) -> Change<'_> {
        self.changed(&self.all, None)
    }

    fn changed<'a>(&'a self, line: &'a Line, key: Option<u32>) -> Change<'a> {
        let superseding = Superseding::of(line);
        let version = line.truth.fetch_add(1, SeqCst) + 1;
        let alone = line.changing.fetch_add(1, SeqCst) == 0
            && (key.is_none() || self.all.changing.load(SeqCst) == 0);
        let truth = Version { all: self.all.truth.load(SeqCst), own: version };
        Change { ledger: self, line, key, truth, version, alone, _superseding: superseding }
    }

    fn ended(&self, key: u32) -> Version {
        Version { all: self.all.ended.load(SeqCst), own: self.line(key).ended.load(SeqCst) }
    }

    fn line(&self, key: u32) -> &Line {
        &self.keys[key as usize]
    }
}

/// An operation that supersedes flights, until dropped.
pub(crate) struct Superseding<'a> {
    line: &'a Line,
}

impl<'a> Superseding<'a> {
    fn of(line: &'a Line) -> Self {
        line.begun.fetch_add(1, SeqCst);
        Self { line }
    }
}

impl Drop for Superseding<'_> {
    fn drop(&mut self) {
        self.line.ended.fetch_add(1, SeqCst);
    }
}

/// A change of what is true, until it has ended or was dropped.
pub(crate) struct Change<'a> {
    ledger: &'a Ledger,
    line: &'a Line,
    key: Option<u32>,
    truth: Version,
    version: u32,
    /// Whether no other change was under way.
    alone: bool,
    _superseding: Superseding<'a>,
}

impl Change<'_> {
    /// Returns whether there has been no other change.
    pub(crate) fn undisputed(&self) -> bool {
        self.alone && self.key.is_none_or(|key| self.ledger.truth(key) == self.truth)
    }

    /// From now on no caller is told what was true before.
    pub(crate) fn settle(self) {
        self.line.floor.fetch_max(self.version, SeqCst);
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.line.changing.fetch_sub(1, SeqCst);
    }
}
