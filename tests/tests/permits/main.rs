//! What evermemo promises about the number of loads that run at a time; `docs/promises.md` lists the
//! promises.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]

mod across;
mod lending;
mod meter;
mod refreshes;
mod unpolled;

use evermemo::Memo;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// What the scenarios memoize with: numbers, or a text that says what is wrong.
type Numbers<R> = Memo<u32, u32, &'static str, R>;
