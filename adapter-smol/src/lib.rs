//! The [smol](https://docs.rs/smol) runtime for [evermemo](https://docs.rs/evermemo).
//!
//! [`Smol`] spawns on smol's global executor; [`SmolLocal`] is an executor whose tasks stay on
//! their thread.
//!
//! # Examples
//!
//! ```
//! use evermemo_core::Runtime;
//! use evermemo_smol::Smol;
//! use std::time::Duration;
//!
//! smol::block_on(async {
//!     let before = Smol.now();
//!     Smol.sleep(Duration::from_millis(2)).await;
//!     assert!(Smol.now() > before);
//! });
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod local;

pub use crate::local::SmolLocal;

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use evermemo_core::{BoxFuture, Domain, Instant, MultiThreaded, Runtime};

/// Smol's global executor, which needs no context: its threads start with its first task.
///
/// The environment variable `SMOL_THREADS` sets how many there are; one by default.
///
/// # Examples
///
/// ```
/// use evermemo_core::Runtime;
/// use evermemo_smol::Smol;
/// use std::sync::mpsc;
///
/// let (sender, receiver) = mpsc::channel();
/// Smol.spawn(Box::pin(async move { sender.send(144).unwrap() }));
/// assert_eq!(receiver.recv(), Ok(144));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Smol;

impl Runtime for Smol {
    type Threading = MultiThreaded;
    type Sleep = SmolSleep;

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

    fn sleep(&self, duration: Duration) -> SmolSleep {
        SmolSleep::new(duration)
    }

    /// Starts a task on the global executor.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        // A smol task ends with its handle.
        smol::spawn(task).detach();
    }
}

/// The timer of [`Smol`] and [`SmolLocal`]. Dropping it disarms it.
///
/// # Examples
///
/// ```
/// use evermemo_core::Runtime;
/// use evermemo_smol::{Smol, SmolSleep};
/// use std::time::{Duration, Instant};
///
/// const PAUSE: Duration = Duration::from_millis(2);
///
/// /// The pause between two requests.
/// fn pause() -> SmolSleep {
///     Smol.sleep(PAUSE)
/// }
///
/// let before = Instant::now();
/// smol::block_on(pause());
/// assert!(before.elapsed() >= PAUSE);
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct SmolSleep(smol::Timer);

impl SmolSleep {
    pub(crate) fn new(duration: Duration) -> Self {
        Self(smol::Timer::after(duration))
    }
}

impl Future for SmolSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}
