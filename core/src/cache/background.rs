//! A load that is started in the background.

use super::loader::Previous;
use crate::{
    entry::CacheEntry,
    form::Wants,
    runtime::{AnyAsk, Load, Threading, ValueOf},
};

/// A load to be started in the background, as the engine asks for it.
pub(super) struct Background<F> {
    pub(super) make: Option<F>,
    pub(super) wants_previous: bool,
}

impl<M: Threading, F: FnOnce(Previous<M>) -> Load<M>> AnyAsk<M> for Background<F> {
    fn wants(&self) -> Wants<'_> {
        Wants { dated: false, forced: false, limits: None }
    }

    fn wants_previous(&self) -> bool {
        self.wants_previous
    }

    fn make(&mut self, previous: Option<CacheEntry<ValueOf<M>>>) -> Load<M> {
        match self.make.take() {
            Some(make) => make(previous),
            None => unreachable!("a call makes one load"),
        }
    }
}
