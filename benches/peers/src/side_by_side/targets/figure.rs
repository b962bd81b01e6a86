//! How a figure is taken from what was measured.

/// Names what is measured: rows of `side-by-side`, operations of `instructions`, caches of
/// `hit-ratio`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Figure {
    /// Evermemo's, over that of a peer, in a row.
    Over(&'static str, &'static str),
    /// One contestant's, over another's, in a row.
    Ratio(&'static str, &'static str, &'static str),
    /// One contestant's, in a row.
    Of(&'static str, &'static str),
    /// One contestant's less another's, in a row.
    Difference(&'static str, &'static str, &'static str),
    /// Instructions of an operation, less those of the loop around it.
    Instructions(&'static str),
    /// Allocations of an operation.
    Allocations(&'static str),
    /// Atomic read-modify-write instructions of an operation.
    Locked(&'static str),
    /// Instructions of a call in a workload, Evermemo's and quick_cache's in the same loop.
    Counted(&'static str),
    /// Atomic read-modify-write instructions on the path of a hit.
    Path,
    /// The mean hit ratio of a cache, in per cent.
    HitRatio(&'static str),
}

impl Figure {
    /// Returns the name by which it is chosen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Over(name, _)
            | Self::Ratio(name, ..)
            | Self::Of(name, _)
            | Self::Difference(name, ..)
            | Self::Instructions(name)
            | Self::Allocations(name)
            | Self::Locked(name)
            | Self::Counted(name)
            | Self::HitRatio(name) => name,
            Self::Path => "hit-path",
        }
    }

    /// Returns the row that `side-by-side` has to measure for it. What a component costs is told
    /// beside its instructions.
    #[must_use]
    pub fn row(self) -> Option<&'static str> {
        match self {
            Self::Over(row, _) | Self::Ratio(row, ..) | Self::Of(row, _) => Some(row),
            Self::Difference(row, ..) => Some(row),
            Self::Instructions(name) if name.starts_with("hit") => Some(COMPONENTS),
            _ => None,
        }
    }
}

/// The row that has the times of what `instructions` counts.
pub(super) const COMPONENTS: &str = "components";
