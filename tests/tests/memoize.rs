//! What `#[memoize]` makes of a function, a module for each of its features.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]
// What the attribute writes is silent where its user is strict.
#![warn(clippy::pedantic, missing_docs)]
#![allow(
    clippy::many_single_char_names,
    clippy::unchecked_time_subtraction,
    reason = "the tests are short"
)]

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Counts the runs of a body.
#[derive(Debug, Default)]
struct Count(AtomicU32);

impl Count {
    const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    fn one_more(&self) -> u32 {
        self.0.fetch_add(1, SeqCst) + 1
    }

    fn get(&self) -> u32 {
        self.0.load(SeqCst)
    }
}

mod arguments {
    use super::Count;
    use evermemo::memoize;
    use std::path::Path;

    static RUNS: Count = Count::new();

    #[memoize]
    async fn none() -> u32 {
        RUNS.one_more()
    }

    #[memoize]
    async fn one(mut text: String) -> String {
        text.push('!');
        text
    }

    #[memoize]
    async fn several(a: u8, b: &str, c: &[u8], d: &Path, e: &u64, f: &'static str) -> String {
        format!("{a}{b}{c:?}{}{e}{f}", d.display())
    }

    #[memoize]
    async fn patterns((a, b): (u8, u8), _: &str, [c, d]: [u8; 2]) -> u8 {
        a + b + c + d
    }

    #[memoize]
    async fn named_lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b str) -> usize {
        a.len() + b.len()
    }

    #[memoize]
    async fn this(this: u8, cache: u8, key: u8, r#fn: u8) -> u8 {
        this + cache + key + r#fn
    }

    #[tokio::test]
    async fn without_any_there_is_one_answer() {
        assert_eq!((none().await.unwrap(), none().await.unwrap()), (1, 1));
        none::invalidate().await;
        assert_eq!(none().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn every_one_makes_the_key() {
        let text = || "a".to_owned();
        assert_eq!(
            (one(text()).await.unwrap(), one(text()).await.unwrap()),
            ("a!".into(), "a!".into())
        );
        assert_eq!(one::cache().stats().hits, 1);
        let call =
            |a, b, e| async move { several(a, b, &[3], Path::new("p"), &e, "f").await.unwrap() };
        assert_eq!(call(1, "2", 5).await, "12[3]p5f");
        assert_eq!(call(1, "2", 6).await, "12[3]p6f");
        assert_eq!(call(1, "3", 5).await, "13[3]p5f");
        assert_eq!(call(1, "2", 5).await, "12[3]p5f");
        assert_eq!((several::cache().stats().loads, several::cache().stats().hits), (3, 1));
        several::invalidate(1, "2", &[3], Path::new("p"), &5, "f").await;
        assert_eq!(several::cache().len(), 2);
    }

    #[tokio::test]
    async fn patterns_and_names_of_all_kinds_do() {
        assert_eq!(patterns((1, 2), "", [3, 4]).await.unwrap(), 10);
        assert_eq!(patterns((1, 2), "other", [3, 4]).await.unwrap(), 10);
        assert_eq!(patterns::cache().stats().loads, 2);
        assert_eq!(named_lifetimes("a", &String::from("bc")).await.unwrap(), 3);
        assert_eq!(this(1, 2, 3, 4).await.unwrap(), 10);
    }

    #[tokio::test]
    async fn the_future_borrows_and_can_be_sent() {
        fn sent<F: Future + Send>(future: F) -> F {
            future
        }
        let text = String::from("abc");
        assert_eq!(sent(named_lifetimes(&text, &text)).await.unwrap(), 6);
        let spawned = tokio::spawn(named_lifetimes("spawned", ""));
        assert_eq!(spawned.await.unwrap().unwrap(), 7);
    }
}

mod references {
    use evermemo::memoize;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    static CLONES: AtomicU32 = AtomicU32::new(0);

    /// An argument that tells when it is cloned.
    #[derive(Debug, PartialEq, Eq, Hash)]
    struct Id(u64);

    impl Clone for Id {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, SeqCst);
            Self(self.0)
        }
    }

    #[memoize(skip(seen))]
    async fn looked_up(id: &Id, seen: &Id) -> u64 {
        id.0 + seen.0
    }

    #[tokio::test]
    async fn are_owned_on_a_miss_only() {
        let (id, seen) = (Id(1), Id(2));
        assert_eq!(looked_up(&id, &seen).await.unwrap(), 3);
        let after_the_miss = CLONES.load(SeqCst);
        assert!(after_the_miss >= 2);
        assert_eq!(looked_up(&id, &seen).await.unwrap(), 3);
        assert_eq!(looked_up::outcome(&id, &seen).await.unwrap().source, evermemo::Source::Hit);
        assert_eq!(CLONES.load(SeqCst), after_the_miss);
    }
}

