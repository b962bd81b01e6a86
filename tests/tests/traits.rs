//! Methods of traits: one that calls a memo which the implementor holds, and one that is memoized
//! itself, in a cache of the implementor's.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
// What the attribute writes is silent where its user is strict.
#![warn(clippy::pedantic, missing_docs)]

use evermemo::{
    Auto, Builder, Cache, Error, Memo, MultiThreaded, Runtime, SingleThreaded, SmolLocal, Source,
    Tokio, TokioLocal, memoize,
};
use evermemo_tests::{Runs, Timed, on_every_runtime, rows, yielded};
use std::{
    convert::Infallible, error::Error as StdError, future::Future, pin::Pin, rc::Rc, sync::Arc,
};

on_every_runtime! {
    a_memo_is_called_by_a_native_method,
    a_memo_is_called_by_a_boxed_method_behind_a_pointer,
}

/// What is asked, by a native method.
trait Prices {
    async fn price(&self, sku: u32) -> Result<u64, Error<String>>;
}

/// The same by a method that is boxed, so that it may be behind a pointer.
trait BoxedPrices {
    fn price(&self, sku: u32) -> BoxedPrice<'_>;
}

type BoxedPrice<'a> = Pin<Box<dyn Future<Output = Result<u64, Error<String>>> + Send + 'a>>;

#[derive(Clone, Default)]
struct Backend {
    runs: Runs,
}

impl Backend {
    async fn price(&self, sku: u32) -> Result<u64, String> {
        self.runs.begin();
        yielded().await;
        if sku == 0 { Err("no such article".to_owned()) } else { Ok(u64::from(sku) * 10) }
    }
}

/// Remembers what a backend says.
struct Remembered<R: Runtime> {
    prices: Memo<u32, u64, String, R>,
}

impl<R: Runtime> Remembered<R> {
    fn new(rt: R, backend: Backend) -> Self {
        let prices = Builder::on(rt).try_wrap(move |sku| {
            let backend = backend.clone();
            async move { backend.price(sku).await }
        });
        Self { prices }
    }
}

impl<R: Runtime> Prices for Remembered<R> {
    async fn price(&self, sku: u32) -> Result<u64, Error<String>> {
        self.prices.call(sku).await
    }
}

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> BoxedPrices for Remembered<R> {
    fn price(&self, sku: u32) -> BoxedPrice<'_> {
        Box::pin(self.prices.call(sku))
    }
}

async fn a_memo_is_called_by_a_native_method<R: Timed>(rt: R) {
    let backend = Backend::default();
    let prices = Remembered::new(rt, backend.clone());
    for _ in 0..3 {
        assert_eq!(Prices::price(&prices, 7).await.unwrap(), 70);
    }
    assert_eq!(backend.runs.count(), 1);
    assert!(Prices::price(&prices, 0).await.is_err());
    assert!(Prices::price(&prices, 0).await.is_err());
    assert_eq!(backend.runs.count(), 3);
}

async fn a_memo_is_called_by_a_boxed_method_behind_a_pointer<R: Timed>(rt: R) {
    /// A method whose future stays on its thread, as that of any runtime may.
    trait Anywhere {
        fn price(&self, sku: u32) -> Pin<Box<dyn Future<Output = u64> + '_>>;
    }

    impl<R: Runtime> Anywhere for Remembered<R> {
        fn price(&self, sku: u32) -> Pin<Box<dyn Future<Output = u64> + '_>> {
            Box::pin(async move { self.prices.call(sku).await.unwrap() })
        }
    }

    let backend = Backend::default();
    let prices: Arc<dyn Anywhere> = Arc::new(Remembered::new(rt, backend.clone()));
    assert_eq!((prices.price(7).await, prices.price(7).await), (70, 70));
    assert_eq!(backend.runs.count(), 1);
}

#[tokio::test]
async fn a_memo_is_called_by_a_method_of_an_object_in_a_task() {
    let backend = Backend::default();
    let prices = Remembered::new(Tokio::default(), backend.clone());
    let prices: Arc<dyn BoxedPrices + Send + Sync> = Arc::new(prices);
    let same = prices.clone();
    assert_eq!(tokio::spawn(async move { same.price(7).await }).await.unwrap().unwrap(), 70);
    assert_eq!(prices.price(7).await.unwrap(), 70);
    assert_eq!(backend.runs.count(), 1);
}

/// Makes a module of tests of each scenario, on the runtimes whose loads may move between threads.
macro_rules! on_runtimes_of_threads {
    ($($scenario:ident),* $(,)?) => {$(
        mod $scenario {
            use super::rows;

            #[test]
            fn tokio_multi_thread() {
                rows::tokio_multi_thread(super::$scenario);
            }

            #[test]
            fn tokio_current_thread() {
                rows::tokio_current_thread(super::$scenario);
            }

            #[test]
            fn async_std() {
                rows::async_std(super::$scenario);
            }

            #[test]
            fn smol() {
                rows::smol(super::$scenario);
            }

            #[test]
            fn virtual_time() {
                rows::virtual_time(super::$scenario);
            }
        }
    )*};
}

