//! How a call looks an entry up in a storage that can do more than answer.

use super::Found;
use crate::time::Instant;

/// What a call tells the storage that it looks into.
#[derive(Debug)]
pub struct Glance<'a, R> {
    /// Whose clock decides what is fresh.
    pub(crate) runtime: &'a R,
    /// Whether the storage counts a fresh entry as a hit.
    pub(crate) tallied: bool,
    /// Whether the call wants to know when the entry was created.
    pub(crate) dated: bool,
}

/// What a call finds.
#[derive(Debug)]
pub enum Look<V, E> {
    /// A fresh entry, counted if that was asked for.
    Fresh {
        /// The value.
        value: V,
        /// When the entry was created; the clock's origin if that was not asked for.
        created: Instant,
    },
    /// No entry.
    Nothing,
    /// Something that is still to be judged, by the time that was read before.
    Found(Found<V, E>, Instant),
}
