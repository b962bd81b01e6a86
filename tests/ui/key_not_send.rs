//! The key stays on its thread.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: Rc<str>) -> usize {
    id.len()
}

fn main() {}
