//! What must hold of each history.
//!
//! A method notes an event, and compares it with what came before.

mod accounts;
mod answers;
mod changes;
mod closing;
mod loads;
mod looks;
mod patience;
mod refusals;

pub(crate) use self::{accounts::Tally, answers::Ending, changes::Keys, patience::Runtimes};
