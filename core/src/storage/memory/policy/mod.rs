//! Who leaves first.

mod queues;

use self::queues::Queues;
use super::{
    lines::{Lines, Place},
    ring::Side,
};

/// Which entry leaves the in-memory storage when it is full.
///
/// # Examples
///
/// ```
/// use evermemo_core::Policy;
///
/// assert_eq!(Policy::default(), Policy::S3TinyLfu);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// One that is asked for less often than what would take its place.
    ///
    /// New entries wait in a small queue, a tenth of the whole, and prove themselves in a large one,
    /// where a hit buys another round (S3-FIFO: Yang et al., SOSP 2023). Between the two a sketch of
    /// past demand decides who stays (TinyLFU: Einziger, Friedman and Manes, 2017). What has left
    /// the small queue and is asked for again soon goes to the large one at once. A hit moves
    /// nothing.
    #[default]
    S3TinyLfu,
    /// The same queues without a sketch: what was hit twice in the small queue goes on to the large
    /// one.
    S3Fifo,
    /// The one written longest ago, however often it is read.
    ///
    /// The order is exact within a shard, so there is one shard unless more are asked for.
    LeastRecentlyUpdated,
    /// The one read or written longest ago. A hit reorders, so hits of one shard wait for each
    /// other.
    ///
    /// The order is exact within a shard, so there is one shard unless more are asked for.
    Lru,
}

impl Policy {
    #[inline]
    pub(super) fn renews_on_read(self) -> bool {
        self == Self::Lru
    }

    /// Whether there is an order to be kept exactly.
    pub(super) const fn is_exact(self) -> bool {
        matches!(self, Self::LeastRecentlyUpdated | Self::Lru)
    }
}

/// What a policy knows of a shard beside the rings.
pub(super) enum Order {
    /// All wait in one line.
    Line,
    /// There are two queues.
    Queues(Queues),
}

impl Order {
    pub(super) fn new(policy: Policy, share: usize, weighed: bool) -> Self {
        match policy {
            Policy::LeastRecentlyUpdated | Policy::Lru => Self::Line,
            Policy::S3Fifo => Self::Queues(Queues::new(false, share, weighed)),
            Policy::S3TinyLfu => Self::Queues(Queues::new(true, share, weighed)),
        }
    }

    pub(super) fn anew(&self) -> Self {
        match self {
            Self::Line => Self::Line,
            Self::Queues(queues) => Self::Queues(queues.anew()),
        }
    }

    pub(super) const fn renews_on_write(&self) -> bool {
        matches!(self, Self::Line)
    }

    /// Says where an entry begins that is about to be inserted, and learns that it was asked for.
    #[inline]
    pub(super) fn admit(&mut self, hash: u64) -> Side {
        match self {
            Self::Line => Side::Main,
            Self::Queues(queues) => queues.admit(hash),
        }
    }

    /// Orders entries while nobody has to leave, and returns whether there was anything to do.
    #[inline]
    pub(super) fn graduate<K, V>(&self, lines: &mut Lines<K, V>) -> bool {
        match self {
            Self::Line => false,
            Self::Queues(queues) => queues.graduate(lines),
        }
    }

    /// Says who leaves next; `None` if there is nobody. Who `is_dead` leaves as soon as it is met,
    /// and nothing is learnt from that.
    #[inline]
    pub(super) fn victim<K, V>(
        &mut self,
        lines: &mut Lines<K, V>,
        is_dead: impl Fn(&Lines<K, V>, Place) -> bool,
    ) -> Option<Place> {
        match self {
            Self::Line => lines.first(Side::Main),
            Self::Queues(queues) => queues.victim(lines, is_dead),
        }
    }

    /// Sets the shard's part of the capacity.
    pub(super) fn set_share<K, V>(&mut self, share: usize, lines: &mut Lines<K, V>) {
        if let Self::Queues(queues) = self {
            queues.set_share(share);
            while queues.graduate(lines) {}
        }
    }
}
