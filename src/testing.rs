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
//! once. [`hold`] keeps the clock still meanwhile, and [`scope`] gives the test caches of its own.
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

use evermemo_core::Runtime;

pub use crate::scopes::Scope;
use crate::scopes::here;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[doc(inline)]
pub use evermemo_tokio::ClockHold;

/// Lets memoized functions start empty on this tokio runtime, until the guard is dropped: tests
/// that run at the same time, each on a runtime of its own, do not see each other's answers.
///
/// All that the runtime runs is inside, tasks that it spawns and their threads too. A call from
/// elsewhere has the caches of the process, and so has one that comes after the end. It holds for
/// functions under `#[memoize]` whose cache is in a `static`: a cache that is found in a place
/// (`in = ..`) or is `local` belongs to its owner or its thread already.
///
/// Virtual time has a scope of its own in each [`run`]. The caches of a scope are as large as
/// others, and are kept until the program ends, since `f::cache()` hands out references that are
/// valid as long.
///
/// # Panics
///
/// Outside a runtime of tokio (feature `tokio`), and if the runtime has a scope already.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "tokio", feature = "macros"))] {
/// use evermemo::{memoize, testing};
///
/// #[memoize(skip(pool))] // what the function works with is no part of the key
/// async fn price(pool: &'static str, sku: u32) -> String {
///     format!("{sku} in {pool}")
/// }
///
/// # let shown = stringify! {
/// #[tokio::test]
/// # };
/// async fn one() {
///     let _scope = testing::scope();
///     assert_eq!(price("one", 7).await.unwrap(), "7 in one");
/// }
///
/// # let shown = stringify! {
/// #[tokio::test]
/// # };
/// async fn other() {
///     let _scope = testing::scope();
///     assert_eq!(price("other", 7).await.unwrap(), "7 in other");
/// }
/// # let tokio = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # tokio().block_on(one());
/// # tokio().block_on(other());
/// # }
/// ```
#[track_caller]
pub fn scope() -> Scope {
    let Some(domain) = here() else { panic!("`testing::scope` outside a tokio runtime") };
    match Scope::open(domain) {
        Some(scope) => scope,
        None => panic!(
            "`testing::scope` on a runtime that has a scope already: one is enough, in the test \
             itself; `testing::run` brings its own"
        ),
    }
}

/// Keeps the paused clock of this tokio runtime where it is, until the guard is dropped: for what
/// waits for a socket or for a thread, which a paused clock would otherwise overtake by jumping to
/// the next timer, that of a load's timeout.
///
/// Within its time nothing that waits for the clock goes on.
///
/// # Panics
///
/// Outside a tokio runtime.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "tokio-test-util", feature = "macros"))] {
/// use evermemo::{Source, memoize, testing};
/// use std::{thread, time::Duration};
///
/// #[memoize(update_after = "10m")]
/// async fn price(sku: u32) -> u32 {
///     let (sender, receiver) = tokio::sync::oneshot::channel();
///     thread::spawn(move || {
///         thread::sleep(Duration::from_millis(30)); // the world
///         sender.send(sku * 10)
///     });
///     receiver.await.expect("it answers")
/// }
///
/// # let shown = stringify! {
/// #[tokio::test(start_paused = true)]
/// # };
/// async fn grows_stale() {
///     let _scope = testing::scope();
///     {
///         let _held = testing::hold();
///         assert_eq!(price(7).await.unwrap(), 70);
///     }
///     tokio::time::sleep(Duration::from_secs(600)).await; // takes no time
///     assert_eq!(price::outcome(7).await.unwrap().source, Source::Stale);
/// }
/// # let mut tokio = tokio::runtime::Builder::new_current_thread();
/// # tokio.enable_time().start_paused(true).build().unwrap().block_on(grows_stale());
/// # }
/// ```
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
#[track_caller]
pub fn hold() -> ClockHold {
    ClockHold::here()
}

/// Runs `main` on virtual time, on the calling thread, and returns its result.
///
/// Tasks run in the order in which they were woken, and an idle clock jumps to its next timer;
/// [`Simulation`] has other choices. Tasks that are alive when `main` ends are dropped.
///
/// The clock that `main` gets is found in context, too: memoized functions use it while `main` or
/// one of its tasks is polled, and start empty, as in a [`scope`]. A run inside a run hides the
/// outer one until it ends.
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
        !Runtime::entered(&crate::Tokio::default()),
        "`testing::run` inside a tokio runtime: its clock would jump to the timeouts of loads that \
         wait for tokio. Use `#[tokio::test(start_paused = true)]` with the feature \
         `tokio-test-util` of `evermemo`, or run it in a plain `#[test]`"
    );
    evermemo_core::testing::run(async move |time: Virtual| {
        let _scope = time.domain().and_then(Scope::open);
        main(time).await
    })
}
