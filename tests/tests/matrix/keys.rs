//! Which calls share an answer.

use evermemo::{
    Builder, CanonicalKeyExtractor, EncodedMethodNameAndArgsKeyExtractor,
    EncodedMethodReferenceAndArgsKeyExtractor, KeyExtractor, LocalInMemoryCacheStorage, MethodName,
    Policy, Source,
};
use evermemo_tests::{Numbered, Timed, on_every_runtime};
use std::{collections::HashSet, fmt, sync::Arc};

on_every_runtime! {
    b77_functions_that_share_a_storage_keep_their_own_entries,
    b78_different_arguments_have_different_entries,
    b79_a_constant_key_shares_one_entry,
    b82_keys_are_values_and_not_their_texts,
    b84_functions_of_one_name_in_two_modules_do_not_meet,
    p6_1_typed_keys_never_meet,
    p6_1_keys_of_equal_hash_never_meet,
}

async fn b77_functions_that_share_a_storage_keep_their_own_entries<R: Timed>(rt: R) {
    for capacity in [10, 1] {
        let storage = Arc::new(LocalInMemoryCacheStorage::new(capacity));
        let returning = |name, value: &'static str| {
            Builder::on(rt.clone())
                .name(name)
                .storage(storage.clone())
                .key_extractor(|method: MethodName, &n: &u32| (method.name(), n))
                .wrap(move |_: u32| async move { value })
        };
        let (a, b) = (returning("m::a", "a"), returning("m::b", "b"));
        assert_eq!(a.call(1).await.unwrap(), "a");
        assert_eq!(b.call(1).await.unwrap(), "b");
        assert_eq!(storage.len(), 2.min(capacity), "the capacity is one for both");

        assert_eq!(b.outcome(1).await.unwrap().source, Source::Hit);
        let first = a.outcome(1).await.unwrap();
        let kept = if capacity == 1 { Source::Loaded } else { Source::Hit };
        assert_eq!((first.value, first.source), ("a", kept));
        // Nor does one invalidate what is the other's.
        a.invalidate(&1).await;
        assert_eq!(storage.len(), capacity.min(2) - 1);
    }
}

async fn b78_different_arguments_have_different_entries<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method());
    let calls = || [("test1", 1_u32), ("test2", 1), ("test1", 2)].map(|(t, n)| (t.to_owned(), n));
    for _ in 0..2 {
        for (n, arguments) in (1..).zip(calls()) {
            assert_eq!(memo.call(arguments).await.unwrap(), n);
        }
    }
    assert_eq!(source.count(), 3);
}

async fn b79_a_constant_key_shares_one_entry<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo =
        Builder::on(rt).key_extractor(|_: MethodName, _: &u32| ()).wrap(source.method::<u32>());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    let second = memo.outcome(2).await.unwrap();
    assert_eq!((second.value, second.source), (1, Source::Hit));
    assert_eq!((memo.len(), source.count()), (1, 1));
}

#[test]
fn b80_encoded_keys_name_the_function_and_its_arguments() {
    let user = MethodName::new("app::user");
    let by_name = EncodedMethodNameAndArgsKeyExtractor;
    let by_reference = EncodedMethodReferenceAndArgsKeyExtractor;
    let arguments = (7_u64, "en".to_owned());
    assert_eq!(by_name.key(user, &arguments), r#"user[7,"en"]"#);
    assert_eq!(by_reference.key(user, &arguments), r#"app::user[7,"en"]"#);
    assert_eq!(by_name.key(user, &()), "user[]");
    assert_eq!(by_name.key(user, &7), "user[7]");
}

async fn b82_keys_are_values_and_not_their_texts<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(|argument: Same| async move { argument.0 });
    for _ in 0..2 {
        for n in 1..=1_000 {
            assert_eq!(memo.call(Same(n)).await.unwrap(), n);
        }
    }
    assert_eq!((memo.len(), memo.stats().hits), (1_000, 1_000));
}

async fn b84_functions_of_one_name_in_two_modules_do_not_meet<R: Timed>(rt: R) {
    async fn answers<R: Timed>(
        rt: &R,
        extractor: impl KeyExtractor<u32, Key = String> + Clone + Send + Sync,
    ) -> [&'static str; 2] {
        let storage = Arc::new(LocalInMemoryCacheStorage::<String, &str>::new(10));
        let returning = |name, value: &'static str| {
            Builder::on(rt.clone())
                .name(name)
                .storage(storage.clone())
                .key_extractor(extractor.clone())
                .wrap(move |_: u32| async move { value })
        };
        let (a, b) = (returning("x::f", "A"), returning("y::f", "B"));
        [a.call(1).await.unwrap(), b.call(1).await.unwrap()]
    }
    assert_eq!(answers(&rt, EncodedMethodReferenceAndArgsKeyExtractor).await, ["A", "B"]);
    assert_eq!(answers(&rt, CanonicalKeyExtractor::new()).await, ["A", "B"]);
    // As documented: the name alone does not tell them apart.
    assert_eq!(answers(&rt, EncodedMethodNameAndArgsKeyExtractor).await, ["A", "A"]);
}

