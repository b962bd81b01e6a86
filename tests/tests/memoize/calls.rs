//! What `f(..)` and `f::call(..)` return: one type with a name, for which something can be set.

use evermemo::{
    Auto, Cache, Lent, MultiThreaded, Refresh, Runtime, SingleThreaded, Source, TokioLocal,
    WithOutcome,
    memo::{ByReference, FunctionCall, InHand, Own, OwnedFunctionCall},
    memoize,
};
use std::{convert::Infallible, rc::Rc, sync::LazyLock};

use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};

#[memoize]
async fn square(n: u64) -> u64 {
    n * n
}

#[memoize]
async fn price(article: u32, currency: &str) -> Result<String, String> {
    Ok(format!("{article} {currency}"))
}

#[memoize(skip(factor))]
async fn scaled(n: u64, factor: &u64) -> u64 {
    n * factor
}

type Price<'a> = FunctionCall<
    'static,
    (u32, String),
    String,
    String,
    Auto,
    ByReference<(Own<u32>, Lent<'a, str>)>,
>;

/// Calls that are kept, to be awaited later.
struct Kept<'a> {
    square: FunctionCall<'static, u64, u64>,
    price: Price<'a>,
    scaled: FunctionCall<'static, u64, u64, Infallible, Auto, InHand, &'a u64>,
    told: WithOutcome<FunctionCall<'static, u64, u64>>,
}

#[tokio::test]
async fn stand_in_a_field() {
    let (currency, factor) = ("EUR".to_owned(), 3);
    let kept = Kept {
        square: square(12),
        price: price(7, &currency),
        scaled: scaled(5, &factor),
        told: square::call(12).outcome(),
    };
    assert_eq!(kept.square.await.unwrap(), 144);
    assert_eq!(kept.price.await.unwrap(), "7 EUR");
    assert_eq!(kept.scaled.await.unwrap(), 15);
    assert_eq!(kept.told.await.unwrap().source, Source::Hit);
}

#[tokio::test]
async fn run_together() {
    let squares = join_all((100..140).map(square)).await;
    assert!(squares.into_iter().zip(100..).all(|(square, n)| square.unwrap() == n * n));
    let mut calls: FuturesUnordered<_> = (100..103).map(square::call).collect();
    let mut sum = 0;
    while let Some(square) = calls.next().await {
        sum += square.unwrap();
    }
    assert_eq!(sum, 10_000 + 10_201 + 10_404);
    let first = tokio::select! {
        square = square(100) => square,
        () = std::future::pending() => unreachable!("it never ends"),
    };
    assert_eq!(first.unwrap(), 10_000);
}

#[derive(Clone)]
struct Shop<R: Runtime = Auto> {
    by: u32,
    rows: Cache<u32, u32, Infallible, R>,
}

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Shop<R> {
    #[memoize(in = self.rows)]
    async fn row(&self, id: u32) -> u32 {
        id * self.by
    }

    #[memoize(in = self.rows, key = u32::from(*id))]
    async fn keyed(&self, id: &u16) -> u32 {
        u32::from(*id) * self.by
    }

    #[memoize(in = self.rows, skip(_label))]
    #[allow(clippy::needless_lifetimes, reason = "a borrow with a name beside one without")]
    async fn named<'shop>(&'shop self, id: u32, _label: &str) -> u32 {
        id * self.by
    }

    #[memoize(skip(self))]
    async fn shared(&self, n: u64, text: &str) -> String {
        format!("{text} {n}")
    }

    #[memoize(method)]
    async fn alone(price: u64) -> u64 {
        price + 1
    }
}

static ROWS: LazyLock<Cache<u32, u32>> = LazyLock::new(|| evermemo::builder().build());

#[memoize(in = ROWS)]
async fn placed(n: u32) -> u32 {
    n + 1
}

#[memoize(in = shop.rows, skip(shop))]
async fn lent(shop: &Shop, n: u32) -> u32 {
    n * shop.by
}

#[memoize(key = text.len())]
async fn keyed(text: &str) -> usize {
    text.len()
}

