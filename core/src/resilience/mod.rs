//! How a cache keeps serving: how it handles failures, and how it spreads loads over time.

mod backoff;
mod dice;
mod failures;
mod hooks;
mod max_loads;
mod out_of_range;
mod settings;
mod spread;
mod sweep_every;
mod validity;

#[doc(hidden)]
pub use self::hooks::{
    EveryEntry, EveryError, Hook, Hooked, HookedIn, Hooks, HooksChoice, Unobserved,
};
pub use self::{
    backoff::Backoff,
    out_of_range::OutOfRange,
    spread::{EarlyRefresh, Jitter},
};
pub(crate) use self::{
    dice::Dice,
    failures::{FailedLoad, Failures},
    max_loads::MaxLoads,
    settings::Resilience,
    sweep_every::SweepEvery,
};
