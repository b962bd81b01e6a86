//! What a flight takes with it, and how it becomes a task.

use core::{fmt, future::Future};

use super::run::{Ending, run};
use crate::{
    engine::Engine,
    flight::{Driving, Flight, Load},
    parts::{Parts, SendParts},
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, ThreadingModel,
    },
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// Everything that a load needs but the method itself.
pub struct Launchpad<P: Parts> {
    pub(crate) departure: Departure<P>,
    pub(crate) first: First<P>,
    pub(crate) snapshot: P::Snapshot,
    pub(crate) arguments: P::Arguments,
    /// The time, if the load begins at once.
    pub(crate) prompt: Option<Instant>,
    /// Whether the storage answers only after a wait.
    pub(crate) waits: bool,
}

/// What comes before a load.
pub(crate) enum First<P: Parts> {
    Nothing,
    /// Another flight has to be over.
    Wait(Arc<Flight<P>>),
    /// The storage is looked into again; only if that brings nothing is the load begun, and counted.
    Look {
        counts: bool,
    },
}

/// A flight whose load has not started. A runtime may drop the load before it polls it once; the
/// flight then ends all the same.
pub(crate) struct Departure<P: Parts> {
    pub(crate) engine: Arc<Engine<P>>,
    pub(crate) flight: Arc<Flight<P>>,
    /// What a registry of the user's knows the flight by.
    ticket: Option<P::Ticket>,
    started: bool,
}

impl<P: Parts> Departure<P> {
    pub(crate) const fn new(
        engine: Arc<Engine<P>>,
        flight: Arc<Flight<P>>,
        ticket: Option<P::Ticket>,
    ) -> Self {
        Self { engine, flight, ticket, started: false }
    }

    /// Leaves it to the load to end the flight.
    pub(crate) fn start(&mut self) -> Option<P::Ticket> {
        self.started = true;
        self.ticket.take()
    }
}

impl<P: Parts> Drop for Departure<P> {
    fn drop(&mut self) {
        if !self.started {
            drop(Ending::new(&self.engine, &self.flight, self.ticket.take()));
        }
    }
}

/// The load of a cache whose loads may move between threads, if its runtime's tasks may.
pub(crate) fn launched<P, F, Fut>(pad: Launchpad<P>, method: F) -> Load<P>
where
    P: SendParts,
    F: FnOnce(P::Arguments) -> Fut + Send + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
{
    Load {
        task: <P::Runtime as Runtime>::Threading::task(Launched { pad, method }),
        drive: |driving: Driving<P>| <P::Runtime as Runtime>::Threading::task(driving),
    }
}

/// The load of a cache that stays on its thread, which asks nothing of its parts.
pub(crate) fn launched_local<P, F, Fut>(pad: Launchpad<P>, method: F) -> Load<P>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
    F: FnOnce(P::Arguments) -> Fut + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + 'static,
{
    Load { task: Box::pin(run(pad, method)), drive: Driving::boxed }
}

struct Launched<P: Parts, F> {
    pad: Launchpad<P>,
    method: F,
}

impl<P, F, Fut> Portable<P::Runtime> for Launched<P, F>
where
    P: SendParts,
    F: FnOnce(P::Arguments) -> Fut + Send + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
{
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        Box::pin(run(self.pad, self.method))
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        Box::pin(run(self.pad, self.method))
    }
}

impl<P: Parts> fmt::Debug for Launchpad<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launchpad").finish_non_exhaustive()
    }
}
