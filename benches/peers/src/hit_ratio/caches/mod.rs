//! The caches themselves, by what they offer to their users.

mod evermemo;
mod foyer;
mod moka;
mod quick_cache;

pub use self::{evermemo::Evermemo, foyer::Foyer, moka::Moka, quick_cache::QuickCache};

#[cfg(test)]
mod tests;
