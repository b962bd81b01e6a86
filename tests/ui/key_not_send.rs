//! The key stays on its thread.
//! The type of the cache stands in its companion, too:
//! there rustc says again what does not hold.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: Rc<str>) -> usize {
    id.len()
}

fn main() {}
