//! What the programs have measured, and the figures in it.

use evermemo_benches::instructions::{Budgets, Cost};

use super::{Bound, Figure, Target, figure::COMPONENTS};
use crate::side_by_side::rounds::{Cell, Row};

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Times, and counts of the heap.
    pub rows: Vec<Row>,
    /// What operations cost.
    pub costs: Option<Budgets>,
    /// Instructions of a call in a workload: Evermemo's and quick_cache's.
    pub counted: Vec<(&'static str, [f64; 2])>,
    /// Atomic read-modify-write instructions on the path of a hit.
    pub path: Option<f64>,
    /// What `hit-ratio` said last.
    pub hit_ratio: Option<String>,
}

/// The traces for which hit ratios have bounds: those of the README's table, from end to end.
const JUDGED: &str = "hit-ratio traces=10 requests=all ";

impl Measured {
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workload == name)
    }

    /// Returns the figure of a target.
    pub(super) fn figure(&self, figure: Figure) -> Option<f64> {
        let of = |row: &str, peer: &str| Some(self.row(row)?.of(peer)?.median());
        match figure {
            Figure::Over(row, peer) => self.row(row)?.ratio("evermemo", peer),
            Figure::Ratio(row, peer, other) => self.row(row)?.ratio(peer, other),
            Figure::Of(row, peer) => of(row, peer),
            Figure::Difference(row, peer, other) => Some(of(row, peer)? - of(row, other)?),
            Figure::Instructions(name) => Some(self.cost(name)?.instructions),
            Figure::Allocations(name) => Some(self.cost(name)?.allocations),
            Figure::Locked(name) => Some(self.cost(name)?.locked),
            Figure::Counted(name) => Some(self.counted(name)?[0]),
            Figure::Path => self.path,
            Figure::HitRatio(cache) => self.hit_ratio(cache),
        }
        .filter(|figure| figure.is_finite())
    }

    /// Returns the figures of Evermemo, quick_cache and moka that a target is about, and their unit.
    pub(in crate::side_by_side) fn beside(&self, figure: Figure) -> ([Option<f64>; 3], &str) {
        let in_row = |row: &str, peers: [&str; 3]| {
            let row = self.row(row);
            let cells = peers.map(|peer| row.and_then(|row| row.of(peer)).map(Cell::median));
            (cells, row.map_or("", |row| row.unit.as_str()))
        };
        match figure {
            Figure::Over(row, _) => in_row(row, PEERS),
            Figure::Of(row, own) => in_row(row, [own, PEERS[1], PEERS[2]]),
            Figure::Ratio(row, own, _) | Figure::Difference(row, own, _) => {
                in_row(row, [own, "", ""])
            }
            Figure::Instructions(name) => {
                let less = self.figure(Figure::Difference(COMPONENTS, name, "loop"));
                ([less, None, None], "ns")
            }
            Figure::Counted(name) => {
                let counted = self.counted(name);
                let [own, other] = [0, 1].map(|peer| counted.map(|counted| counted[peer]));
                ([own, other, None], "instructions")
            }
            Figure::HitRatio(cache) => {
                let peers = [cache, "quick-cache", "moka"];
                (peers.map(|peer| self.hit_ratio(peer)), "%")
            }
            Figure::Allocations(_) | Figure::Locked(_) | Figure::Path => ([None; 3], ""),
        }
    }

    /// Returns the bound of a target, `None` if it does not hold for what was measured.
    pub(super) fn bound(&self, target: &Target) -> Option<Bound> {
        let of_others = matches!(target.figure, Figure::HitRatio(_))
            && !self.hit_ratio.as_ref().is_some_and(|line| line.starts_with(JUDGED));
        target.bound.filter(|_| !of_others)
    }

    fn cost(&self, name: &str) -> Option<Cost> {
        self.costs.as_ref()?.find(name)
    }

    fn counted(&self, workload: &str) -> Option<[f64; 2]> {
        self.counted.iter().find(|(name, _)| *name == workload).map(|(_, counted)| *counted)
    }

    fn hit_ratio(&self, cache: &str) -> Option<f64> {
        let words = self.hit_ratio.as_deref()?.split_whitespace();
        let mut named = words.filter_map(|word| word.split_once('='));
        named.find(|(name, _)| *name == cache)?.1.parse().ok()
    }
}

/// The columns.
pub(super) const PEERS: [&str; 3] = ["evermemo", "quick_cache", "moka"];