mod skip {
    use super::Count;
    use evermemo::memoize;
    use std::sync::Arc;

    #[memoize(skip(runs, note))]
    async fn skipping(runs: Arc<Count>, id: u64, note: &str) -> String {
        format!("{id} {note} {}", runs.one_more())
    }

    #[tokio::test]
    async fn what_is_skipped_makes_no_key() {
        let (a, b) = (Arc::new(Count::new()), Arc::new(Count::new()));
        assert_eq!(skipping(a.clone(), 1, "first").await.unwrap(), "1 first 1");
        assert_eq!(skipping(b.clone(), 1, "second").await.unwrap(), "1 first 1");
        assert_eq!(skipping::force_refresh(b.clone(), 1, "third").await.unwrap(), "1 third 1");
        skipping::invalidate(1).await;
        assert_eq!(skipping(b.clone(), 1, "fourth").await.unwrap(), "1 fourth 2");
        assert_eq!((a.get(), b.get()), (1, 2));
    }
}

mod key {
    use evermemo::memoize;

    #[memoize(key = name.to_lowercase())]
    async fn folded(name: &str, greeting: &str) -> String {
        format!("{greeting} {name}")
    }

    #[memoize(key = (x.to_bits(), tags.join(" ")), capacity = 2)]
    async fn scaled(x: f64, tags: Vec<String>, by: &f64) -> f64 {
        assert!(!tags.is_empty());
        x * by
    }

    #[memoize(key = value.to_string())]
    async fn shown<T: ToString + Clone + Send + Sync + 'static>(value: T) -> String {
        value.to_string()
    }

    #[tokio::test]
    async fn an_expression_makes_the_key() {
        assert_eq!(folded("Ann", "hello").await.unwrap(), "hello Ann");
        assert_eq!(folded("ANN", "bye").await.unwrap(), "hello Ann");
        assert_eq!(folded::cache().stats().hits, 1);
        // Only what the expression looks at is asked for.
        folded::invalidate("aNN").await;
        assert_eq!(folded("ANN", "bye").await.unwrap(), "bye ANN");
    }

    #[memoize(key = format!("{id:03} {cache}"))]
    async fn formatted(id: u8, cache: &str) -> String {
        format!("{id}{cache}")
    }

    #[tokio::test]
    async fn an_expression_may_name_arguments_in_text() {
        assert_eq!(formatted(1, "a").await.unwrap(), "1a");
        assert_eq!(formatted(1, "b").await.unwrap(), "1b");
        formatted::invalidate(1, "a").await;
        assert_eq!(formatted::cache().len(), 1);
    }

    #[tokio::test]
    async fn an_expression_may_use_values_up() {
        let tags = || vec!["a".to_owned()];
        assert!((scaled(1.5, tags(), &2.0).await.unwrap() - 3.0).abs() < 1e-9);
        assert!((scaled(1.5, tags(), &4.0).await.unwrap() - 3.0).abs() < 1e-9);
        assert!((scaled(2.5, tags(), &2.0).await.unwrap() - 5.0).abs() < 1e-9);
        assert_eq!(scaled::cache().stats().loads, 2);
    }

    #[tokio::test]
    async fn generic_functions_have_one_cache_for_each_choice() {
        assert_eq!(
            (shown(1_u8).await.unwrap(), shown(1_u16).await.unwrap()),
            ("1".into(), "1".into())
        );
        assert_eq!(shown::cache::<u8>().stats().loads, 1);
        assert_eq!(shown::cache::<u16>().stats().loads, 1);
    }
}

