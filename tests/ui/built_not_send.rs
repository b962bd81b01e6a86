//! A key that stays on its thread needs a runtime that does.
use evermemo::Cache;
use std::rc::Rc;

fn main() {
    let _cache: Cache<Rc<str>, u64> = evermemo::builder().build();
}
