//! A key is asked for by reference.
use evermemo::Lookup;

fn asked(_by: impl Lookup<u64>) {}

fn main() {
    asked(7_u64);
}
