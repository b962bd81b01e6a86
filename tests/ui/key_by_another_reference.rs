//! A key is asked for by what it borrows as only if it can be made of that.
use evermemo::Lookup;
use std::borrow::Borrow;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Email(String);

impl Borrow<str> for Email {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn asked(_by: impl Lookup<Email>) {}

fn main() {
    asked("ann@example.org");
}