mod cache_if {
    use super::Count;
    use evermemo::memoize;
    use std::time::Duration;

    static RUNS: Count = Count::new();

    #[memoize(
        cache_if = |found: &Option<u32>| found.is_some(),
        expire_after = "1h",
        update_after = "never"
    )]
    async fn found(id: u32) -> Option<u32> {
        RUNS.one_more();
        (id > 3).then_some(id)
    }

    #[memoize(cache_if = |text| !text.is_empty())]
    async fn fallible(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    #[test]
    fn what_it_refuses_is_returned_and_not_stored() {
        evermemo::testing::run(async |time| {
            assert_eq!((found(1).await.unwrap(), found(1).await.unwrap()), (None, None));
            assert_eq!((RUNS.get(), found::cache().len()), (2, 0));
            assert_eq!((found(4).await.unwrap(), found(4).await.unwrap()), (Some(4), Some(4)));
            assert_eq!((RUNS.get(), found::cache().len()), (3, 1));
            // The durations are kept beside the predicate.
            time.advance(Duration::from_secs(3_599)).await;
            assert_eq!((found(4).await.unwrap(), RUNS.get()), (Some(4), 3));
            time.advance(Duration::from_secs(1)).await;
            assert_eq!((found(4).await.unwrap(), RUNS.get()), (Some(4), 4));
        });
    }

    #[tokio::test]
    async fn it_sees_the_value_of_a_result() {
        assert_eq!(fallible("").await.unwrap(), "");
        assert_eq!(fallible("a").await.unwrap(), "a");
        assert_eq!(fallible::cache().len(), 1);
    }

    #[test]
    fn what_it_refuses_takes_no_place() {
        #[memoize(cache_if = |run| *run != 2, update_after = "1s", expire_after = "1h")]
        async fn run() -> u32 {
            static RUNS: Count = Count::new();
            RUNS.one_more()
        }
        evermemo::testing::run(async |time| {
            assert_eq!(run().await.unwrap(), 1);
            time.advance(Duration::from_secs(1)).await;
            assert_eq!(run().await.unwrap(), 1); // a refresh starts, whose value is refused
            time.advance(Duration::from_secs(1)).await;
            assert_eq!(run().await.unwrap(), 1);
            time.advance(Duration::from_secs(1)).await;
            assert_eq!(run().await.unwrap(), 3);
        });
    }

    #[test]
    fn concurrent_callers_share_what_is_not_stored() {
        evermemo::testing::run(async |_| {
            #[memoize(cache_if = |_| false, skip(runs))]
            async fn slow(runs: &'static Count, id: u32) -> u32 {
                evermemo_tests::yielded().await;
                runs.one_more() + id
            }
            static SLOW: Count = Count::new();
            let (a, b) = futures_util::future::join(slow(&SLOW, 0), slow(&SLOW, 0)).await;
            assert_eq!((a.unwrap(), b.unwrap()), (1, 1));
            assert_eq!(slow(&SLOW, 0).await.unwrap(), 2);
        });
    }
}

mod results {
    use super::Count;
    use evermemo::memoize;
    use std::{fmt, io};

    static RUNS: Count = Count::new();

    #[memoize]
    async fn fails(id: u32) -> Result<u32, String> {
        RUNS.one_more();
        if id == 0 { Err("zero".into()) } else { Ok(id) }
    }