#[memoize]
async fn parsed<T>(text: &str) -> Result<T, String>
where
    T: std::str::FromStr + Clone + Send + Sync + 'static,
{
    text.parse().map_err(|_| text.to_owned())
}

// An argument that is called as the function is.
#[memoize]
async fn echo(echo: u64) -> u64 {
    echo
}

#[memoize]
#[deprecated = "to see that what is written uses no such function"]
async fn old(n: u64) -> u64 {
    n
}

/// Awaits a call in each of its ways.
macro_rules! each_way {
    ($($value:expr => $plain:expr, $call:expr, $forced:expr, $told:expr;)*) => {
        $({
            assert_eq!($plain.await.unwrap(), $value);
            assert_eq!($call.await.unwrap(), $value);
            assert_eq!($call.outcome().await.unwrap().source, Source::Hit);
            assert_eq!($told.await.unwrap().source, Source::Hit);
            assert_eq!($plain.outcome().await.unwrap().source, Source::Hit);
            assert_eq!($call.force().await.unwrap(), $value);
            assert_eq!($call.force().outcome().await.unwrap().source, Source::Loaded);
            assert_eq!($forced.await.unwrap(), $value);
            assert_eq!($forced.outcome().await.unwrap().source, Source::Loaded);
            assert_eq!($call.refresh().unwrap(), Refresh::Started);
        })*
    };
}

#[tokio::test]
async fn can_be_set_wherever_the_cache_is() {
    let shop = Shop::<Auto> { by: 2, rows: evermemo::builder().build() };
    each_way! {
        4 => square(2), square::call(2), square::force_refresh(2), square::outcome(2);
        "1 x" => price(1, "x"), price::call(1, "x"), price::force_refresh(1, "x"),
            price::outcome(1, "x");
        4 => shop.row(2), shop.row_call(2), shop.row_force_refresh(2), shop.row_outcome(2);
        6 => shop.keyed(&3), shop.keyed_call(&3), shop.keyed_force_refresh(&3),
            shop.keyed_outcome(&3);
        8 => shop.named(4, "a"), shop.named_call(4, "a"), shop.named_force_refresh(4, "a"),
            shop.named_outcome(4, "a");
        "a 1" => shop.shared(1, "a"), shop.shared_call(1, "a"), shop.shared_force_refresh(1, "a"),
            shop.shared_outcome(1, "a");
        8 => Shop::<Auto>::alone(7), Shop::<Auto>::alone_call(7),
            Shop::<Auto>::alone_force_refresh(7), Shop::<Auto>::alone_outcome(7);
        2 => placed(1), placed::call(1), placed::force_refresh(1), placed::outcome(1);
        10 => lent(&shop, 5), lent::call(&shop, 5), lent::force_refresh(&shop, 5),
            lent::outcome(&shop, 5);
        3 => keyed("abc"), keyed::call("abc"), keyed::force_refresh("abc"), keyed::outcome("abc");
        7 => parsed::<u8>("7"), parsed::call::<u8>("7"), parsed::force_refresh::<u8>("7"),
            parsed::outcome::<u8>("7");
        9 => echo(9), echo::call(9), echo::force_refresh(9), echo::outcome(9);
    }
    assert_eq!(old::call(1).await.unwrap(), 1);
    #[allow(deprecated, reason = "it is called under its own name")]
    let started = [
        square::refresh(3).unwrap(),
        price::refresh(2, "x").unwrap(),
        shop.row_refresh(30).unwrap(),
        shop.keyed_refresh(&40).unwrap(),
        shop.shared_refresh(2, "a").unwrap(),
        Shop::<Auto>::alone_refresh(8).unwrap(),
        placed::refresh(2).unwrap(),
        lent::refresh(&shop, 60).unwrap(),
        keyed::refresh("abcd").unwrap(),
        parsed::refresh::<u8>("8").unwrap(),
        old::refresh(2).unwrap(),
    ];
    assert_eq!(started, [Refresh::Started; 11]);
    assert_eq!(square::refresh(3).unwrap(), Refresh::UnderWay);
}

