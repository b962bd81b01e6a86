//! Not every `f32` equals itself.
use evermemo::memoize;
#[memoize]
async fn f(n: &[Option<f32>]) -> usize {
    n.len()
}

fn main() {}
