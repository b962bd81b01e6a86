//! An error that stays on its thread needs a runtime that does.
use evermemo::Cache;
use std::rc::Rc;

fn main() {
    let _cache: Cache<u64, u64, Rc<str>> = evermemo::builder().build();
}
