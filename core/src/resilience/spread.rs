//! Random lives, so that entries that were loaded together are not all loaded again together.

use core::time::Duration;

use super::{Dice, OutOfRange};
use crate::{entry::CacheEntry, time::Instant};

/// The largest part of a life by which it is shortened at random.
///
/// Drawn once, when an entry is written, after a load or by an insertion; both of its times are
/// shortened in the same proportion. A time of "never" stays, and so does one that is zero.
///
/// # Examples
///
/// ```
/// use evermemo_core::Jitter;
///
/// assert!(Jitter::new(0.1).is_ok());
/// assert_eq!(Jitter::new(7.0).unwrap_err().to_string(), "jitter is 7, not from 0 to 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter(f64);

impl Jitter {
    /// Shortens lives by at most `part` of them, from 0 to 1: with 0.1, a life of ten minutes lasts
    /// nine at least. 0 shortens nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if `part` is not from 0 to 1.
    pub fn new(part: f64) -> Result<Self, OutOfRange> {
        match part {
            0.0..=1.0 => Ok(Self(part)),
            _ => Err(OutOfRange { setting: "jitter", value: part, allowed: "from 0 to 1" }),
        }
    }
}

/// How eagerly a refresh begins before its time, at random: the longer the load takes, the earlier.
///
/// The entry is stale from `update_after + delta · beta · ln(u)` on, where `delta` is the duration
/// of its load and `u` is drawn from 0, exclusive, to 1, once when the entry is written (XFetch:
/// Vattani, Chierichetti and Lowenstein, VLDB 2015, section 3). An entry that is never refreshed in
/// the background is not refreshed early either.
///
/// # Examples
///
/// ```
/// use evermemo_core::EarlyRefresh;
///
/// assert_eq!(EarlyRefresh::new(1.0), Ok(EarlyRefresh::default()));
/// assert!(EarlyRefresh::new(-1.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyRefresh {
    beta: f64,
}

impl EarlyRefresh {
    /// Sets `beta`, 0 or more: the higher it is, the earlier a refresh begins; 0 is never early.
    ///
    /// # Errors
    ///
    /// Returns an error if `beta` is below 0, infinite or no number.
    pub fn new(beta: f64) -> Result<Self, OutOfRange> {
        if beta.is_finite() && beta >= 0.0 {
            return Ok(Self { beta });
        }
        let allowed = "0 or more and finite";
        Err(OutOfRange { setting: "beta of early refresh", value: beta, allowed })
    }
}

impl Default for EarlyRefresh {
    /// A beta of 1, which the paper finds good for unknown loads.
    fn default() -> Self {
        Self { beta: 1.0 }
    }
}

/// The random changes of entries' lives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) jitter: Option<Jitter>,
    pub(super) early: Option<EarlyRefresh>,
    /// Changes the times of an entry. A program that leaves no life to chance contains none of
    /// this, as only the setters refer to it.
    pub(super) spread: fn(&Self, &mut CacheEntry<()>, Duration, &Dice),
}

impl Spread {
    pub(super) const NONE: Self = Self { jitter: None, early: None, spread };

    /// Changes the times of an entry whose load took `delta`.
    pub(super) fn apply(&self, times: &mut CacheEntry<()>, delta: Duration, dice: &Dice) {
        (self.spread)(self, times, delta, dice);
    }
}

fn spread(spread: &Spread, times: &mut CacheEntry<()>, delta: Duration, dice: &Dice) {
    if let Some(Jitter(part)) = spread.jitter {
        let left = 1.0 - part * dice.share();
        let shorter = |end| shortened(times.created, end, left);
        (times.update_after, times.expires_after) =
            (shorter(times.update_after), shorter(times.expires_after));
    }
    if let Some(EarlyRefresh { beta }) = spread.early
        && times.update_after < times.expires_after
    {
        // From 0, exclusive, to 1.
        let u = 1.0 - dice.share();
        let nanos = delta.as_nanos() as f64 * beta * -libm::log(u);
        // Rounded towards zero, and to the largest one there is.
        let earlier = Duration::from_nanos(nanos as u64);
        times.update_after = times.update_after.saturating_before(earlier).max(times.created);
    }
}

fn shortened(begin: Instant, end: Instant, left: f64) -> Instant {
    match end.saturating_since(begin) {
        // "Never" stays never, and a life of zero stays zero.
        Duration::MAX | Duration::ZERO => end,
        life => begin + life.mul_f64(left),
    }
}
