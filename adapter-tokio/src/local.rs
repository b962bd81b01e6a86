//! Tasks that stay on their thread.

use crate::{clock, context};

use alloc::rc::Rc;
use core::{marker::PhantomData, panic::AssertUnwindSafe, time::Duration};
use evermemo_core::{Domain, Instant, LocalBoxFuture, Runtime, SingleThreaded};
use std::panic::catch_unwind;
use tokio::runtime::Handle;

/// The [`LocalSet`](tokio::task::LocalSet) or `LocalRuntime` of the caller's context: values, keys
/// and methods need not be `Send`.
///
/// Tokio does not reveal whether a context has a local set. So this runtime is found in any tokio
/// context, and a task that is spawned where there is no local set is dropped, which the engine
/// treats as a cancelled load; tokio's message about it goes to the panic hook. (A program that
/// aborts on panics aborts.) The same happens to a load whose last caller is dropped after its
/// local set.
///
/// The restrictions of [`Tokio`](crate::Tokio)'s timers hold here, too.
///
/// # Examples
///
/// ```
/// use evermemo_core::Runtime;
/// use evermemo_tokio::TokioLocal;
/// use std::{cell::Cell, rc::Rc};
///
/// let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// let done = Rc::new(Cell::new(false));
/// tokio::task::LocalSet::new().block_on(&tokio, async {
///     let not_send = done.clone();
///     TokioLocal::default().spawn(Box::pin(async move { not_send.set(true) }));
///     tokio::task::yield_now().await;
/// });
/// assert!(done.get());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TokioLocal {
    /// The runtime that was in context when this value was bound.
    handle: Option<Handle>,
    stays_on_its_thread: PhantomData<Rc<()>>,
}

impl Runtime for TokioLocal {
    type Threading = SingleThreaded;
    type Sleep = tokio::time::Sleep;

    /// Reads the same clock as [`Tokio`](crate::Tokio).
    fn now(&self) -> Instant {
        clock::now(self.handle.as_ref())
    }

    #[inline]
    fn coarse_now(&self) -> Instant {
        clock::coarse_now(self.handle.as_ref())
    }

    #[inline]
    fn coarse_lag(&self) -> Duration {
        clock::coarse_lag()
    }

    /// Makes a future that ends once `duration` has passed, with tokio's resolution of 1 ms.
    ///
    /// # Panics
    ///
    /// If the default is used out of context, or the runtime has no time driver.
    fn sleep(&self, duration: Duration) -> tokio::time::Sleep {
        let _context = self.handle.as_ref().map(Handle::enter);
        tokio::time::sleep(duration)
    }

    /// Starts a task in the local set in context; drops it if there is none.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        // Only this panic reveals whether there is a local set, and a runtime that cannot run a
        // task drops it.
        let _spawned = catch_unwind(AssertUnwindSafe(|| tokio::task::spawn_local(task)));
    }

    /// Returns this runtime if the caller is in a tokio runtime.
    fn bind(&self) -> Option<Self> {
        let handle = context::handle_or_current(self.handle.as_ref())?;
        Some(Self { handle: Some(handle), stays_on_its_thread: PhantomData })
    }

    /// Returns whether the caller's context is the runtime that this value was bound to.
    fn entered(&self) -> bool {
        context::is_in(self.handle.as_ref())
    }

    /// Returns the domain of the runtime in context, or of that of the handle, whose driver its
    /// timers need.
    fn domain(&self) -> Option<Domain> {
        context::domain(self.handle.as_ref())
    }
}
