//! Tests on virtual time: an executor on one thread whose clock moves by hand.
//!
//! [`run`] drives a future and the tasks that it spawns. Its clock stands still while anything can
//! run; [`Virtual::advance`] moves it, and when everything waits it jumps to the next timer. A test
//! of a life of half an hour takes no time, and takes the same steps every time it runs.
//!
//! A run is single-threaded. Everything that it waits for has to happen on its own thread: it does
//! not wait for the wake of another thread, a socket or a timer of tokio's, but jumps to the next
//! timer, which for a load is its timeout. Where no timer is armed it reports a deadlock.
//!
//! # On tokio
//!
//! Code that needs tokio is tested on tokio, whose clock can be paused: with the feature
//! `tokio-test-util` the ages of entries follow it.
//!
//! ```
//! # #[cfg(feature = "tokio-test-util")] {
//! use evermemo::{Source, memoize};
//! use std::time::Duration;
//!
//! #[memoize(update_after = "10m")]
//! async fn price(sku: u32) -> u32 {
//!     tokio::task::spawn_blocking(move || sku * 10).await.expect("it ends")
//! }
//!
//! # let shown = stringify! {
//! #[tokio::test(start_paused = true)]
//! # };
//! async fn grows_stale() {
//!     assert_eq!(price(7).await.unwrap(), 70);
//!     tokio::time::sleep(Duration::from_secs(600)).await; // takes no time
//!     assert_eq!(price::outcome(7).await.unwrap().source, Source::Stale);
//! }
//! # let mut tokio = tokio::runtime::Builder::new_current_thread();
//! # tokio.enable_time().start_paused(true).build().unwrap().block_on(grows_stale());
//! # }
//! ```
//!
//! There, too, the clock jumps when everything waits. Tokio holds it while `spawn_blocking` works,
//! but not while a task waits for a socket or for another thread: a load that does so times out at
//! once. Begin such a test unpaused, and call `tokio::time::pause` once the values from outside
//! have been loaded.
//!
//! # Examples
//!
//! ```
//! use evermemo::{Runtime, testing};
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

#[doc(inline)]
pub use evermemo_core::testing::conformance;
#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
#[doc(inline)]
pub use evermemo_core::testing::{Chaos, ChaosError};
#[doc(inline)]
pub use evermemo_core::testing::{Order, Simulation, Virtual, VirtualSleep};

/// Runs `main` on virtual time, on the calling thread, and returns its result.
///
/// Tasks run in the order in which they were woken, and an idle clock jumps to its next timer;
/// [`Simulation`] has other choices. Tasks that are alive when `main` ends are dropped.
///
/// The clock that `main` gets is found in context, too: memoized functions use it while `main` or
/// one of its tasks is polled. A run inside a run hides the outer one until it ends.
///
/// # Panics
///
/// If nothing can ever run again: `main` waits, no task is runnable and no timer is armed. The
/// message says how many tasks are alive and what time it is. A panic of `main` or of a task goes
/// through to the caller.
///
/// If it is called inside a tokio runtime (feature `tokio`), as in `#[tokio::test]`: loads that
/// wait for tokio would time out at once. See [On tokio](self#on-tokio) for the alternative.
///
/// # Examples
///
/// ```
/// use evermemo::{Runtime, testing};
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
    #[cfg(feature = "tokio")]
    assert!(
        !evermemo_core::Runtime::entered(&crate::Tokio::default()),
        "`testing::run` inside a tokio runtime: its clock would jump to the timeouts of loads that \
         wait for tokio. Use `#[tokio::test(start_paused = true)]` with the feature \
         `tokio-test-util` of `evermemo`, or run it in a plain `#[test]`"
    );
    evermemo_core::testing::run(main)
}
