//! The runtime found in the caller's context.

#[cfg(any(feature = "smol", feature = "testing", feature = "tokio"))]
use alloc::boxed::Box;
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
#[cfg(feature = "async-std")]
use evermemo_async_std::AsyncStd;
#[cfg(feature = "testing")]
use evermemo_core::testing::{self, Virtual};
use evermemo_core::{BoxFuture, Domain, Instant, MultiThreaded, Runtime};
#[cfg(feature = "smol")]
use evermemo_smol::Smol;
#[cfg(feature = "tokio")]
use evermemo_tokio::Tokio;

/// The runtime of the caller's context, whichever it is: the default of memoized functions.
///
/// It is looked for when a call has to load, in this order:
///
/// 1. virtual time, inside `testing::run` (feature `testing`),
/// 2. tokio, where there is one in context (feature `tokio`),
/// 3. smol, which needs no context (feature `smol`),
/// 4. async-std, which needs none either (feature `async-std`).
///
/// Outside any of them, cached values are served, and a call that has to load fails with
/// `Failure::NoRuntime`. So a library may use `Auto` and leave the choice of features to the
/// application; more features than one do no harm.
///
/// A value holds no runtime until it is bound, and may be in a `static`.
///
/// # Examples
///
/// ```
/// use evermemo::{Auto, Runtime};
/// # #[cfg(feature = "testing")] {
/// use std::time::Duration;
///
/// let found = Auto::default();
/// evermemo::testing::run(async |time| {
///     found.sleep(Duration::from_secs(60)).await;
///     assert_eq!(time.elapsed(), Duration::from_secs(60));
/// });
/// # }
/// # let before = Auto::default().now();
/// # assert!(before <= Auto::default().now());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Auto {
    found: FoundRuntime,
}

#[derive(Clone, Debug, Default)]
enum FoundRuntime {
    #[default]
    Nothing,
    #[cfg(feature = "testing")]
    Virtual(Virtual),
    #[cfg(feature = "tokio")]
    Tokio(Tokio),
    #[cfg(feature = "smol")]
    Smol(Smol),
    #[cfg(feature = "async-std")]
    AsyncStd(AsyncStd),
}

impl FoundRuntime {
    /// Looks for the runtime of the caller's context.
    fn here() -> Option<Self> {
        let found = None;
        #[cfg(feature = "testing")]
        let found = found.or_else(|| testing::current().map(Self::Virtual));
        #[cfg(feature = "tokio")]
        let found = found.or_else(|| Tokio::default().bind().map(Self::Tokio));
        #[cfg(feature = "smol")]
        let found = found.or(Some(Self::Smol(Smol)));
        #[cfg(feature = "async-std")]
        let found = found.or(Some(Self::AsyncStd(AsyncStd)));
        found
    }

    /// Returns the runtime that was found before, or else looks for one.
    fn or_here(&self) -> Self {
        if matches!(self, Self::Nothing) { Self::here().unwrap_or_default() } else { self.clone() }
    }
}

impl Runtime for Auto {
    type Threading = MultiThreaded;
    type Sleep = AutoSleep;

    /// Reads the clock of the runtime that was found. Before that it reads the virtual one in
    /// context, or else the process-wide one, which all adapters share.
    fn now(&self) -> Instant {
        match &self.found {
            FoundRuntime::Nothing => now_here(),
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => time.now(),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.now(),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => smol.now(),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => async_std.now(),
        }
    }

    /// Reads the cheaper clock that goes with [`now`](Self::now).
    #[inline]
    fn coarse_now(&self) -> Instant {
        match &self.found {
            FoundRuntime::Nothing => coarse_now_here(),
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => time.coarse_now(),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.coarse_now(),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => smol.coarse_now(),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => async_std.coarse_now(),
        }
    }

    /// Returns how far [`coarse_now`](Self::coarse_now) may lag.
    #[inline]
    fn coarse_lag(&self) -> Duration {
        match &self.found {
            FoundRuntime::Nothing => coarse_lag_here(),
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => time.coarse_lag(),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.coarse_lag(),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => smol.coarse_lag(),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => async_std.coarse_lag(),
        }
    }

