//! How much is measured.

use core::fmt;

/// So many entries take most caches seconds to be filled with.
const MANY: u64 = 1_000_000;

/// Those that are filled with them in less than a second.
const SOON_FILLED: [&str; 3] = ["evermemo", "quick_cache", "hashbrown"];

/// How much is measured, and of whom.
#[derive(Clone, Debug)]
pub struct Effort {
    /// How often each contestant has its turn, after one turn to warm up.
    pub rounds: usize,
    /// Calls of one turn; workloads with dear calls make fewer.
    pub calls: usize,
    /// Leaves out contestants that take seconds to be set up.
    pub hasty: bool,
    /// By what numbers of entries and of callers are divided: 1, where figures are wanted.
    pub shrunk: u64,
    /// The one peer that takes part; all if there is none.
    pub peer: Option<String>,
}

impl Effort {
    /// Nine short rounds.
    #[must_use]
    pub const fn quick() -> Self {
        Self { rounds: 9, calls: 1 << 16, hasty: true, shrunk: 1, peer: None }
    }

    /// One round of all workloads, small enough for a test. The figures say nothing.
    #[must_use]
    pub const fn smoke() -> Self {
        Self { rounds: 1, calls: 1 << 11, hasty: false, shrunk: 200, peer: None }
    }

    /// Enough for ratios of two digits on a quiet machine.
    #[must_use]
    pub const fn full() -> Self {
        Self { rounds: 25, calls: 1 << 18, hasty: false, shrunk: 1, peer: None }
    }

    pub(super) fn wants(&self, peer: &str) -> bool {
        self.peer.as_deref().is_none_or(|wanted| wanted == peer)
    }

    /// As [`wants`](Self::wants), if the peer has to be filled with so many entries first.
    pub(super) fn wants_filled(&self, peer: &str, entries: u64) -> bool {
        let soon = entries < MANY || SOON_FILLED.contains(&peer);
        self.wants(peer) && (soon || !self.hasty)
    }

    /// Returns how many entries, or callers, there are instead of `usual`.
    pub(super) const fn entries(&self, usual: u64) -> u64 {
        usual / self.shrunk
    }

    /// Makes fewer rounds of what takes a second each.
    pub(super) fn seldom(&self) -> Self {
        Self { rounds: (self.rounds / 3).max(1), ..self.clone() }
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Medians of {} rounds of {} calls.", self.rounds, self.calls)
    }
}
