//! The [async-std](https://docs.rs/async-std) runtime for [evermemo](https://docs.rs/evermemo).
//! async-std is discontinued ([RUSTSEC-2025-0052]): prefer smol, and the adapter `evermemo-smol`.
//!
//! [`AsyncStd`] spawns on async-std's global executor.
//!
//! [RUSTSEC-2025-0052]: https://rustsec.org/advisories/RUSTSEC-2025-0052
//!
//! # Examples
//!
//! ```
//! use evermemo_async_std::AsyncStd;
//! use evermemo_core::Runtime;
//! use std::time::Duration;
//!
//! async_std::task::block_on(async {
//!     let before = AsyncStd.now();
//!     AsyncStd.sleep(Duration::from_millis(2)).await;
//!     assert!(AsyncStd.now() > before);
//! });
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

use core::time::Duration;
use evermemo_core::{BoxFuture, Domain, Instant, MultiThreaded, Runtime};

/// async-std's global executor, which needs no context. async-std is discontinued: prefer smol.
///
/// # Examples
///
/// ```
/// use evermemo_async_std::AsyncStd;
/// use evermemo_core::Runtime;
/// use std::sync::mpsc;
///
/// let (sender, receiver) = mpsc::channel();
/// AsyncStd.spawn(Box::pin(async move { sender.send(144).unwrap() }));
/// assert_eq!(receiver.recv(), Ok(144));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AsyncStd;

impl Runtime for AsyncStd {
    type Threading = MultiThreaded;
    /// Boxed, since async-std's own timer has no name.
    type Sleep = BoxFuture<'static, ()>;

    /// Reads the process-wide clock.
    fn now(&self) -> Instant {
        Instant::of_process()
    }

    /// Reads the process-wide clock that lags by a tick.
    #[inline]
    fn coarse_now(&self) -> Instant {
        Instant::of_process_coarse()
    }

    #[inline]
    fn coarse_lag(&self) -> Duration {
        Instant::coarse_lag()
    }

    /// Returns the domain of the process' one driver of timers, which has a thread of its own.
    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<Self>(0))
    }

    /// Makes a future that ends once `duration` has passed since its first poll.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async_std::task::sleep(duration))
    }

    /// Starts a task on the global executor.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        async_std::task::spawn(task);
    }
}
