//! The method that a call brings, and how its load becomes a task.

use core::future::Future;

use super::{Sweeping, launch::Launchpad, run::run};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    flight::{Driving, Load},
    parts::{Parts, SendParts},
    runtime::{
        BoxFuture, LocalBoxFuture, MultiThreaded, Portable, Runtime, SingleThreaded, Task,
        ThreadingModel,
    },
};

use alloc::boxed::Box;

/// A method that has been called.
pub type Called<P> = <<<P as Parts>::Runtime as Runtime>::Threading as ThreadingModel<
    <P as Parts>::Runtime,
>>::Boxed<Result<Cached<<P as Parts>::Value>, <P as Parts>::Error>>;

/// How tasks are made where it is known that they are `Send`, if they have to be.
pub struct Resume<P: Parts> {
    /// Makes the load of a flight whose method has been called.
    pub(crate) load: fn(Launchpad<P>, Called<P>) -> Load<P>,
    /// Makes a task that removes what is dead.
    pub(crate) sweeps: fn(Sweeping<P>) -> Task<P::Runtime>,
}

/// The method of a call.
pub trait Method<P: Parts> {
    /// Whether it wants to have the value that it is to replace.
    fn wants_previous(&self) -> bool {
        false
    }

    /// Calls it.
    fn start(self, arguments: P::Arguments, previous: Option<CacheEntry<P::Value>>) -> Called<P>;

    /// Makes a load that calls it in its time.
    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P>;

    /// What goes on with a method that has been called.
    fn resume(&self) -> Resume<P>;
}

/// The method of a cache whose loads may move between threads, if its runtime's tasks may.
pub(crate) struct Sendable<F> {
    load: F,
    wants_previous: bool,
}

impl<F> Sendable<F> {
    pub(crate) const fn new(load: F) -> Self {
        Self { load, wants_previous: false }
    }

    pub(crate) const fn with_previous(load: F) -> Self {
        Self { load, wants_previous: true }
    }
}

impl<P, F, Fut> Method<P> for Sendable<F>
where
    P: SendParts,
    F: FnOnce(P::Arguments, Option<CacheEntry<P::Value>>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Cached<P::Value>, P::Error>> + Send + 'static,
{
    fn wants_previous(&self) -> bool {
        self.wants_previous
    }

    fn start(self, arguments: P::Arguments, previous: Option<CacheEntry<P::Value>>) -> Called<P> {
        <P::Runtime as Runtime>::Threading::boxed((self.load)(arguments, previous))
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        let start = move |previous| (self.load)(arguments, previous);
        Load {
            task: <P::Runtime as Runtime>::Threading::task(Launched { pad, start }),
            drive: |driving: Driving<P>| <P::Runtime as Runtime>::Threading::task(driving),
        }
    }

    fn resume(&self) -> Resume<P> {
        resumed::<P>()
    }
}

/// What goes on with loads that may move between threads.
pub(crate) const fn resumed<P: SendParts>() -> Resume<P> {
    let load = |pad, called| Load {
        task: <P::Runtime as Runtime>::Threading::task(Resumed { pad, called }),
        drive: |driving: Driving<P>| <P::Runtime as Runtime>::Threading::task(driving),
    };
    Resume { load, sweeps: |sweeping| <P::Runtime as Runtime>::Threading::task(sweeping) }
}

/// The method of a cache that stays on its thread, which asks nothing of its parts.
pub(crate) struct Local<F> {
    load: F,
    wants_previous: bool,
}

impl<F> Local<F> {
    pub(crate) const fn new(load: F) -> Self {
        Self { load, wants_previous: false }
    }

    pub(crate) const fn with_previous(load: F) -> Self {
        Self { load, wants_previous: true }
    }
}

impl<P, F, Fut> Method<P> for Local<F>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
    F: FnOnce(P::Arguments, Option<CacheEntry<P::Value>>) -> Fut + 'static,
    Fut: Future<Output = Result<Cached<P::Value>, P::Error>> + 'static,
{
    fn wants_previous(&self) -> bool {
        self.wants_previous
    }

    fn start(self, arguments: P::Arguments, previous: Option<CacheEntry<P::Value>>) -> Called<P> {
        Box::pin((self.load)(arguments, previous))
    }

    fn launch(self, pad: Launchpad<P>, arguments: P::Arguments) -> Load<P> {
        let start = move |previous| (self.load)(arguments, previous);
        Load { task: Box::pin(run(pad, start)), drive: Driving::boxed }
    }

    fn resume(&self) -> Resume<P> {
        resumed_here::<P>()
    }
}

/// What goes on with loads of a cache that stays on its thread.
pub(crate) const fn resumed_here<P>() -> Resume<P>
where
    P: Parts<Runtime: Runtime<Threading = SingleThreaded>>,
{
    let load = |pad, called| Load {
        task: Box::pin(run(pad, move |_| called)) as LocalBoxFuture<'static, ()>,
        drive: Driving::boxed,
    };
    Resume { load, sweeps: Sweeping::boxed }
}

struct Launched<P: Parts, F> {
    pad: Launchpad<P>,
    start: F,
}

impl<P, F, Fut> Portable<P::Runtime> for Launched<P, F>
where
    P: SendParts,
    F: FnOnce(Option<CacheEntry<P::Value>>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Cached<P::Value>, P::Error>> + Send + 'static,
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
        Box::pin(run(pad, move |_| called))
    }

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        P::Runtime: Runtime<Threading = SingleThreaded>,
    {
        let Self { pad, called } = self;
        Box::pin(run(pad, move |_| called))
    }
}

impl<P: Parts> Clone for Resume<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Parts> Copy for Resume<P> {}

impl<P: Parts> core::fmt::Debug for Resume<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Resume").finish_non_exhaustive()
    }
}
