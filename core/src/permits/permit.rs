//! A load's permit, from its request on.

use core::task::Waker;

use super::{
    graph::Graph,
    line::{Class, Queued},
};
use crate::{runtime::Domain, sync::Arc, time::Instant};

use alloc::vec::Vec;

/// Gives the loads of one cache their permits.
pub(crate) struct PermitPool {
    graph: Arc<Graph>,
    number: usize,
}

/// A load's permit, or its request for one while it is queued. When it is dropped, the permit goes
/// on to others.
pub(crate) struct Permit {
    pool: Arc<PermitPool>,
    load: usize,
}

/// The request of a load for a permit.
pub(crate) struct Wish<'a> {
    pub(crate) now: Instant,
    /// The deadline of the load.
    pub(crate) deadline: Instant,
    pub(crate) domain: Option<Domain>,
    /// Whether it is a refresh that no caller waits for.
    pub(crate) is_refresh: &'a dyn Fn() -> bool,
    pub(crate) waker: &'a Waker,
}

/// Whether a load has its permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Has,
    /// It is queued, and watches over a deadline if it is the first of its line and there is one.
    Waits(Option<Instant>),
}

impl PermitPool {
    /// Makes a pool of `most` permits.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let graph = Graph::shared();
        let number = graph.change(|waits, _| waits.open(most));
        Arc::new(Self { graph, number })
    }

    /// Makes the permit of the load with this name, which has it once [`ask`](Permit::ask) says so.
    pub(crate) fn permit(self: &Arc<Self>, load: usize) -> Permit {
        Permit { pool: self.clone(), load }
    }

    /// Notes that a caller waits for a refresh.
    pub(crate) fn join(&self, load: usize) {
        self.graph.change(|waits, wakers| waits.join(load, wakers));
    }
}

impl Drop for PermitPool {
    fn drop(&mut self) {
        drop(self.graph.change(|waits, _| waits.close(self.number)));
    }
}

impl Permit {
    /// Takes a permit that is free or lent, or waits for one.
    pub(crate) fn ask(&self, wish: &Wish<'_>) -> Answer {
        let &Wish { now, deadline, domain, is_refresh, waker } = wish;
        let asking = Queued { load: self.load, deadline, waker: Some(waker.clone()) };
        self.pool.graph.change(|waits, wakers| {
            let class = Class { domain, refresh: is_refresh() };
            if waits.ask(self.pool.number, class, asking, now, wakers) {
                return Answer::Has;
            }
            Answer::Waits(waits.watch(self.load))
        })
    }

    /// Returns the loads whose deadlines this one watches over and have passed before `now`.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<usize> {
        self.pool.graph.change(|waits, _| waits.overdue(self.pool.number, now))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.pool.graph.change(|waits, wakers| waits.leave(self.load, wakers));
    }
}
