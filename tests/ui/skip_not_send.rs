//! A load may go on in another thread.
use evermemo::memoize;
use std::rc::Rc;

#[memoize(skip(pool))]
async fn f(pool: Rc<str>, id: u32) -> usize {
    pool.len() + id as usize
}

fn main() {}
