//! Contestants in turn, round after round, so that what disturbs the machine disturbs all alike.

use core::fmt;

pub use super::effort::Effort;

/// A cache that is ready to be measured.
pub struct Contestant {
    pub(super) peer: &'static str,
    pub(super) note: &'static str,
    turn: Box<dyn FnMut() -> f64>,
}

impl Contestant {
    /// Makes one of a function that has its turn and returns what it measured.
    pub fn new(peer: &'static str, turn: impl FnMut() -> f64 + 'static) -> Self {
        Self { peer, note: "", turn: Box::new(turn) }
    }

    /// Marks what a reader has to know, by a sign that the table explains.
    #[must_use]
    pub const fn marked(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Gives it another name.
    #[must_use]
    pub const fn named(mut self, peer: &'static str) -> Self {
        self.peer = peer;
        self
    }

    /// Has its turn.
    pub fn turn(&mut self) -> f64 {
        (self.turn)()
    }
}

impl fmt::Debug for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// What one contestant measured, round by round.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The contestant's name.
    pub peer: String,
    /// A sign for what a reader has to know, or nothing.
    pub note: String,
    /// What it measured, a figure for each round.
    pub rounds: Vec<f64>,
}

impl Cell {
    pub(super) fn empty(peer: &str, note: &str) -> Self {
        Self { peer: peer.to_owned(), note: note.to_owned(), rounds: Vec::new() }
    }

    /// Returns the median of the rounds.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// Returns the median of the ratios to another contestant, each of one round.
    #[must_use]
    pub fn over(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(own, other)| own / other).collect())
    }
}

/// A line of the results: one workload, all contestants.
#[derive(Clone, Debug)]
pub struct Row {
    /// The workload's name, by which it is chosen.
    pub workload: String,
    /// What was measured, in words.
    pub what: String,
    /// In what it was measured.
    pub unit: String,
    /// The contestants' figures, evermemo's first.
    pub cells: Vec<Cell>,
}

impl Row {
    /// Finds what a contestant measured.
    #[must_use]
    pub fn of(&self, peer: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.peer == peer)
    }

    /// Returns the ratio of one contestant to another.
    #[must_use]
    pub fn ratio(&self, peer: &str, other: &str) -> Option<f64> {
        Some(self.of(peer)?.over(self.of(other)?))
    }
}

/// Gives each contestant its turn in each round, after one that is not counted.
pub fn in_turn(effort: &Effort, contestants: &mut [Contestant]) -> Vec<Cell> {
    let mut cells: Vec<_> = contestants
        .iter()
        .map(|contestant| Cell::empty(contestant.peer, contestant.note))
        .collect();
    for round in 0..=effort.rounds {
        for (contestant, cell) in contestants.iter_mut().zip(&mut cells) {
            let measured = contestant.turn();
            if round > 0 {
                cell.rounds.push(measured);
            }
        }
    }
    cells
}

pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    // A round in which nothing could be measured is none.
    figures.retain(|figure| figure.is_finite());
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}
