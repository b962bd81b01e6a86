//! The state that all handles of a cache share, and the first look of a call.

use core::{ops::ControlFlow, time::Duration};

use super::query::Query;
use crate::{
    configuration::{AnyConfiguration, GlanceAt, Stage},
    form::{Form, Options, Wants},
    key::{Asked, MethodName},
    outcome::{Outcome, Source},
    runtime::{AnyEngine, Front, Runtime, Threading, ValueOf},
    storage::{FastLook, Glance, Table},
    sync::Arc,
    time::Instant,
};

/// The state that all handles of a cache share.
pub(crate) struct Inner<A, V, E, R: Runtime> {
    /// The entries in memory, if a look into them is all that a hit needs. Decided once, when the
    /// cache is built.
    pub(crate) hot: Option<Arc<Table<A, V>>>,
    /// The clock of a hit.
    pub(crate) runtime: R,
    /// The way of a hit through the components, where `hot` is absent.
    pub(crate) glances: Arc<<R::Threading as Threading>::GlanceAt<A, V>>,
    /// The storage counts this cache's hits.
    pub(crate) tallied: bool,
    pub(crate) front: Arc<<R::Threading as Threading>::Front<A, V, E>>,
    pub(crate) method: MethodName,
}

/// Where a glance has found no fresh entry.
#[derive(Clone, Copy)]
pub(super) enum Glanced {
    /// No look has been made.
    Nowhere,
    /// In the cache's own memory, by the hash; the number of writes before the look, if there was
    /// no entry at all.
    Memory(u64, Option<usize>),
}

impl Glanced {
    /// How far a call has come.
    pub(super) const fn stage(self) -> Stage {
        match self {
            Self::Nowhere => Stage::Start,
            Self::Memory(hash, nothing) => {
                Stage::Missed { hash: Some(hash), nothing, removals: None, left: None }
            }
        }
    }
}

impl<A, V, E, R: Runtime> Inner<A, V, E, R> {
    /// Looks into the cache's own memory, if that is all that a hit needs.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn look<Q, W>(
        &self,
        by: &Q::By,
        options: Option<&Options>,
    ) -> ControlFlow<W::Answer, Glanced>
    where
        V: Clone,
        Q: Query<A>,
        W: Form<V>,
    {
        let wants = Wants::of::<V, W>(options);
        if wants.forced {
            return ControlFlow::Continue(Glanced::Nowhere);
        }
        let Self { hot, runtime, .. } = self;
        let Some(table) = hot else { return ControlFlow::Continue(Glanced::Nowhere) };
        let bound_age = wants.bound_age();
        let dated = W::DATED || bound_age.is_some();
        let glance = Glance { runtime, tallied: bound_age.is_none(), dated };
        match Q::look(by, table, &glance) {
            Some((FastLook::Fresh { value, created }, hash)) => {
                if let Some(limits) = bound_age {
                    if limits.outlived(created, runtime.now()) {
                        return ControlFlow::Continue(Glanced::Memory(hash, None));
                    }
                    self.front.engine().hit();
                }
                ControlFlow::Break(W::of(self.hit(value, created, W::DATED)))
            }
            Some((FastLook::Nothing(writes), hash)) => {
                ControlFlow::Continue(Glanced::Memory(hash, Some(writes)))
            }
            Some((FastLook::Unclear, hash)) => ControlFlow::Continue(Glanced::Memory(hash, None)),
            None => ControlFlow::Continue(Glanced::Nowhere),
        }
    }

    /// Looks through the components: a fresh value, and its age.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn look_behind(
        &self,
        asked: Asked<'_, A>,
        dated: bool,
        stage: &mut Stage,
    ) -> Option<Outcome<V>> {
        let glance = Glance { runtime: &self.runtime as _, tallied: self.tallied, dated };
        let fresh = if self.tallied {
            self.glances.look(self.method, asked, &glance, stage)
        } else {
            let engine = self.front.engine();
            // The storage may hold an entry that it, or a storage before it, could not clear.
            if engine.hides_any() {
                return None;
            }
            let noted = engine.noted_removals();
            let fresh = self.glances.look(self.method, asked, &glance, stage);
            if fresh.is_some() {
                engine.hit();
            } else if let Stage::Missed { removals, .. } = stage {
                *removals = Some(noted);
            }
            fresh
        };
        let (value, created) = fresh?;
        Some(self.hit(value, created, dated))
    }

    /// Processes a value that leaves the storage.
    pub(super) fn processed(
        &self,
        configuration: &<R::Threading as Threading>::Configuration,
        value: ValueOf<R::Threading>,
    ) -> V
    where
        V: Clone + 'static,
    {
        configuration.apply(value).into_value()
    }

    /// Makes the answer of a fresh entry, with its age if the caller wants that.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn hit(&self, value: V, created: Instant, dated: bool) -> Outcome<V> {
        let age = match dated {
            true => self.runtime.now().saturating_since(created),
            false => Duration::ZERO,
        };
        Outcome { value, source: Source::Hit, age }
    }
}