    #[memoize]
    async fn alias(id: u32) -> io::Result<u32> {
        if id == 0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(id) }
    }

    #[memoize]
    async fn bare_alias(ok: bool) -> fmt::Result {
        if ok { Ok(()) } else { Err(fmt::Error) }
    }

    #[memoize]
    async fn of_lists(id: u32) -> lists::Result<u32, String> {
        Ok(vec![id])
    }

    mod lists {
        pub(super) type Result<T, E> = core::result::Result<Vec<T>, E>;
    }

    #[memoize(result = whole)]
    async fn whole(id: u32) -> Result<u32, String> {
        RUNS.one_more();
        Err(id.to_string())
    }

    #[memoize]
    async fn nothing(_id: u32) {}

    #[tokio::test]
    async fn errors_are_answers_and_are_not_stored() {
        assert_eq!(fails(0).await.unwrap_err().cause().unwrap(), "zero");
        assert!(fails(0).await.is_err());
        assert_eq!(fails(1).await.unwrap(), 1);
        assert_eq!((fails::cache().len(), fails::cache().stats().load_failures), (1, 2));
        assert_eq!(fails::uncached(0).await, Err("zero".to_owned()));
    }

    #[tokio::test]
    async fn results_of_another_name_are_taken_apart() {
        assert_eq!(alias(1).await.unwrap(), 1);
        assert_eq!(alias(0).await.unwrap_err().cause().unwrap().kind(), io::ErrorKind::NotFound);
        assert!(bare_alias(true).await.is_ok());
        assert!(bare_alias(false).await.unwrap_err().cause().is_some());
        assert_eq!(of_lists(1).await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn a_whole_result_is_stored_as_it_is() {
        assert_eq!(whole(1).await.unwrap(), Err("1".to_owned()));
        assert_eq!(whole(1).await.unwrap(), Err("1".to_owned()));
        assert_eq!((whole::cache().stats().loads, whole::cache().stats().hits), (1, 1));
    }

    #[tokio::test]
    async fn no_value_is_one_too() {
        nothing(1).await.unwrap();
        nothing(1).await.unwrap();
        assert_eq!(nothing::cache().stats().hits, 1);
    }
}

mod generics {
    use evermemo::memoize;
    use std::{any::type_name, hash::Hash};

    #[memoize]
    async fn name<T: 'static>() -> &'static str {
        type_name::<T>()
    }

    #[memoize]
    async fn lent<T, const N: usize>(value: &T, more: &[T; N]) -> Vec<T>
    where
        T: Clone + Hash + Eq + Send + Sync + 'static,
    {
        let mut all = more.to_vec();
        all.push(value.clone());
        all
    }

    #[tokio::test]
    async fn each_choice_has_its_cache() {
        assert_eq!((name::<u8>().await.unwrap(), name::<u16>().await.unwrap()), ("u8", "u16"));
        assert_eq!((name::<u8>().await.unwrap(), name::<u32>().await.unwrap()), ("u8", "u32"));
        assert_eq!((name::cache::<u8>().stats().hits, name::cache::<u16>().stats().hits), (1, 0));
        name::invalidate::<u8>().await;
        assert_eq!((name::cache::<u8>().len(), name::cache::<u16>().len()), (0, 1));
    }

    #[tokio::test]
    async fn parameters_are_found_by_the_arguments() {
        assert_eq!(lent(&1, &[2, 3]).await.unwrap(), [2, 3, 1]);
        assert_eq!(lent(&'a', &[]).await.unwrap(), ['a']);
        assert_eq!(lent(&1, &[2, 3]).await.unwrap(), [2, 3, 1]);
        assert_eq!(lent::cache::<i32, 2>().stats().hits, 1);
    }
}

mod methods {
    use super::Count;
    use evermemo::{Cache, Source, memoize};
    use std::{
        fmt::Display,
        sync::{Arc, LazyLock},
    };

    static SHARED: LazyLock<Cache<u32, u32>> =
        LazyLock::new(|| evermemo::builder().capacity(7).build());

    #[derive(Clone, Default)]
    struct Shop<T: Clone + Send + Sync + 'static> {
        runs: Arc<Count>,
        markup: T,
        prices: Cache<u32, String>,
        keyed: Cache<u32, u32>,
    }

    impl<T: Clone + Display + Send + Sync + 'static> Shop<T> {
        #[memoize(in = self.prices)]
        async fn price(&self, sku: u32) -> String {
            self.runs.one_more();
            format!("{sku}+{}", self.markup)
        }

        #[memoize(in = self.keyed, key = sku / 10)]
        async fn tens(&self, sku: u32, note: &str) -> u32 {
            sku + u32::try_from(note.len()).unwrap()
        }

        /// Its argument has the name of something that the macro writes.
        #[memoize(in = self.prices)]
        async fn named(&self, cache: u32) -> String {
            format!("{cache}{}", self.markup)
        }

        #[memoize(skip(self))]
        async fn shown(&self, more: &T) -> String
        where
            T: std::hash::Hash + Eq,
        {
            self.runs.one_more();
            format!("{}{more}", self.markup)
        }

        #[memoize(skip(self))]
        async fn by_arc(self: Arc<Self>, id: u32) -> u32 {
            self.runs.one_more() + id
        }

        #[memoize(skip(self))]
        async fn by_arc_lent(self: &Arc<Self>, id: u32) -> u32 {
            self.runs.one_more() + id
        }

        #[memoize(method)]
        async fn associated(id: u32) -> u32 {
            id + 1
        }
    }

    /// A free function with its cache in a place.
    #[memoize(in = SHARED)]
    async fn placed(id: u32) -> u32 {
        id * 2
    }

    fn shop(markup: u32) -> Shop<u32> {
        Shop { markup, ..Shop::default() }
    }

    #[tokio::test]
    async fn a_field_holds_a_cache_for_each_instance() {
        let (a, b) = (shop(1), shop(2));
        assert_eq!(
            (a.price(10).await.unwrap(), b.price(10).await.unwrap()),
            ("10+1".into(), "10+2".into())
        );
        assert_eq!(a.price_outcome(10).await.unwrap().source, Source::Hit);
        assert_eq!(a.price_force_refresh(10).await.unwrap(), "10+1");
        a.price_invalidate(10).await;
        assert_eq!((a.prices.len(), b.prices.len()), (0, 1));
        assert_eq!(a.price_uncached(10).await, "10+1");
        assert_eq!((a.runs.get(), b.runs.get()), (3, 1));
        assert_eq!((a.tens(11, "a").await.unwrap(), a.tens(15, "b").await.unwrap()), (12, 12));
        assert_eq!(a.named(7).await.unwrap(), "71");
        a.tens_invalidate(19).await;
        assert_eq!(a.keyed.len(), 0);
    }

    #[tokio::test]
    async fn one_cache_serves_all_instances_of_a_type() {
        let (a, b) = (shop(1), shop(2));
        assert_eq!(
            (a.shown(&3).await.unwrap(), b.shown(&3).await.unwrap()),
            ("13".into(), "13".into())
        );
        // Another choice of the block's parameters is another type.
        let text = Shop { markup: "x", ..Shop::default() };
        assert_eq!(text.shown(&"y").await.unwrap(), "xy");
        assert_eq!(Shop::<u32>::shown_cache().stats().calls(), 2);
        assert_eq!(Shop::<&'static str>::shown_cache().stats().calls(), 1);
        Shop::<u32>::shown_invalidate(&3).await;
        assert_eq!(b.shown(&3).await.unwrap(), "23");
    }

    #[tokio::test]
    async fn receivers_may_be_shared_pointers_or_missing() {
        let shop = Arc::new(shop(1));
        assert_eq!(
            (shop.clone().by_arc(1).await.unwrap(), shop.by_arc_lent(1).await.unwrap()),
            (2, 3)
        );
        assert_eq!(
            (shop.clone().by_arc(1).await.unwrap(), shop.by_arc_lent(1).await.unwrap()),
            (2, 3)
        );
        assert_eq!(Shop::<u8>::associated(1).await.unwrap(), 2);
        Shop::<u8>::associated_invalidate(1).await;
        assert_eq!(Shop::<u8>::associated_cache().len(), 0);
    }

    #[tokio::test]
    async fn a_place_need_not_be_a_field() {
        assert_eq!((placed(4).await.unwrap(), placed(4).await.unwrap()), (8, 8));
        assert_eq!(SHARED.stats().hits, 1);
        placed::invalidate(4).await;
        assert_eq!(SHARED.len(), 0);
    }
}

