//! The options of a call.

use std::{fmt, time::Duration};

use evermemo_core::{Instant, Tuned};

use crate::{dice::Dice, history::Times, operation::ms, scenario::span};

/// What one call says of the entries that answer it, and of its wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    max_age: Option<Duration>,
    pub(crate) fresh: bool,
    max_stale: Option<Duration>,
    pub(crate) soft_timeout: Option<Duration>,
}

impl Wishes {
    /// Draws one wish or several.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut wishes = Self::default();
        for _ in 0..1 + dice.below(3) {
            match dice.below(4) {
                0 => wishes.max_age = Some(dice.pick(&[ms(0), ms(5), ms(30), ms(150)])),
                1 => wishes.fresh = true,
                2 => wishes.max_stale = Some(dice.pick(&[ms(5), ms(40), Duration::MAX])),
                _ => wishes.soft_timeout = Some(dice.pick(&[ms(0), ms(8), Duration::MAX])),
            }
        }
        wishes
    }

    /// Sets the options of a call.
    pub(crate) fn set<C>(self, mut call: Tuned<C>) -> Tuned<C> {
        if let Some(max_age) = self.max_age {
            call = call.max_age(max_age);
        }
        if let Some(max_stale) = self.max_stale {
            call = call.max_stale(max_stale);
        }
        if let Some(timeout) = self.soft_timeout {
            call = call.soft_timeout(timeout);
        }
        if self.fresh { call.fresh() } else { call }
    }

    /// Whether an entry is too old.
    pub(crate) fn outlived(&self, times: Times, now: Instant) -> bool {
        self.max_age.is_some_and(|most| now.saturating_since(times.created) > most)
    }

    /// Whether an entry that has expired answers at once, as one that is stale.
    pub(crate) fn take_expired(&self, times: Times, now: Instant) -> bool {
        let most = self.max_stale.unwrap_or_default();
        let late = now.saturating_since(times.expires_after);
        !self.fresh && !self.outlived(times, now) && late < most && times.stands_in(now)
    }

    /// Whether an entry that answers calls without options answers this one.
    pub(crate) fn take(&self, times: Times, now: Instant) -> bool {
        !self.outlived(times, now) && (!self.fresh || times.is_fresh(now))
    }
}

impl fmt::Display for Wishes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(max_age) = self.max_age {
            write!(f, ", no older than {}", span(max_age))?;
        }
        if self.fresh {
            f.write_str(", fresh")?;
        }
        if let Some(max_stale) = self.max_stale {
            write!(f, ", expired for {} at most", span(max_stale))?;
        }
        if let Some(timeout) = self.soft_timeout {
            write!(f, ", patient for {}", span(timeout))?;
        }
        Ok(())
    }
}
