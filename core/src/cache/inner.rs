//! What all handles of a cache share, and the first look of a call.

use core::{ops::ControlFlow, time::Duration};

use super::query::Query;
use crate::{
    key::MethodName,
    outcome::{Form, Outcome, Source},
    runtime::{Runtime, Stage, Threading},
    storage::{Glance, Look, Table},
    sync::Arc,
};

/// What all handles of a cache share.
pub(crate) struct Inner<A, V, E, R: Runtime> {
    /// The entries in memory, if a look into them is all that a hit needs. Decided once, when the
    /// cache is built.
    pub(crate) hot: Option<Arc<Table<A, V>>>,
    /// The clock of a hit.
    pub(crate) runtime: R,
    pub(crate) front: Arc<<R::Threading as Threading>::Front<A, V, E>>,
    pub(crate) method: MethodName,
}

impl<A, V, E, R: Runtime> Inner<A, V, E, R> {
    /// Looks into the cache's own memory, if that is all that a hit needs.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn look<Q, W>(&self, by: &Q::By) -> ControlFlow<W::Answer, Stage>
    where
        V: Clone,
        Q: Query<A>,
        W: Form<V>,
    {
        let Self { hot, runtime, .. } = self;
        let Some(table) = hot else { return ControlFlow::Continue(Stage::Start) };
        if W::WANTS.forced {
            return ControlFlow::Continue(Stage::Start);
        }
        let glance = Glance { runtime, tallied: true, dated: W::WANTS.dated };
        match Q::look(by, table, &glance) {
            Some((Look::Fresh { value, created }, _)) => {
                let age = match W::WANTS.dated {
                    true => runtime.now().saturating_since(created),
                    false => Duration::ZERO,
                };
                ControlFlow::Break(W::of(Outcome { value, source: Source::Hit, age }))
            }
            Some((Look::Nothing(writes), hash)) => {
                ControlFlow::Continue(Stage::Missed(hash, Some(writes)))
            }
            Some((Look::Unclear, hash)) => ControlFlow::Continue(Stage::Missed(hash, None)),
            None => ControlFlow::Continue(Stage::Start),
        }
    }
}