mod local {
    use evermemo::{TokioLocal, memoize};
    use std::{cell::Cell, rc::Rc};

    thread_local!(static RUNS: Cell<u32> = const { Cell::new(0) });

    #[memoize(local, runtime = TokioLocal)]
    async fn shared(id: Rc<str>) -> Result<Rc<str>, Rc<str>> {
        let held = Rc::new(id);
        tokio::task::yield_now().await;
        RUNS.set(RUNS.get() + 1);
        if held.is_empty() { Err("empty".into()) } else { Ok((*held).clone()) }
    }

    #[memoize(local, runtime = TokioLocal)]
    async fn generic<T: Clone + 'static>() -> Rc<Option<T>> {
        Rc::new(None)
    }

    fn on_this_thread(test: impl Future<Output = ()>) {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        tokio::task::LocalSet::new().block_on(&tokio, test);
    }

    #[test]
    fn nothing_has_to_be_send() {
        on_this_thread(async {
            assert_eq!(&*shared("a".into()).await.unwrap(), "a");
            assert_eq!(&*shared("a".into()).await.unwrap(), "a");
            assert_eq!(RUNS.get(), 1);
            assert_eq!(shared::outcome("a".into()).await.unwrap().source, evermemo::Source::Hit);
            shared::invalidate("a".into()).await;
            assert_eq!(shared::cache().len(), 0);
            assert_eq!(&*shared::force_refresh("a".into()).await.unwrap(), "a");
            assert_eq!(RUNS.get(), 2);
            assert!(shared("".into()).await.unwrap_err().cause().is_some());
            assert!(generic::<Rc<u8>>().await.unwrap().is_none());
            assert_eq!(generic::cache::<Rc<u8>>().stats().loads, 1);
        });
    }

    #[test]
    fn each_thread_has_its_cache() {
        let calls = || {
            on_this_thread(async { drop(shared("b".into()).await.unwrap()) });
            shared::cache().stats().calls()
        };
        assert_eq!((calls(), std::thread::spawn(calls).join().unwrap()), (1, 1));
    }
}

