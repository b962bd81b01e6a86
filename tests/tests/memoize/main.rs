//! What `#[memoize]` makes of a function, a module for each of its features.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]
// What the attribute writes is silent where its user is strict.
#![warn(clippy::pedantic, missing_docs)]
#![allow(
    clippy::many_single_char_names,
    clippy::unchecked_time_subtraction,
    reason = "the tests are short"
)]

mod arguments;
mod attributes;
mod cache_if;
mod cached;
mod calls;
mod causes;
mod companion;
mod editions;
mod ending;
mod error_of_callers;
mod futures;
mod generics;
mod handed;
mod hooks;
mod hygiene;
mod items;
mod key;
mod local;
mod made_by_macros;
mod made_elsewhere;
mod methods;
mod options;
mod places;
mod recursion;
mod references;
mod resilience;
mod results;
mod scopes;
mod skip;

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Counts the runs of a body.
#[derive(Debug, Default)]
struct Count(AtomicU32);

impl Count {
    const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    fn one_more(&self) -> u32 {
        self.0.fetch_add(1, SeqCst) + 1
    }

    fn get(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
