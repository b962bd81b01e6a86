//! The settings by which a cache keeps serving.

use std::{fmt, time::Duration};

use evermemo_core::Backoff;

use crate::{dice::Dice, operation::ms, scenario::span};

/// What the cache does about failures, and what is left to chance.
#[derive(Clone, Debug)]
pub(crate) struct Resilience {
    pub(crate) pauses: Pauses,
    pub(crate) stale_if_error: Duration,
    /// One error in three is no outage.
    pub(crate) discerns: bool,
    pub(crate) soft_timeout: Option<Duration>,
    pub(crate) cache_errors_for: Duration,
    pub(crate) max_loads: Option<usize>,
    pub(crate) sweep_every: Option<Duration>,
    /// The most by which lives are shortened, in tenths.
    pub(crate) jitter: Option<u32>,
    pub(crate) early: bool,
    /// The method is handed what it replaces, and says how long its value lives.
    pub(crate) loader: bool,
}

/// Between failures of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pauses {
    Default,
    None,
    /// The first one, and the longest.
    Exponential(Duration, Duration),
}

impl Pauses {
    pub(crate) const fn backoff(self) -> Option<Backoff> {
        match self {
            Self::Default => None,
            Self::None => Some(Backoff::NONE),
            Self::Exponential(first, cap) => Some(Backoff::exponential(first, cap)),
        }
    }

    /// The pause after so many failures in a row at the least, where that does not depend on the
    /// entry.
    pub(crate) fn least(self, in_a_row: u32) -> Duration {
        match self {
            Self::Exponential(first, cap) => {
                let doubled =
                    first.saturating_mul(1_u32.checked_shl(in_a_row - 1).unwrap_or(u32::MAX));
                doubled.min(cap) * 3 / 4
            }
            Self::Default | Self::None => Duration::ZERO,
        }
    }

    /// A pause at the most.
    pub(crate) const fn most(self) -> Duration {
        match self {
            Self::Default => Duration::from_secs(60),
            Self::None => Duration::ZERO,
            Self::Exponential(_, cap) => cap,
        }
    }
}

impl Resilience {
    /// Half of all scenarios do without.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut resilience = Self {
            pauses: dice.pick(&[
                Pauses::Default,
                Pauses::None,
                Pauses::Exponential(ms(8), ms(40)),
                Pauses::Exponential(ms(30), ms(500)),
            ]),
            stale_if_error: dice.pick(&[ms(0), ms(30), ms(200), Duration::MAX]),
            discerns: dice.once_in(2),
            soft_timeout: dice.pick(&[None, None, Some(ms(0)), Some(ms(6)), Some(ms(20))]),
            cache_errors_for: dice.pick(&[ms(0), ms(0), ms(15), ms(100)]),
            max_loads: dice.pick(&[None, None, None, Some(1), Some(1), Some(2)]),
            sweep_every: dice.pick(&[None, None, Some(ms(90))]),
            jitter: dice.pick(&[None, None, None, Some(2), Some(10)]),
            early: dice.once_in(6),
            loader: dice.once_in(3),
        };
        if dice.once_in(40) {
            resilience.max_loads = Some(0);
        }
        if dice.once_in(2) {
            let pauses = resilience.pauses;
            resilience = Self { pauses, ..Self::none() };
        }
        resilience
    }

    pub(crate) const fn none() -> Self {
        Self {
            pauses: Pauses::None,
            stale_if_error: Duration::ZERO,
            discerns: false,
            soft_timeout: None,
            cache_errors_for: Duration::ZERO,
            max_loads: None,
            sweep_every: None,
            jitter: None,
            early: false,
            loader: false,
        }
    }

    /// Whether entries get other times than the entry builder gives them.
    pub(crate) const fn spreads(&self) -> bool {
        self.jitter.is_some() || self.early
    }

    /// Whether something old may stand in for this error.
    pub(crate) const fn is_outage(&self, number: usize) -> bool {
        !self.discerns || !number.is_multiple_of(3)
    }
}

impl fmt::Display for Resilience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pauses {:?}", self.pauses)?;
        if !self.stale_if_error.is_zero() {
            let some = if self.discerns { " for some" } else { "" };
            write!(f, ", stale if error{some} for {}", span(self.stale_if_error))?;
        }
        if let Some(timeout) = self.soft_timeout {
            write!(f, ", patient for {}", span(timeout))?;
        }
        if !self.cache_errors_for.is_zero() {
            write!(f, ", errors kept for {}", span(self.cache_errors_for))?;
        }
        if let Some(loads) = self.max_loads {
            write!(f, ", {loads} loads at once")?;
        }
        if let Some(period) = self.sweep_every {
            write!(f, ", swept every {}", span(period))?;
        }
        if let Some(tenths) = self.jitter {
            write!(f, ", jitter 0.{tenths}")?;
        }
        if self.early {
            f.write_str(", refreshed early")?;
        }
        if self.loader {
            f.write_str(", loads with times of their own")?;
        }
        Ok(())
    }
}
