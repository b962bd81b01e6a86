//! The value stays on its thread.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: u64) -> Rc<u64> {
    Rc::new(id)
}

fn main() {}
