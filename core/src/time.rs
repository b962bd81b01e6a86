//! Points in time: monotonic within a process, wall-clock between processes.

use core::{fmt, ops::Add, time::Duration};

/// A point on a runtime's monotonic clock.
///
/// Counts nanoseconds from an origin that the runtime chooses, so instants of two runtimes compare
/// only where those share an origin (all adapters of this project do). Arithmetic saturates:
/// nothing overflows, and [`Instant::NEVER`] stays "never" whatever is added.
///
/// # Examples
///
/// ```
/// use evermemo_core::Instant;
/// use std::time::Duration;
///
/// let start = Instant::from_nanos(5);
/// assert_eq!((start + Duration::from_nanos(3)).as_nanos(), 8);
/// assert_eq!(start + Duration::MAX, Instant::NEVER);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The origin of the clock.
    pub const ZERO: Self = Self(0);
    /// A point that no clock reaches.
    pub const NEVER: Self = Self(u64::MAX);

    /// Makes the instant that lies `nanos` nanoseconds after the clock's origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the nanoseconds since the clock's origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to `self`, zero if `earlier` is later.
    ///
    /// The distance to [`Instant::NEVER`] is [`Duration::MAX`].
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        if self.0 == u64::MAX && earlier.0 != u64::MAX {
            return Duration::MAX;
        }
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Returns the instant `duration` before this one, the origin if that lies before it.
    #[must_use]
    pub fn saturating_before(self, duration: Duration) -> Self {
        if self == Self::NEVER {
            return self;
        }
        Self(self.0.saturating_sub(nanos(duration)))
    }

    /// Reads the process-wide monotonic clock that every adapter of this project shares.
    ///
    /// Its origin lies a century before the process' first reading, so that entries older than the
    /// process have a representable age.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn of_process() -> Self {
        use std::{sync::OnceLock, time};
        static START: OnceLock<time::Instant> = OnceLock::new();
        const CENTURY: u64 = 100 * 366 * 24 * 3600 * 1_000_000_000;
        let start = START.get_or_init(time::Instant::now);
        Self(CENTURY.saturating_add(nanos(start.elapsed())))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NEVER => f.write_str("never"),
            Self(nanos) => write!(f, "{:?}", Duration::from_nanos(nanos)),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A point in wall-clock time, in microseconds since the Unix epoch.
///
/// Only what crosses a process boundary carries one. [`Timestamp::NEVER`] is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp(u64);

impl Timestamp {
    /// A point that no clock reaches.
    pub const NEVER: Self = Self(u64::MAX);

    /// Makes the timestamp that lies `micros` microseconds after the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to `self`, zero if `earlier` is later.
    ///
    /// The distance to [`Timestamp::NEVER`] is [`Duration::MAX`].
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        if self.0 == u64::MAX && earlier.0 != u64::MAX {
            return Duration::MAX;
        }
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Rounds down to whole microseconds, so that no life grows by being written down.
    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

/// A source of wall-clock time, read only where entries cross a process boundary.
pub trait WallClock {
    /// Reads the clock.
    fn timestamp(&self) -> Timestamp;
}

/// The operating system's wall clock.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemWallClock;

#[cfg(feature = "std")]
impl WallClock for SystemWallClock {
    /// Reads the time of day; a clock set before 1970 reads as the epoch itself.
    fn timestamp(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO);
        Timestamp::default() + since_epoch
    }
}
