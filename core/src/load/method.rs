//! The method that a call brings, and how its load becomes a task.

use core::future::Future;

use super::{launch::Launchpad, run::run};
use crate::{
    flight::{Driving, Load},
    parts::{Parts, SendParts},
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, ThreadingModel,
    },
};

use alloc::boxed::Box;

/// A method that has been called.
pub type Called<P> = <<<P as Parts>::Runtime as Runtime>::Threading as ThreadingModel<
    <P as Parts>::Runtime,
>>::Boxed<Result<<P as Parts>::Value, <P as Parts>::Error>>;

/// Makes the load of a flight whose method has been called.
pub type Resume<P> = fn(Launchpad<P>, Called<P>) -> Load<P>;

/// The method of a call.
pub trait Method<P: Parts> {
    /// Calls it.
    fn start(self, arguments: P::Arguments) -> Called<P>;

    /// Makes a load that calls it in its time.
    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P>;

    /// What goes on with a method that has been called.
    fn resume(&self) -> Resume<P>;
}

/// The method of a cache whose loads may move between threads, if its runtime's tasks may.
pub(crate) struct Sendable<F>(pub(crate) F);

impl<P, F, Fut> Method<P> for Sendable<F>
where
    P: SendParts,
    F: FnOnce(P::Arguments) -> Fut + Send + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
{
    fn start(self, arguments: P::Arguments) -> Called<P> {
        <P::Runtime as Runtime>::Threading::boxed((self.0)(arguments))
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        let start = move || (self.0)(arguments);
        Load {
            task: <P::Runtime as Runtime>::Threading::task(Launched { pad, start }),
            drive: |driving: Driving<P>| <P::Runtime as Runtime>::Threading::task(driving),
        }
    }

    fn resume(&self) -> Resume<P> {
        resumed::<P>
    }
}

/// The load of a method that has been called, where loads may move between threads.
pub(crate) fn resumed<P: SendParts>(pad: Launchpad<P>, called: Called<P>) -> Load<P> {
    Load {
        task: <P::Runtime as Runtime>::Threading::task(Resumed { pad, called }),
        drive: |driving: Driving<P>| <P::Runtime as Runtime>::Threading::task(driving),
    }
}

/// The method of a cache that stays on its thread, which asks nothing of its parts.
pub(crate) struct Local<F>(pub(crate) F);

impl<P, F, Fut> Method<P> for Local<F>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
    F: FnOnce(P::Arguments) -> Fut + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + 'static,
{
    fn start(self, arguments: P::Arguments) -> Called<P> {
        Box::pin((self.0)(arguments))
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        let start = move || (self.0)(arguments);
        Load { task: Box::pin(run(pad, start)), drive: Driving::boxed }
    }

    fn resume(&self) -> Resume<P> {
        resumed_here::<P>
    }
}

/// The load of a method that has been called, of a cache that stays on its thread.
pub(crate) fn resumed_here<P>(pad: Launchpad<P>, called: Called<P>) -> Load<P>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
{
    Load { task: Box::pin(run(pad, move || called)), drive: Driving::boxed }
}

struct Launched<P: Parts, F> {
    pad: Launchpad<P>,
    start: F,
}

impl<P, F, Fut> Portable<P::Runtime> for Launched<P, F>
where
    P: SendParts,
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output = Result<P::Value, P::Error>> + Send + 'static,
{
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        Box::pin(run(self.pad, self.start))
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        Box::pin(run(self.pad, self.start))
    }
}

struct Resumed<P: Parts> {
    pad: Launchpad<P>,
    called: Called<P>,
}

impl<P: SendParts> Portable<P::Runtime> for Resumed<P> {
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        let Self { pad, called } = self;
        Box::pin(run(pad, move || called))
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        let Self { pad, called } = self;
        Box::pin(run(pad, move || called))
    }
}
