//! Makes one hit that a debugger can step through; see `benches/hit-path`.

use core::{convert::Infallible, hint::black_box};

use evermemo_benches::{Still, now};
use evermemo_core::{Builder, Memo};

fn main() {
    let memo = Builder::on(Still).wrap(|n: u64| async move { n * n });
    for n in 0..100 {
        assert_eq!(now(memo.call(n)).ok(), Some(n * n));
    }
    // The first hit resolves what the linker left open; the second one is stepped through.
    assert_eq!(hit(&memo, black_box(7)), 49);
    assert_eq!(hit(&memo, black_box(8)), 64);
}

/// One hit under the static configuration.
#[inline(never)]
fn hit(memo: &Memo<u64, u64, Infallible, Still>, n: u64) -> u64 {
    now(memo.call(n)).unwrap_or_default()
}