on_runtimes_of_threads! {
    a_provided_method_is_memoized_in_a_handle_of_the_implementor,
    a_provided_method_is_memoized_in_a_cache_that_is_lent,
    a_provided_method_is_memoized_by_a_key_of_its_own,
    a_provided_method_is_memoized_of_implementors_behind_a_pointer,
}

/// Whose cache is handed out.
trait Shop {
    type Rt: Runtime<Threading = MultiThreaded> + Send + Sync;

    fn cache(&self) -> Cache<(u32, String), String, Infallible, Self::Rt>;

    fn markup(&self) -> u32;

    fn runs(&self) -> &Runs;

    /// Says what an article costs.
    #[memoize(in = self.cache())]
    async fn price(&self, sku: u32, currency: &str) -> String {
        self.runs().begin();
        format!("{} {currency}", sku + self.markup())
    }
}

#[derive(Clone)]
struct Corner<R: Runtime> {
    cache: Cache<(u32, String), String, Infallible, R>,
    markup: u32,
    runs: Runs,
}

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Shop for Corner<R> {
    type Rt = R;

    fn cache(&self) -> Cache<(u32, String), String, Infallible, R> {
        self.cache.clone()
    }

    fn markup(&self) -> u32 {
        self.markup
    }

    fn runs(&self) -> &Runs {
        &self.runs
    }
}

/// A caller who knows nothing but the trait, and moves its call to another thread.
#[allow(clippy::manual_async_fn, reason = "an `async fn` does not say that it is `Send`")]
fn asked<S>(shop: &S, sku: u32) -> impl Future<Output = String> + Send
where
    S: Shop + Clone + Send + Sync + 'static,
{
    async move { shop.price(sku, "EUR").await.unwrap() }
}

async fn a_provided_method_is_memoized_in_a_handle_of_the_implementor<R>(rt: R)
where
    R: Timed + Runtime<Threading = MultiThreaded> + Send + Sync,
{
    let shop =
        |markup| Corner { cache: Builder::on(rt.clone()).build(), markup, runs: Runs::default() };
    let (a, b) = (shop(1), shop(2));
    assert_eq!((asked(&a, 10).await, asked(&b, 10).await), ("11 EUR".into(), "12 EUR".into()));
    assert_eq!((asked(&a, 10).await, a.runs.count()), ("11 EUR".into(), 1));
    assert_eq!(a.price_outcome(10, "EUR").await.unwrap().source, Source::Hit);
    assert_eq!(a.price_force_refresh(10, "EUR").await.unwrap(), "11 EUR");
    assert_eq!((a.runs.count(), b.runs.count()), (2, 1));
    a.price_invalidate(10, "EUR").await;
    assert_eq!((a.cache.len(), b.cache.len()), (0, 1));
    assert_eq!(a.price_uncached(10, "EUR").await, "11 EUR");
    assert_eq!((a.runs.count(), a.cache.len()), (3, 0));
}

type Boxed = Box<dyn StdError + Send + Sync>;

/// Whose cache is lent, and whose methods can fail.
trait Library: Clone + Send + Sync + 'static {
    type Rt: Runtime<Threading = MultiThreaded> + Send + Sync;

    fn titles(&self) -> &Cache<&'static str, u64, Boxed, Self::Rt>;

    fn keyed(&self) -> Cache<String, u64, Infallible, Self::Rt>;

    fn runs(&self) -> &Runs;

    #[memoize(in = self.titles())]
    async fn pages(&self, title: &'static str) -> Result<u64, Boxed> {
        self.runs().begin();
        Ok(title.parse()?)
    }

    #[memoize(in = self.keyed(), key = title.to_lowercase())]
    async fn letters(&self, title: &str, _beside: f64) -> u64 {
        self.runs().begin();
        title.len() as u64
    }

    #[memoize(in = self.keyed())]
    async fn shared(self: &Arc<Self>, title: &str) -> u64 {
        self.runs().begin();
        title.len() as u64
    }
}

#[derive(Clone)]
struct Shelf<R: Runtime> {
    titles: Cache<&'static str, u64, Boxed, R>,
    keyed: Cache<String, u64, Infallible, R>,
    runs: Runs,
}

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Library for Shelf<R> {
    type Rt = R;

    fn titles(&self) -> &Cache<&'static str, u64, Boxed, R> {
        &self.titles
    }

    fn keyed(&self) -> Cache<String, u64, Infallible, R> {
        self.keyed.clone()
    }

    fn runs(&self) -> &Runs {
        &self.runs
    }
}

