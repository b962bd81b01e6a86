//! Makes one hit of a memoized function that a debugger can step through; see `benches/hit-path`.

use core::hint::black_box;

use evermemo::memoize;
use evermemo_benches::{Still, now};

fn main() {
    for n in 0..100 {
        assert_eq!(now(square(n)).ok(), Some(n * n));
    }
    assert_eq!(hit(black_box(7)), 49);
    assert_eq!(hit(black_box(8)), 64);
}

/// One hit under the static configuration.
#[inline(never)]
fn hit(n: u64) -> u64 {
    now(square(n)).unwrap_or_default()
}

#[memoize(runtime = Still)]
async fn square(n: u64) -> u64 {
    n * n
}