async fn p6_1_typed_keys_never_meet<R: Timed>(rt: R) {
    let text = |text: &str| text.to_owned();
    let pairs = Builder::on(rt.clone()).wrap(Numbered::open().method::<(String, String)>());
    assert_eq!(pairs.call((text("a"), text("bc"))).await.unwrap(), 1);
    assert_eq!(pairs.call((text("ab"), text("c"))).await.unwrap(), 2);
    for (n, pair) in [(1, ("a", "bc")), (2, ("ab", "c"))] {
        assert_eq!(pairs.call_ref(pair).await.unwrap(), n);
    }
    assert_eq!(pairs.stats().hits, 2);
    // A miss by reference makes the key that a whole one finds.
    assert_eq!(pairs.call_ref(("", "abc")).await.unwrap(), 3);
    assert_eq!(pairs.call((text(""), text("abc"))).await.unwrap(), 3);

    let options = Builder::on(rt).wrap(Numbered::open().method::<Option<String>>());
    assert_eq!(options.call(None).await.unwrap(), 1);
    assert_eq!(options.call(Some(String::new())).await.unwrap(), 2);
    assert_eq!(options.call(None).await.unwrap(), 1);
}

async fn p6_1_keys_of_equal_hash_never_meet<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo =
        Builder::on(rt).capacity(3).policy(Policy::LeastRecentlyUpdated).wrap(source.method());
    // In the table of flights ...
    let mut callers: Vec<_> = (0..4).map(|n| Box::pin(memo.call(Crowded(n)))).collect();
    for caller in &mut callers {
        assert!(evermemo_tests::polled(caller).await.is_pending());
    }
    source.gates.open_all();
    for (n, caller) in (1..).zip(callers) {
        assert_eq!(caller.await.unwrap(), n);
    }
    // ... and in the storage.
    for n in 1..4 {
        let hit = memo.outcome(Crowded(n)).await.unwrap();
        assert_eq!((hit.value, hit.source), (n + 1, Source::Hit));
    }
    memo.invalidate(&Crowded(2)).await;
    assert_eq!(memo.outcome(Crowded(1)).await.unwrap().source, Source::Hit);
    assert_eq!(memo.outcome(Crowded(3)).await.unwrap().source, Source::Hit);
    assert_eq!(memo.outcome(Crowded(2)).await.unwrap().source, Source::Loaded);
}

#[test]
fn p6_2_canonical_keys_are_bounded_and_tell_functions_apart() {
    let (user, keys) = (MethodName::new("app::user"), CanonicalKeyExtractor::new);
    let arguments = (7, "en");
    let different = HashSet::from([
        keys().key(user, &arguments),
        keys().with_namespace("shop").key(user, &arguments),
        keys().key(MethodName::new("site::user"), &arguments),
        keys().key(MethodName::new("app::users"), &arguments),
        keys().with_version(1).key(user, &arguments),
    ]);
    assert_eq!(different.len(), 5);
    assert_ne!(keys().key(user, &("a", "bc")), keys().key(user, &("ab", "c")));

    let long = |last: char| format!("{}{last}", "x".repeat(10_000));
    let [one, other] = ['a', 'b'].map(|last| keys().key(user, &long(last)));
    for key in [&one, &other] {
        assert!(key.len() <= 512, "{key}");
        assert!(key.bytes().all(|byte| byte.is_ascii_graphic()), "{key}");
    }
    assert_ne!(one, other);
    assert_eq!(one, keys().key(user, &long('a')));

    let keys = keys().with_namespace("shop").with_version(2);
    assert!(keys.key(user, &arguments).starts_with("shop/app::user@2:"));
    assert!(keys.key(user, &long('a')).starts_with("shop/app::user@2#"));
}

/// Different values of one text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Same(u32);

impl fmt::Debug for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("R")
    }
}

impl fmt::Display for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("R")
    }
}

/// Different values of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Crowded(u32);

impl std::hash::Hash for Crowded {
    fn hash<H: std::hash::Hasher>(&self, _state: &mut H) {}
}