#[memoize(local, runtime = TokioLocal)]
async fn shared(n: u64) -> Rc<u64> {
    Rc::new(n)
}

/// A call of a function with a cache on each thread.
struct KeptHere {
    call: OwnedFunctionCall<u64, Rc<u64>, Infallible, TokioLocal, InHand, (), SingleThreaded>,
}

#[derive(Clone)]
struct Here(Cache<u64, Rc<u64>, Infallible, TokioLocal>);

impl Here {
    #[memoize(local, in = self.0)]
    async fn shared(&self, n: u64) -> Rc<u64> {
        Rc::new(n)
    }
}

#[test]
fn can_be_set_where_nothing_is_send() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio::task::LocalSet::new().block_on(&tokio, async {
        let kept = KeptHere { call: shared(1) };
        assert_eq!(*kept.call.await.unwrap(), 1);
        let runtime = TokioLocal::default();
        let here = Here(evermemo::Builder::on(runtime).build_local());
        each_way! {
            Rc::new(1) => shared(1), shared::call(1), shared::force_refresh(1), shared::outcome(1);
            Rc::new(1) => here.shared(1), here.shared_call(1), here.shared_force_refresh(1),
                here.shared_outcome(1);
        }
        let both = join_all([shared(2), shared(2)]).await;
        assert!(both.into_iter().all(|shared| *shared.unwrap() == 2));
    });
}

#[test]
fn nothing_set_makes_none_larger() {
    let key = size_of::<u64>();
    assert!(size_of::<FunctionCall<'_, u64, u64>>() <= 48 + key);
    assert_eq!(
        size_of::<WithOutcome<FunctionCall<'_, u64, u64>>>(),
        size_of::<FunctionCall<'_, u64, u64>>()
    );
}

#[memoize(local, runtime = TokioLocal, update_after = "0s")]
async fn kept_here(n: u32) -> Rc<u32> {
    Rc::new(n)
}

#[derive(Debug)]
struct Refused;

impl From<evermemo::Error<Infallible>> for Refused {
    fn from(_: evermemo::Error<Infallible>) -> Self {
        Self
    }
}

#[memoize(error = Refused)]
async fn failing_otherwise(n: u32) -> u32 {
    n
}

/// Each kind of call, in any order, before or after the first setter.
#[test]
fn p4_10_functions_have_the_same_options() {
    use std::time::Duration;
    const SECOND: Duration = Duration::from_secs(1);
    evermemo::testing::run(async |time| {
        square(5).await.unwrap();
        time.advance(SECOND).await;
        let call = square(5).soft_timeout(SECOND).max_age(2 * SECOND).fresh().max_stale(SECOND);
        assert_eq!(call.outcome().await.unwrap().source, Source::Hit);
        let call = square::call(5).fresh().max_age(SECOND / 2).outcome();
        assert_eq!(call.await.unwrap().source, Source::Loaded);
        let call = square(5).max_stale(SECOND).force();
        assert_eq!(call.outcome().await.unwrap().source, Source::Loaded);
        assert_eq!(failing_otherwise(1).await.unwrap(), 1);
        let call = failing_otherwise(1).max_age(SECOND).soft_timeout(SECOND).outcome();
        assert_eq!(call.await.unwrap().source, Source::Hit);
        assert_eq!(failing_otherwise(1).fresh().await.unwrap(), 1);
        assert_eq!(failing_otherwise(1).max_stale(SECOND).await.unwrap(), 1);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        assert_eq!(*kept_here(3).await.unwrap(), 3);
        let call = kept_here(3).fresh().max_stale(SECOND).outcome();
        assert_eq!(call.await.unwrap().source, Source::Loaded);
        assert_eq!(*kept_here(3).max_age(SECOND).soft_timeout(SECOND).await.unwrap(), 3);
        assert_eq!(*kept_here(3).soft_timeout(SECOND).await.unwrap(), 3);
    });
}
