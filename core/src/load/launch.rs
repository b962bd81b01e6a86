//! What a flight takes with it, and how it becomes a task.

use core::{fmt, future::Future};

use super::run::run;
use crate::{
    engine::Engine,
    flight::Flight,
    parts::{Parts, SendParts},
    runtime::{BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded},
    sync::Arc,
};

use alloc::boxed::Box;

/// Everything that a load needs but the method itself.
pub struct Launchpad<P: Parts> {
    pub(crate) engine: Arc<Engine<P>>,
    pub(crate) flight: Arc<Flight<P>>,
    pub(crate) snapshot: P::Snapshot,
    pub(crate) arguments: P::Arguments,
    /// What a registry of the user's knows the flight by.
    pub(crate) ticket: Option<P::Ticket>,
    /// Whether the storage answers only after a wait.
    pub(crate) waits: bool,
}

/// A load that is ready to be seated, and may be sent if the runtime's tasks may.
pub(crate) struct Launched<P: Parts, F> {
    pad: Launchpad<P>,
    method: F,
}

pub(crate) const fn launched<P: Parts, F>(pad: Launchpad<P>, method: F) -> Launched<P, F> {
    Launched { pad, method }
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
        self.boxed()
    }
}

impl<P, F, Fut> Launched<P, F>
where
    P: Parts,
    F: FnOnce(P::Arguments) -> Fut + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + 'static,
{
    /// The task of a single-threaded runtime, which asks nothing of its parts.
    pub(crate) fn boxed(self) -> LocalBoxFuture<'static, ()> {
        Box::pin(run(self.pad, self.method))
    }
}

impl<P: Parts> fmt::Debug for Launchpad<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launchpad").finish_non_exhaustive()
    }
}
