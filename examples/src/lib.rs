//! Programs that use evermemo; see `api/` and `main_job/`.

/// The programs in the README, which are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