mod options {
    use super::Count;
    use evermemo::{Policy, memoize};
    use std::time::Duration;

    const TEN: Duration = Duration::from_secs(10);
    static RUNS: Count = Count::new();

    #[memoize(
        update_after = TEN,
        expire_after = "1m30s",
        method_timeout = TEN / 2,
        capacity = 1 + 1,
        policy = Lru
    )]
    async fn dated(id: u32) -> u32 {
        if id == 9 {
            std::future::pending::<()>().await;
        }
        id + RUNS.one_more()
    }

    #[memoize(method_timeout = None, policy = Policy::LeastRecentlyUpdated)]
    async fn untimed(id: u32) -> u32 {
        id
    }

    #[test]
    fn durations_are_text_or_expressions() {
        evermemo::testing::run(async |time| {
            assert_eq!(dated(0).await.unwrap(), 1);
            time.advance(TEN - Duration::from_nanos(1)).await;
            assert_eq!(dated(0).await.unwrap(), 1);
            time.advance(Duration::from_nanos(1)).await;
            assert_eq!(dated::outcome(0).await.unwrap().source, evermemo::Source::Stale);
            time.advance(Duration::from_secs(1)).await;
            assert_eq!(dated(0).await.unwrap(), 2);
            time.advance(Duration::from_secs(90)).await;
            assert_eq!(dated::outcome(0).await.unwrap().source, evermemo::Source::Loaded);
            let started = time.elapsed();
            assert!(dated(9).await.unwrap_err().is_timeout());
            assert_eq!(time.elapsed() - started, TEN / 2);
        });
    }

    #[test]
    fn without_a_life_nothing_is_stored() {
        #[memoize(expire_after = "0s")]
        async fn numbered() -> u32 {
            static RUNS: Count = Count::new();
            evermemo_tests::yielded().await;
            RUNS.one_more()
        }
        evermemo::testing::run(async |_| {
            let both = futures_util::future::join(numbered(), numbered()).await;
            assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
            assert_eq!(numbered().await.unwrap(), 2);
            assert_eq!(numbered::cache().len(), 0);
        });
    }

    #[tokio::test]
    async fn capacity_and_policy_are_expressions() {
        assert_eq!(dated::cache().configuration().method_timeout, Some(TEN / 2));
        assert_eq!(untimed::cache().configuration().method_timeout, None);
        assert_eq!(untimed(1).await.unwrap(), 1);
    }

    mod renamed {
        pub(super) use evermemo as inner;
    }

    #[memoize(crate = renamed::inner, runtime = evermemo::Tokio)]
    async fn elsewhere(id: u32) -> u32 {
        id
    }

    #[tokio::test]
    async fn the_crate_and_the_runtime_may_be_named() {
        assert_eq!(elsewhere(1).await.unwrap(), 1);
        let _: &evermemo::Tokio = elsewhere::cache().runtime();
    }
}

