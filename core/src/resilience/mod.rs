//! How a cache keeps serving: what it does about failures, and how it avoids to meet all of them at
//! once.

mod backoff;
mod dice;
mod failures;
mod hooks;
mod settings;
mod spread;

#[doc(hidden)]
pub use self::hooks::{AnyError, Hook, Hooked, Hooks, HooksChoice, Unobserved};
pub use self::{
    backoff::Backoff,
    settings::OutOfRange,
    spread::{EarlyRefresh, Jitter},
};
pub(crate) use self::{
    dice::Dice,
    failures::{Failures, Verdict},
    settings::Resilience,
};
