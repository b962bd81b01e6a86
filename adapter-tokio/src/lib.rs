//! The [tokio](https://docs.rs/tokio) runtime for [evermemo](https://docs.rs/evermemo).
//!
//! [`Tokio`] spawns on the runtime of the caller's context, or on one given by its handle;
//! [`TokioLocal`] spawns tasks that stay on their thread.
//!
//! # Examples
//!
//! ```
//! use evermemo_core::Runtime;
//! use evermemo_tokio::Tokio;
//! use std::time::Duration;
//!
//! let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! tokio.block_on(async {
//!     let runtime = Tokio::default();
//!     let before = runtime.now();
//!     runtime.sleep(Duration::from_millis(2)).await;
//!     assert!(runtime.now() > before);
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod clock;
mod context;
mod hold;
mod local;

pub use crate::{hold::ClockHold, local::TokioLocal};

use core::time::Duration;
use evermemo_core::{BoxFuture, Domain, Instant, MultiThreaded, Runtime};
use tokio::runtime::Handle;

/// Tokio, found in context or given by its handle. A cheap handle.
///
/// The default looks up the runtime of the caller's context whenever it is used, so it is safe in a
/// `static` that outlives one runtime after another. [`Tokio::with_handle`] serves callers outside
/// any runtime.
///
/// The runtime needs its time driver (`enable_time` or `enable_all` of its builder).
///
/// Tokio's timers panic where others would end: when they are made outside any runtime, on a
/// runtime without a time driver or on one that has ended, and when their runtime ends while they
/// are polled from outside.
///
/// # Examples
///
/// On another thread than the runtime's:
///
/// ```
/// use evermemo_core::Runtime;
/// use evermemo_tokio::Tokio;
/// use std::sync::mpsc;
///
/// let tokio = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
/// let runtime = Tokio::with_handle(tokio.handle().clone());
/// let (sender, receiver) = mpsc::channel();
/// runtime.spawn(Box::pin(async move { sender.send(144).unwrap() }));
/// assert_eq!(receiver.recv(), Ok(144));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tokio {
    handle: Option<Handle>,
}

impl Tokio {
    /// Makes a runtime that spawns and sleeps on the tokio runtime of `handle`, wherever it is
    /// used.
    ///
    /// The handle does not keep its runtime alive. After the runtime's end, tasks are dropped
    /// instead of started.
    #[must_use]
    pub const fn with_handle(handle: Handle) -> Self {
        Self { handle: Some(handle) }
    }
}

impl Runtime for Tokio {
    type Threading = MultiThreaded;
    type Sleep = tokio::time::Sleep;

    /// Reads the process-wide clock; with the feature `test-util`, the runtime's own.
    ///
    /// Without that feature, `tokio::time::pause` and `advance` move sleeps, but not ages. With
    /// it, a clock that was advanced goes back where the next runtime begins: entries in a
    /// `static` then count as new.
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

    /// Starts a task; drops it if the runtime has ended, or if there is none in context.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        if let Some(handle) = context::handle_or_current(self.handle.as_ref()) {
            handle.spawn(task);
        }
    }

    /// Returns the runtime in context by its handle; a value that was made with a handle returns
    /// itself.
    fn bind(&self) -> Option<Self> {
        context::handle_or_current(self.handle.as_ref()).map(Self::with_handle)
    }

    /// Returns whether the caller's context is this runtime: only there do tokio's own timers and
    /// sockets work.
    fn entered(&self) -> bool {
        context::is_in(self.handle.as_ref())
    }

    /// Returns the domain of the runtime in context, or of that of the handle, whose driver its
    /// timers need.
    fn domain(&self) -> Option<Domain> {
        context::domain(self.handle.as_ref())
    }
}
