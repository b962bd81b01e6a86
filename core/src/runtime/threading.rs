//! Whether tasks may move between threads, as a type.

use super::{BoxFuture, LocalBoxFuture, Runtime};
use crate::sync::Arc;

use alloc::{boxed::Box, rc::Rc};
use core::future::Future;

/// The task type that `R` spawns: [`BoxFuture`] or [`LocalBoxFuture`].
pub type Task<R> = <<R as Runtime>::Threading as ThreadingModel<R>>::Task;

/// Says how a runtime's tasks relate to threads. Sealed: [`MultiThreaded`] and
/// [`SingleThreaded`] are the two answers.
pub trait ThreadingModel<R: Runtime>: sealed::Sealed + Sized + 'static {
    /// What [`Runtime::spawn`] takes.
    type Task: Future<Output = ()> + Unpin + 'static;

    /// An owned future with a result.
    #[doc(hidden)]
    type Boxed<T: 'static>: Future<Output = T> + Unpin + 'static;

    /// A shared function.
    #[doc(hidden)]
    type Function<I: 'static, O: 'static>: Clone + 'static;

    #[doc(hidden)]
    fn task<J: Portable<R>>(job: J) -> Self::Task;

    #[doc(hidden)]
    fn boxed<F>(future: F) -> Self::Boxed<F::Output>
    where
        F: Future<Output: 'static> + Send + 'static;

    #[doc(hidden)]
    fn function<I: 'static, O: 'static, F>(function: F) -> Self::Function<I, O>
    where
        F: Fn(I) -> O + Send + Sync + 'static;

    #[doc(hidden)]
    fn apply<I: 'static, O: 'static>(function: &Self::Function<I, O>, input: I) -> O;
}

/// Tasks may move between threads: what is spawned is `Send`.
#[derive(Clone, Copy, Debug)]
pub struct MultiThreaded;

/// Tasks stay on their thread: anything can be spawned.
#[derive(Clone, Copy, Debug)]
pub struct SingleThreaded;

/// A job that may be sent to another thread if its runtime may.
///
/// The engine is generic over the runtime, so it cannot know that its own futures are `Send`. Each
/// of them proves it here, under the conditions that hold for every multi-threaded runtime.
#[doc(hidden)]
pub trait Portable<R: Runtime>: 'static {
    fn sendable(self) -> BoxFuture<'static, ()>
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync;

    fn local(self) -> LocalBoxFuture<'static, ()>
    where
        R: Runtime<Threading = SingleThreaded>;
}

impl<R> ThreadingModel<R> for MultiThreaded
where
    R: Runtime<Threading = Self, Sleep: Send> + Send + Sync,
{
    type Task = BoxFuture<'static, ()>;
    type Boxed<T: 'static> = BoxFuture<'static, T>;
    type Function<I: 'static, O: 'static> = Arc<dyn Fn(I) -> O + Send + Sync>;

    fn task<J: Portable<R>>(job: J) -> Self::Task {
        job.sendable()
    }

    fn boxed<F>(future: F) -> Self::Boxed<F::Output>
    where
        F: Future<Output: 'static> + Send + 'static,
    {
        Box::pin(future)
    }

    fn function<I: 'static, O: 'static, F>(function: F) -> Self::Function<I, O>
    where
        F: Fn(I) -> O + Send + Sync + 'static,
    {
        Arc::new(function)
    }

    fn apply<I: 'static, O: 'static>(function: &Self::Function<I, O>, input: I) -> O {
        function(input)
    }
}

impl<R> ThreadingModel<R> for SingleThreaded
where
    R: Runtime<Threading = Self>,
{
    type Task = LocalBoxFuture<'static, ()>;
    type Boxed<T: 'static> = LocalBoxFuture<'static, T>;
    type Function<I: 'static, O: 'static> = Rc<dyn Fn(I) -> O>;

    fn task<J: Portable<R>>(job: J) -> Self::Task {
        job.local()
    }

    fn boxed<F>(future: F) -> Self::Boxed<F::Output>
    where
        F: Future<Output: 'static> + Send + 'static,
    {
        Box::pin(future)
    }

    fn function<I: 'static, O: 'static, F>(function: F) -> Self::Function<I, O>
    where
        F: Fn(I) -> O + Send + Sync + 'static,
    {
        Rc::new(function)
    }

    fn apply<I: 'static, O: 'static>(function: &Self::Function<I, O>, input: I) -> O {
        function(input)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::MultiThreaded {}
    impl Sealed for super::SingleThreaded {}
}