    /// Makes a future that ends once `duration` has passed; never, if there is no runtime.
    fn sleep(&self, duration: Duration) -> AutoSleep {
        let timer: Option<BoxFuture<'static, ()>> = match self.found.or_here() {
            FoundRuntime::Nothing => None,
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => Some(Box::pin(time.sleep(duration))),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => Some(Box::pin(tokio.sleep(duration))),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => Some(Box::pin(smol.sleep(duration))),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => Some(async_std.sleep(duration)),
        };
        AutoSleep { duration, timer }
    }

    /// Starts a task; drops it if there is no runtime.
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match self.found.or_here() {
            FoundRuntime::Nothing => drop(task),
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => time.spawn(task),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.spawn(task),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => smol.spawn(task),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => async_std.spawn(task),
        }
    }

    /// Returns a value that holds the runtime of the caller's context, `None` if there is none.
    fn bind(&self) -> Option<Self> {
        let found = self.found.or_here();
        if matches!(found, FoundRuntime::Nothing) { None } else { Some(Self { found }) }
    }

    /// Returns the domain of the runtime that was found, or else of the one in context.
    fn domain(&self) -> Option<Domain> {
        match self.found.or_here() {
            FoundRuntime::Nothing => None,
            #[cfg(feature = "testing")]
            FoundRuntime::Virtual(time) => time.domain(),
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.domain(),
            #[cfg(feature = "smol")]
            FoundRuntime::Smol(smol) => smol.domain(),
            #[cfg(feature = "async-std")]
            FoundRuntime::AsyncStd(async_std) => async_std.domain(),
        }
    }

    /// Returns false for a tokio runtime that was found elsewhere.
    fn entered(&self) -> bool {
        match &self.found {
            #[cfg(feature = "tokio")]
            FoundRuntime::Tokio(tokio) => tokio.entered(),
            _ => true,
        }
    }
}

/// It runs on every hit, so it does not look for a runtime.
fn now_here() -> Instant {
    #[cfg(feature = "testing")]
    if let Some(time) = testing::current() {
        return time.now();
    }
    // With the adapter's `test-util` this is the clock of the runtime in context, and remains so
    // once that runtime has been found.
    #[cfg(feature = "tokio")]
    let now = Tokio::default().now();
    #[cfg(not(feature = "tokio"))]
    let now = Instant::of_process();
    now
}

/// Reads the cheaper clock in the same way.
#[inline]
fn coarse_now_here() -> Instant {
    #[cfg(feature = "testing")]
    if let Some(time) = testing::current() {
        return time.now();
    }
    #[cfg(feature = "tokio")]
    let now = Tokio::default().coarse_now();
    #[cfg(not(feature = "tokio"))]
    let now = Instant::of_process_coarse();
    now
}

/// Returns the lag of that clock. Virtual time has none.
#[inline]
fn coarse_lag_here() -> Duration {
    #[cfg(feature = "testing")]
    if testing::current().is_some() {
        return Duration::ZERO;
    }
    #[cfg(feature = "tokio")]
    let lag = Tokio::default().coarse_lag();
    #[cfg(not(feature = "tokio"))]
    let lag = Instant::coarse_lag();
    lag
}

/// The timer of [`Auto`]. Dropping it disarms it.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use evermemo::{Auto, AutoSleep, Runtime};
/// use std::time::Duration;
///
/// const MINUTE: Duration = Duration::from_secs(60);
///
/// /// The pause between two requests.
/// fn pause() -> AutoSleep {
///     Auto::default().sleep(MINUTE)
/// }
///
/// evermemo::testing::run(async |time| {
///     pause().await;
///     pause().await;
///     assert_eq!(time.elapsed(), 2 * MINUTE);
/// });
/// # }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct AutoSleep {
    duration: Duration,
    /// Boxed, since tokio's must not move and async-std's has no name.
    timer: Option<BoxFuture<'static, ()>>,
}

impl Future for AutoSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl fmt::Debug for AutoSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoSleep").field("duration", &self.duration).finish_non_exhaustive()
    }
}
