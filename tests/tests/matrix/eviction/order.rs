//! Who leaves first.

use super::{cached, kept, memory};

use evermemo::{Builder, LeastRecentlyUpdatedEvictionStrategy, Policy, Source};
use evermemo_tests::{Numbered, Timed, all, on_every_runtime, polled, until};

on_every_runtime! {
    b69_reads_do_not_matter_to_the_policy_of_last_writes,
    p_lru_a_read_keeps_a_key,
    b70_a_rewrite_makes_a_key_the_newest,
    b90_an_invalidation_leaves_no_phantom,
}

const A: u32 = 1;
const B: u32 = 2;
const C: u32 = 3;

async fn b69_reads_do_not_matter_to_the_policy_of_last_writes<R: Timed>(rt: R) {
    let memo = Builder::on(rt)
        .capacity(2)
        .policy(Policy::LeastRecentlyUpdated)
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    for _ in 0..100 {
        assert_eq!(memo.outcome(A).await.unwrap().source, Source::Hit);
    }
    memo.call(C).await.unwrap();
    assert_eq!(cached(memo.cache(), [A, B, C]), [B, C]);
}

async fn p_lru_a_read_keeps_a_key<R: Timed>(rt: R) {
    let memo =
        Builder::on(rt.clone()).capacity(2).policy(Policy::Lru).wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Hit);
    memo.call(C).await.unwrap();
    assert_eq!(cached(memo.cache(), [A, B, C]), [A, C]);

    // A joiner of another key's load and a load that fails renew nothing.
    let source = Numbered::shut();
    let (runs, gates) = (source.runs.clone(), source.gates.clone());
    let memo = Builder::on(rt).capacity(2).policy(Policy::Lru).try_wrap(move |key: u32| {
        let passed = gates.passed(runs.begin());
        async move {
            passed.await;
            if key > C { Err("down") } else { Ok(key) }
        }
    });
    source.gates.open_at(1);
    source.gates.open_at(2);
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    let mut callers: Vec<_> = (0..2).map(|_| Box::pin(memo.call(C))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();
    memo.call(C + 1).await.unwrap_err();
    let answers = all(callers).await.into_iter().map(Result::unwrap);
    assert_eq!(Vec::from_iter(answers), [C, C]);
    assert_eq!(cached(memo.cache(), [A, B, C]), [B, C]);
}

async fn b70_a_rewrite_makes_a_key_the_newest<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone())
        .capacity(2)
        .policy(Policy::LeastRecentlyUpdated)
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    assert_eq!(memo.force_refresh(A).await.unwrap(), 3);
    assert_eq!(memo.len(), 2);
    memo.call(C).await.unwrap();
    assert_eq!(cached(memo.cache(), [A, B, C]), [A, C]);

    let storage = memory(usize::MAX);
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(2))
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    assert_eq!(memo.force_refresh(A).await.unwrap(), 3);
    assert_eq!(storage.len(), 2);
    memo.call(C).await.unwrap();
    until(&rt, || storage.len() == 2).await;
    assert_eq!(kept(&storage, [A, B, C]), [A, C]);
}

async fn b90_an_invalidation_leaves_no_phantom<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).capacity(2).wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    memo.invalidate(&B).await;
    memo.call(C).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Hit);
    assert_eq!(memo.outcome(C).await.unwrap().source, Source::Hit);

    let memo = Builder::on(rt.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(2))
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    memo.call(B).await.unwrap();
    memo.invalidate(&B).await;
    memo.call(C).await.unwrap();
    until(&rt, || memo.len() == 2).await;
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Hit);

    // Nor does a clearing.
    memo.clear().await;
    memo.call(B).await.unwrap();
    memo.call(C).await.unwrap();
    until(&rt, || memo.len() == 2).await;
    assert_eq!(cached(memo.cache(), [A, B, C]), [B, C]);
}
