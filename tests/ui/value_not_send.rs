//! The value stays on its thread.
//! The type of the cache stands in its companion, too:
//! there rustc says again what does not hold.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: u64) -> Rc<u64> {
    Rc::new(id)
}

fn main() {}
