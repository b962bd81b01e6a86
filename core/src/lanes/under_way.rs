//! The writes that are in their lanes at one moment, for one who waits for all of them.

use core::time::Duration;

use super::{Lanes, WriteResult, turn::WriteTurn};
use crate::{
    runtime::{KeyOf, Threading},
    sync::Arc,
};

use alloc::vec::Vec;

/// A write that was under way, or waited for its turn.
pub(crate) struct WriteUnderWay<M: Threading> {
    /// `None` for all keys.
    key: Option<KeyOf<M>>,
    turn: Arc<WriteTurn<M>>,
    /// Its result, or that of the write that has replaced it since.
    result: Arc<WriteResult>,
}

impl<M: Threading> Lanes<M> {
    /// Returns the writes that are under way or wait for their turns.
    pub(crate) fn under_way(&self) -> Vec<WriteUnderWay<M>> {
        self.busy.with(|busy| {
            let keyed = busy.lanes.iter().map(|(key, lane)| (Some(key), lane));
            let lanes = keyed.chain([(None, &busy.all)]);
            let turns = lanes.flat_map(|(key, lane)| {
                let turns = [&lane.under, &lane.next].into_iter().flatten();
                turns.map(move |turn| (key.cloned(), turn.clone()))
            });
            turns.map(|(key, turn)| WriteUnderWay { result: turn.result(), key, turn }).collect()
        })
    }

    /// Waits until a write has ended. What blocks it for as long as `patience` by the timer, if
    /// there is one, is ousted.
    pub(crate) async fn ended(
        &self,
        write: &WriteUnderWay<M>,
        patience: Duration,
        timer: Option<&M::Clock>,
    ) {
        let _changed = self.brought(write.key.as_ref(), &write.result, patience, timer).await;
    }

    /// Ends a write, and returns whether it had not ended.
    pub(crate) fn give_up(&self, write: &WriteUnderWay<M>) -> bool {
        let WriteUnderWay { key, turn, .. } = write;
        let is_there = self.busy.with(|busy| busy.holds(key.as_ref(), turn));
        self.end(key.as_ref(), turn);
        is_there
    }
}
