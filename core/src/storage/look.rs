//! How a call looks an entry up in a storage that can do more than answer.

use crate::{runtime::Runtime, time::Instant};

/// What a call tells the storage that it looks into.
#[derive(Debug)]
pub struct Glance<'a, R: ?Sized> {
    /// Whose clock decides what is fresh.
    pub(crate) runtime: &'a R,
    /// Whether the storage counts a fresh entry as a hit.
    pub(crate) tallied: bool,
    /// Whether the call wants to know when the entry was created.
    pub(crate) dated: bool,
}

/// What tells a glance the time: a runtime, or one whose type is hidden.
pub trait CoarseClock {
    /// Returns by when what is fresh now stays so: the coarse clock lags by so much at most.
    fn near(&self) -> Instant;
}

impl<R: Runtime> CoarseClock for R {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn near(&self) -> Instant {
        self.coarse_now() + self.coarse_lag()
    }
}

/// What a call finds at a glance.
#[derive(Debug)]
pub enum Look<V> {
    /// A fresh entry, counted if that was asked for.
    Fresh {
        /// The value.
        value: V,
        /// When the entry was created; the clock's origin if that was not asked for.
        created: Instant,
    },
    /// No entry, in a part of the storage that had been written so often.
    Nothing(usize),
    /// It takes a closer look to tell.
    Unclear,
}
