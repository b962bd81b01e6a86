//! The load stays on its thread.
use evermemo::memoize;
use std::rc::Rc;

#[memoize]
async fn f(id: u64) -> u64 {
    let id = Rc::new(id);
    std::future::ready(()).await;
    *id
}

fn main() {}
