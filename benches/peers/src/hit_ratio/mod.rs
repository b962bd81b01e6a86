//! Which share of the requests of real traces each cache answers.
//!
//! A request asks for a key; on a miss the key is inserted. All keys weigh the same and nothing
//! expires. Each trace is replayed with room for 1, 5 and 10 % of its distinct keys, and the mean
//! is that of all these ratios, so that a long trace counts no more than a short one.
//!
//! Ahead of the caches go simulators that keep keys only: the optimum, which knows the future, the
//! textbook policies, and the rules of Evermemo's own default, against which its storage is
//! checked.

pub mod caches;
pub mod chart;
pub mod contestants;
pub mod run;
pub mod simulators;
pub mod subject;
pub mod table;
pub mod trace;
