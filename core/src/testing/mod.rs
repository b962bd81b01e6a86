//! Tests on virtual time: an executor on one thread whose clock moves by hand.
//!
//! [`run`] drives a future and the tasks that it spawns. Its clock stands still while anything can
//! run; [`Virtual::advance`] moves it, and when everything waits it jumps to the next timer. A test
//! of a life of half an hour takes no time, and takes the same steps every time it runs.
//!
//! A run is single-threaded. Everything that it waits for has to happen on its own thread: it does
//! not wait for the wake of another thread, but jumps to the next timer, which for a load is its
//! timeout. Where no timer is armed, it reports a deadlock.
//!
//! # Examples
//!
//! ```
//! use evermemo_core::{Runtime, testing};
//! use std::time::Duration;
//!
//! let minute = Duration::from_secs(60);
//! testing::run(async |time| {
//!     time.sleep(30 * minute).await; // nothing else to do: the clock jumps
//!     assert_eq!(time.elapsed(), 30 * minute);
//!     time.advance(10 * minute).await;
//!     assert_eq!(time.elapsed(), 40 * minute);
//! });
//! ```

#[cfg(feature = "serde")]
mod chaos;
pub mod conformance;
mod current;
mod driver;
mod order;
mod simulation;
mod sleep;
mod state;
mod tasks;
mod virtual_runtime;

#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use self::chaos::{Chaos, ChaosError};
#[doc(hidden)]
pub use self::current::current;
pub use self::{
    order::Order, simulation::Simulation, sleep::VirtualSleep, virtual_runtime::Virtual,
};

/// Runs `main` on virtual time, on the calling thread, and returns its result.
///
/// Tasks run in the order in which they were woken, and an idle clock jumps to its next timer;
/// [`Simulation`] has other choices. Tasks that are alive when `main` ends are dropped.
///
/// The clock that `main` gets is found in context, too: code that looks for the runtime in context
/// while `main` or one of its tasks is polled gets this one. A run inside a run hides the outer one
/// until it ends.
///
/// # Panics
///
/// If nothing can ever run again: `main` waits, no task is runnable and no timer is armed. The
/// message says how many tasks are alive and what time it is. A panic of `main` or of a task goes
/// through to the caller.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Runtime, testing};
/// use std::time::Duration;
///
/// // A function that takes its runtime as a parameter can be run as it is.
/// async fn patient<R: Runtime>(runtime: R) -> &'static str {
///     runtime.sleep(Duration::from_secs(3600)).await;
///     "done"
/// }
/// assert_eq!(testing::run(patient), "done");
/// ```
#[track_caller]
pub fn run<F, O>(main: F) -> O
where
    F: AsyncFnOnce(Virtual) -> O,
{
    Simulation::new().run(main)
}
