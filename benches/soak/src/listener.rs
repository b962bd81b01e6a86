//! An observer that counts what it hears.

use evermemo::{Event, Observer};

use crate::{
    ask::{Ask, Value},
    backend::Fault,
    counts::Count,
};

/// Events by their kind.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) joined: Count,
    pub(crate) rejected: Count,
    pub(crate) started: Count,
    pub(crate) ended: Count,
    pub(crate) storage_failures: Count,
    pub(crate) evicted: Count,
    others: Count,
}

impl Observer<Ask, Value, Fault> for Heard {
    fn observe(&self, event: &Event<'_, Ask, Value, Fault>) {
        match event {
            Event::Joined { .. } => self.joined.one(),
            Event::Rejected { .. } => self.rejected.one(),
            Event::LoadStarted { .. } => self.started.one(),
            Event::LoadEnded { .. } => self.ended.one(),
            Event::StorageFailed { .. } => self.storage_failures.one(),
            Event::Evicted { .. } => self.evicted.one(),
            _ => self.others.one(),
        }
    }
}
