//! Who leaves first.

/// Which entry leaves the in-memory storage when it is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// The one written longest ago, however often it is read.
    #[default]
    LeastRecentlyUpdated,
    /// The one read or written longest ago. A hit reorders, so hits of one shard wait for each
    /// other.
    Lru,
}

impl Policy {
    #[inline]
    pub(super) fn renews_on_read(self) -> bool {
        self == Self::Lru
    }
}