mod items {
    mod inner {
        use evermemo::memoize;

        #[derive(Clone)]
        struct Private(u8);

        /// Is seen from outside.
        #[memoize]
        pub(in super::super) async fn visible(n: u8) -> u8 {
            hidden(n).await.unwrap().0
        }

        #[memoize]
        async fn hidden(n: u8) -> Private {
            Private(super::base() + n)
        }

        #[memoize]
        pub(super) async fn r#match(n: u8) -> u8 {
            n
        }

        #[memoize]
        #[cfg(any())]
        pub(super) async fn visible(n: u8) -> NoSuchType {
            n
        }

        #[memoize]
        #[deprecated = "it is old"]
        #[allow(clippy::needless_pass_by_value)]
        pub(super) async fn old(text: String) -> usize {
            text.len()
        }

        #[memoize]
        #[expect(clippy::let_and_return, reason = "it speaks of the body")]
        pub(super) async fn expected(n: u8) -> u8 {
            let n = n + 1;
            n
        }
    }

    fn base() -> u8 {
        1
    }

    use inner::visible;

    #[tokio::test]
    async fn one_import_brings_the_function_and_its_companion() {
        assert_eq!(visible(1).await.unwrap(), 2);
        assert_eq!(visible::cache().stats().loads, 1);
        assert_eq!(inner::expected(1).await.unwrap(), 2);
        assert_eq!(inner::r#match(1).await.unwrap(), 1);
        inner::r#match::invalidate(1).await;
    }

    #[tokio::test]
    #[expect(deprecated, reason = "the attribute is kept")]
    async fn attributes_are_kept() {
        assert_eq!(inner::old("abc".into()).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn functions_may_be_local() {
        const FACTOR: u8 = 3;
        #[evermemo::memoize]
        async fn local(n: u8) -> u8 {
            n * FACTOR
        }
        assert_eq!((local(2).await.unwrap(), local(2).await.unwrap()), (6, 6));
        assert_eq!(local::cache().stats().hits, 1);
    }

    #[tokio::test]
    async fn bodies_return_early_and_ask() {
        #[evermemo::memoize]
        async fn parsed(text: &str) -> Result<u8, std::num::ParseIntError> {
            if text.is_empty() {
                return Ok(0);
            }
            let number: u8 = text.parse()?;
            Ok(number)
        }
        assert_eq!((parsed("").await.unwrap(), parsed("7").await.unwrap()), (0, 7));
        assert!(parsed("x").await.is_err());
    }
}

mod futures {
    use evermemo::memoize;

    #[memoize]
    async fn wide(bytes: [u8; 256]) -> u8 {
        bytes[0]
    }

    #[memoize(skip(bytes))]
    async fn lent(bytes: &[u8; 256], id: u64) -> u8 {
        bytes[0] + u8::try_from(id).unwrap()
    }

    #[test]
    fn hold_their_arguments_once() {
        assert!(size_of_val(&wide([0; 256])) <= 256 + 64);
        assert!(size_of_val(&lent(&[0; 256], 1)) <= 64);
    }
}