fn shelf<R: Runtime<Threading = MultiThreaded> + Send + Sync>(rt: &R) -> Shelf<R> {
    Shelf {
        titles: Builder::on(rt.clone()).build(),
        keyed: Builder::on(rt.clone()).build(),
        runs: Runs::default(),
    }
}

fn sent<F: Future + Send>(future: F) -> F {
    future
}

async fn a_provided_method_is_memoized_in_a_cache_that_is_lent<R>(rt: R)
where
    R: Timed + Runtime<Threading = MultiThreaded> + Send + Sync,
{
    let shelf = shelf(&rt);
    assert_eq!(sent(shelf.pages("120")).await.unwrap(), 120);
    assert_eq!(shelf.pages("120").await.unwrap(), 120);
    assert!(shelf.pages("many").await.is_err());
    assert_eq!((shelf.runs.count(), shelf.titles.len()), (2, 1));
    sent(shelf.pages_invalidate("120")).await;
    assert_eq!(shelf.titles.len(), 0);
}

async fn a_provided_method_is_memoized_by_a_key_of_its_own<R>(rt: R)
where
    R: Timed + Runtime<Threading = MultiThreaded> + Send + Sync,
{
    let shelf = shelf(&rt);
    assert_eq!(shelf.letters("Ulysses", 0.5).await.unwrap(), 7);
    assert_eq!(sent(shelf.letters("ULYSSES", 1.5)).await.unwrap(), 7);
    assert_eq!(shelf.runs.count(), 1);
    shelf.letters_invalidate("ulysses").await;
    assert_eq!(shelf.keyed.len(), 0);
}

async fn a_provided_method_is_memoized_of_implementors_behind_a_pointer<R>(rt: R)
where
    R: Timed + Runtime<Threading = MultiThreaded> + Send + Sync,
{
    let shelf = Arc::new(shelf(&rt));
    assert_eq!(sent(shelf.shared("Ulysses")).await.unwrap(), 7);
    assert_eq!((shelf.shared("Ulysses").await.unwrap(), shelf.runs.count()), (7, 1));
}

/// A trait whose implementors stay on their thread.
trait Local {
    type Rt: Runtime<Threading = SingleThreaded>;

    fn cache(&self) -> Cache<Rc<str>, usize, Infallible, Self::Rt>;

    fn runs(&self) -> &Runs;

    #[memoize(local, in = self.cache())]
    async fn length(&self, text: Rc<str>) -> usize {
        self.runs().begin();
        text.len()
    }
}

#[derive(Clone)]
struct Kept<R: Runtime> {
    cache: Cache<Rc<str>, usize, Infallible, R>,
    runs: Runs,
}

impl<R: Runtime<Threading = SingleThreaded>> Local for Kept<R> {
    type Rt = R;

    fn cache(&self) -> Cache<Rc<str>, usize, Infallible, R> {
        self.cache.clone()
    }

    fn runs(&self) -> &Runs {
        &self.runs
    }
}

async fn stays<R: Runtime<Threading = SingleThreaded>>(rt: R) {
    let kept = Kept { cache: Builder::on(rt).build_local(), runs: Runs::default() };
    assert_eq!(kept.length("four".into()).await.unwrap(), 4);
    assert_eq!(kept.length("four".into()).await.unwrap(), 4);
    assert_eq!(kept.runs.count(), 1);
}

#[test]
fn a_provided_method_is_memoized_on_one_thread_of_smol() {
    let rt = SmolLocal::default();
    rt.block_on(stays(rt.clone()));
}

#[tokio::test]
async fn a_provided_method_is_memoized_on_one_thread_of_tokio() {
    tokio::task::LocalSet::new().run_until(stays(TokioLocal::default())).await;
}

/// The smallest such trait, without a bound of its own, and on the runtime in context.
pub trait Small {
    /// Returns the cache.
    fn cache(&self) -> Cache<u64, u64, Infallible, Auto>;

    /// Squares a number.
    #[memoize(in = self.cache())]
    async fn square(&self, n: u64) -> u64 {
        n * n
    }
}

#[derive(Clone, Default)]
struct Squares(Cache<u64, u64>);

impl Small for Squares {
    fn cache(&self) -> Cache<u64, u64> {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_trait_need_not_ask_of_all_what_a_load_needs() {
    let squares = Squares::default();
    let same = squares.clone();
    assert_eq!(tokio::spawn(async move { same.square(4).await }).await.unwrap().unwrap(), 16);
    assert_eq!((squares.square(4).await.unwrap(), squares.0.stats().hits), (16, 1));
    // Such a trait can be behind a pointer, though the method cannot be called there.
    let object: &dyn Small = &squares;
    assert_eq!(object.cache().len(), 1);
}
