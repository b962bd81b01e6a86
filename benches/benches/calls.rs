//! Single calls, for daily work: `cargo bench -p evermemo-benches`.

use divan::{Bencher, black_box};
use evermemo_benches::{Still, now};
use evermemo_core::Builder;

fn main() {
    divan::main();
}

#[divan::bench]
fn hit(bencher: Bencher<'_, '_>) {
    let memo = Builder::on(Still).wrap(|n: u64| async move { n });
    now(memo.call(7)).expect("the load cannot fail");
    bencher.bench_local(|| now(memo.call(black_box(7))));
}

#[divan::bench]
fn hit_by_reference(bencher: Bencher<'_, '_>) {
    let memo = Builder::on(Still).wrap(|text: String| async move { text.len() });
    now(memo.call_ref("seven")).expect("the load cannot fail");
    bencher.bench_local(|| now(memo.call_ref(black_box("seven"))));
}

#[divan::bench]
fn miss_with_eviction(bencher: Bencher<'_, '_>) {
    let memo = Builder::on(Still).capacity(1_000).wrap(|n: u64| async move { n });
    let mut keys = 0_u64..;
    bencher.bench_local(|| now(memo.call(black_box(keys.next().unwrap_or_default()))));
}
