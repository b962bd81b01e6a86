//! What a macro of another crate makes.

mod inner {
    evermemo_tests::memoized_functions! {
        pub(super) plain, keyed, skipping, fallible, lent, generic, twins, twins_by_key, named,
        computed,
        by id: u32, fails with String, kept for "1h", at most 2 + 1
    }
}

mod others {
    evermemo_tests::memoized_functions! {
        pub(crate) plain, keyed, skipping, fallible, lent, generic, twins, twins_by_key, named,
        computed,
        by id: u32, fails with String, kept for "1h", at most 3
    }
}

#[tokio::test]
async fn ten_functions_of_another_crates_macro_are_memoized() {
    for _ in 0..2 {
        assert_eq!(inner::plain(1).await.unwrap(), 1);
        assert_eq!(inner::keyed(1, 2).await.unwrap(), (1, 2));
        assert_eq!(inner::skipping(1, 2).await.unwrap(), (1, 2));
        assert_eq!(inner::fallible(1).await.unwrap(), 2);
        assert_eq!(inner::lent(&[1], "a").await.unwrap(), 2);
        assert_eq!(inner::generic(&['a', 'b'], 1).await.unwrap(), ['a']);
        assert_eq!(inner::twins(1, 2).await.unwrap(), (1, 2));
        assert_eq!(inner::twins_by_key(1, 2).await.unwrap(), (1, 2));
        assert_eq!(inner::named("a", &1, 2).await.unwrap(), "1 a 2");
        assert_eq!(inner::computed((2, 1)).await.unwrap(), 1);
    }
    for stats in [
        inner::plain::cache().stats(),
        inner::keyed::cache().stats(),
        inner::skipping::cache().stats(),
        inner::fallible::cache().stats(),
        inner::lent::cache().stats(),
        inner::generic::cache::<char>().stats(),
        inner::twins::cache().stats(),
        inner::twins_by_key::cache().stats(),
        inner::named::cache().stats(),
        inner::computed::cache().stats(),
    ] {
        assert_eq!((stats.hits, stats.loads), (1, 1));
    }
}

#[tokio::test]
async fn arguments_of_one_name_are_told_apart_by_the_macro_that_wrote_them() {
    assert_eq!(others::keyed(7, 1).await.unwrap(), (7, 1));
    assert_eq!(others::keyed(7, 2).await.unwrap(), (7, 1));
    others::keyed::invalidate(7).await;
    assert_eq!(others::keyed(7, 2).await.unwrap(), (7, 2));
    assert_eq!(others::twins(7, 1).await.unwrap(), (7, 1));
    assert_eq!(others::twins(7, 2).await.unwrap(), (7, 2));
    assert_eq!(others::twins_by_key(8, 1).await.unwrap(), (8, 1));
    assert_eq!(others::twins_by_key(10, 2).await.unwrap(), (8, 1));
    others::twins_by_key::invalidate(12).await;
    assert_eq!(others::twins_by_key(10, 2).await.unwrap(), (10, 2));
    assert_eq!(others::skipping(8, 9).await.unwrap(), (8, 9));
    assert_eq!(others::skipping(9, 9).await.unwrap(), (8, 9));
    others::skipping::invalidate(9).await;
    assert_eq!(others::skipping(9, 9).await.unwrap(), (9, 9));
    assert_eq!(others::named("b", &1, 2).await.unwrap(), "1 b 2");
    assert_eq!(others::named("b", &1, 3).await.unwrap(), "1 b 2");
    others::named::invalidate("b", &1).await;
    assert_eq!(others::named("b", &1, 3).await.unwrap(), "1 b 3");
}
