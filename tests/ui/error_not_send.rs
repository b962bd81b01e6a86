//! The error stays on its thread.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: u64) -> Result<u64, Rc<u64>> {
    Err(Rc::new(id))
}

fn main() {}
