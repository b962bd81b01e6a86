//! The attribute `#[memoize]`.

extern crate alloc;

mod args;
mod attributes;
mod block;
mod call;
mod conditional;
mod duration;
mod expand;
mod fits;
mod generics;
mod given;
mod groups;
mod hooks;
mod hygiene;
mod item;
mod load;
mod named;
mod output;
mod patterns;
mod place;
mod provided;
mod search;
mod source;
mod surroundings;
mod types;
mod unknown;
mod valid;
mod variables;
mod words;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use syn::ItemFn;

use crate::{args::Args, item::Function};

/// Memoizes an `async fn`: its answers are cached by its arguments, refreshed before they grow too
/// old, and loaded once however many callers ask.
///
/// The function keeps its name, its visibility and its arguments; its calls return
/// [`Result<V, E>`](../evermemo/type.Result.html), since a load may also panic or time out. `V` and
/// `E` are those of a function that returns `Result<V, E>`; one that returns a plain value has no
/// error of its own. Errors are not cached.
///
/// ```
/// use evermemo::memoize;
///
/// /// Finds a user's name.
/// #[memoize(capacity = 1_000, update_after = "1m", expire_after = "1h")]
/// async fn name(id: u64, lang: &str) -> Result<String, std::num::TryFromIntError> {
///     // Ask a database, another service ..
///     Ok(format!("{lang} {}", u8::try_from(id)?))
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!(name(7, "en").await?, "en 7");
/// assert_eq!(name(7, "en").await?, "en 7"); // a hit: no `String` is made to look it up
/// assert_eq!(name::cache().stats().hits, 1);
/// assert!(name(1_000, "en").await.is_err());
/// # Ok::<(), evermemo::Error<std::num::TryFromIntError>>(())
/// # }).unwrap();
/// ```
///
/// A call does nothing until it is awaited. Dropped, it leaves its load to the other callers, or to
/// the runtime if there is none: the load ends, and its value is cached. It must not rely on
/// task-local values, since it may move to another task.
///
/// # The companion
///
/// A type of the same name, which the same `use` imports, controls the cache of a function `f`:
///
/// | | |
/// |---|---|
/// | `f::force_refresh(..)` | loads whatever is cached, and caches the new value |
/// | `f::refresh(..)` | starts a load in the background, and returns at once |
/// | `f::outcome(..)` | answers with the value, where it came from and how old it is |
/// | `f::invalidate(keys)` | removes one answer; takes the arguments that make the key |
/// | `f::remove(keys)` | does the same, and hands out the entry that was stored |
/// | `f::get(keys)` | returns the answer that is stored, and loads nothing; it counts as a read |
/// | `f::peek(keys)`, `f::contains(keys)` | look into memory, and leave everything as it is |
/// | `f::entry_info(keys)` | does the same, for what is known of an entry besides its value |
/// | `f::uncached(..)` | runs the function without the cache, with the return type as written |
/// | `f::cache()` | the cache: `stats()`, `clear()`, `len()`, `insert(..)` .. |
///
/// Where the return type is taken for a `Result` by its name alone, as `AnswerResult` is, there are
/// no `f::get` and `f::remove`: ask `f::cache()`.
///
/// ```
/// # use evermemo::memoize;
/// #[memoize]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!(square(3).await?, 9);
/// square::invalidate(3).await;
/// assert_eq!(square::outcome(3).await?.source, evermemo::Source::Loaded);
/// assert_eq!(square::force_refresh(3).await?, square::uncached(3).await);
/// assert_eq!(square::call(3).force().outcome().await?.source, evermemo::Source::Loaded);
/// assert_eq!((square::get(3).await, square::peek(4)), (Some(9), None));
/// square::cache().clear().await;
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// A module, a struct or another type of the function's name conflicts with the companion, which
/// the compiler reports as E0428. Then `companion = name` gives it another one:
///
/// ```
/// # use evermemo::memoize;
/// mod user {
///     #[derive(Clone)]
///     pub struct User(pub u64);
/// }
///
/// #[memoize(companion = users)]
/// async fn user(id: u64) -> user::User {
///     user::User(id)
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!(user(7).await?.0, 7);
/// users::invalidate(7).await;
/// assert_eq!(users::cache().len(), 0);
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// `f(..)` and `f::call(..)` return a [`Call`](../evermemo/struct.Call.html), whose setters are the
/// options of this one call, before it is awaited: `max_age`, `fresh` and `max_stale` say which
/// entries answer it, `soft_timeout` bounds its wait, `force` loads, and `outcome` says where the
/// value came from. Its type has a name, to stand in a field:
/// [`memo::FunctionCall`](../evermemo/memo/type.FunctionCall.html). Where the cache is in a place,
/// or a key is made by an expression, a part of that type has none.
///
/// Two functions of one name are an E0428, too. In either case, what the compiler says after that
/// first message follows from it.
///
/// # Options
///
/// All are optional, in any order.
///
/// | | | default |
/// |---|---|---|
/// | `capacity = n` | the largest number of entries | 4096 |
/// | `policy = Lru` | which entry leaves first: a `Policy`, or its name alone | the builder's |
/// | `update_after = "10m"` | the age from which a read starts a refresh | 10 minutes |
/// | `expire_after = "30m"` | the age from which an entry is no longer an answer | 30 minutes |
/// | `method_timeout = "2s"` | how long a load may take | 2 minutes |
/// | `stale_if_error = "1h"` | how long after its expiry an entry answers if its load fails | off |
/// | `soft_timeout = "200ms"` | how long a caller with such an entry waits for a load | off |
/// | `refresh_backoff = expression` | pauses after failed loads: a `Backoff` | 1 s, doubled |
/// | `cache_errors_for = "1s"` | how long an error answers calls that find no other answer | off |
/// | `max_loads = n` | the largest number of loads at a time | no bound |
/// | `jitter = expression` | how much lives are shortened at random: a `Jitter` | not at all |
/// | `early_refresh = expression` | early refreshes at random: an `EarlyRefresh` | none |
/// | `sweep_every = "1m"` | how often dead entries are removed, before their room is needed | off |
/// | `observer = \|event\| ..` | observes all but hits; or an `Observer` | none |
/// | `weigher = \|key, value\| ..` | weighs an entry; `capacity` bounds the sum | 1 |
/// | `entry_builder = \|key, value, now\| ..` | makes entries; or a `CacheEntryBuilder` | by ages |
/// | `stale_if_error_when = \|error\| ..` | whether an error is an outage | all are |
/// | `valid_if = \|value\| ..` | whether a cached value may answer, by reference | all may |
/// | `skip(a, b)` | arguments that make no key | none |
/// | `key = expression` | the key, made of the arguments | all arguments |
/// | `cache_if = \|value\| ..` | whether a value is kept, by reference | all are |
/// | `result = whole` | caches a `Result` as it is, errors included | `Ok` values |
/// | `error = Type` | the error that callers get | `evermemo::Error<E>` |
/// | `in = expression` | the place of the cache, or a call that hands it out | a `static` |
/// | `runtime = Type` | the runtime, made by its `Default` | the one in context |
/// | `local` | nothing has to be `Send` | |
/// | `listed` | the cache is in the list of the process, `evermemo::caches`, from its first use | |
/// | `method` | for a function without a receiver in an `impl` block | |
/// | `companion = name` | the name of the companion | that of the function |
/// | `crate = path` | the path of `evermemo` | `::evermemo` |
///
/// A duration is text, of whole numbers with their units (`d`, `h`, `m`, `s`, `ms`, `us`, `ns`),
/// as in `"1h30m"`; or it is an expression of type `Duration`, of which `Duration::MAX` has no end.
/// Expressions are evaluated when the cache is used for the first time. Or it is a word:
///
/// | | `"off"` | `"forever"` | `"never"` |
/// |---|---|---|---|
/// | `update_after` | nothing is refreshed in the background | the same | the same |
/// | `expire_after` | nothing expires | the same | the same |
/// | `method_timeout` | a load may take five minutes, as locks do | the same | the same |
/// | `stale_if_error` | an expired entry is no answer | it is one at any age | refused |
/// | `soft_timeout` | callers wait until the load ends | the same | refused |
/// | `cache_errors_for` | no error is kept | one is kept until it is removed | refused |
/// | `sweep_every` | dead entries leave when room is needed | refused | as `"off"` |
///
/// A refused word could be taken for its opposite; the message names the alternative.
///
/// # Failures
///
/// The options from `stale_if_error` to `sweep_every` are the setters of these names of
/// [`Builder`](../evermemo/struct.Builder.html), which say more. `soft_timeout` needs
/// `stale_if_error`, as otherwise no expired entry is left to answer with.
///
/// ```
/// use evermemo::{Backoff, Source, memoize};
/// use std::{sync::atomic::{AtomicBool, Ordering::Relaxed}, time::Duration};
///
/// static UP: AtomicBool = AtomicBool::new(true);
///
/// #[memoize(
///     expire_after = "10m",
///     stale_if_error = "1h",
///     soft_timeout = "200ms",
///     refresh_backoff = Backoff::exponential(Duration::from_secs(5), Duration::from_secs(60)),
/// )]
/// async fn rate(currency: &str) -> Result<usize, String> {
///     if UP.load(Relaxed) { Ok(currency.len()) } else { Err("no connection".to_owned()) }
/// }
///
/// # evermemo::testing::run(async |time| {
/// assert_eq!(rate("EUR").await?, 3);
/// UP.store(false, Relaxed);
/// time.advance(Duration::from_secs(600)).await;
/// assert_eq!(rate::outcome("EUR").await?.source, Source::Stale); // the load failed
/// assert_eq!(rate("EUR").await?, 3); // none is tried so soon
/// assert_eq!(rate::cache().stats().load_failures, 1);
/// time.advance(Duration::from_secs(3600)).await;
/// assert!(rate("EUR").await.is_err());
/// # Ok::<(), evermemo::Error<String>>(())
/// # }).unwrap();
/// ```
///
/// # Cached values
///
/// Of a function that returns a `Result`, the `Ok` values are cached. A type whose name ends in
/// `Result` counts as one, whatever its parameters: `io::Result<V>`, `ApiResult<V>`, `DbResult`. If
/// it is none, such as a `struct SearchResult`, write `result = whole`: then the returned value is
/// cached as it is, an actual `Result` with its errors, too. A `Result` under another name, as in
/// `type Answer = Result<..>`, is an error of the compiler, unless with `result = whole`. It is
/// recognised except behind a type parameter.
///
/// A function that returns [`Cached<V>`](../evermemo/struct.Cached.html), or `Result<Cached<V>, E>`
/// by any such name, sets how its value is kept: for how long, or not at all. That takes precedence
/// over the options. Its callers get the `V`, and so do `cache_if` and the other functions in
/// options; `f::uncached(..)` has the return type as written. `Cached<Result<V, E>>` keeps errors
/// as values, with lives of their own.
///
/// ```
/// use evermemo::{Cached, Source, memoize};
/// use std::time::Duration;
///
/// type ApiResult<T> = Result<T, String>;
///
/// #[memoize(expire_after = "1h")]
/// async fn page(path: &str) -> ApiResult<Cached<String>> {
///     let page = Cached::new(format!("the page of {path}"));
///     Ok(match path {
///         "/login" => page.do_not_store(),
///         "/news" => page.expire_after(Duration::from_secs(10)),
///         "/admin" => return Err("forbidden".to_owned()),
///         _ => page,
///     })
/// }
///
/// # evermemo::testing::run(async |time| {
/// let news: String = page("/news").await?;
/// assert_eq!(page("/news").await?, news);
/// page("/login").await?;
/// assert!(page("/admin").await.is_err());
/// assert_eq!(page::cache().len(), 1);
/// time.advance(Duration::from_secs(10)).await;
/// assert_eq!(page::outcome("/news").await?.source, Source::Loaded);
/// # Ok::<(), evermemo::Error<String>>(())
/// # }).unwrap();
/// ```
///
/// # Observers, weighers, entry builders and predicates
///
/// `observer`, `weigher`, `entry_builder`, `stale_if_error_when` and `valid_if` are the setters of
/// these names of [`Builder`](../evermemo/struct.Builder.html), which say more. Closures need no
/// types, as the attribute knows them: the key is the owned type of the argument, or a tuple of
/// several. They capture nothing of a call, since they are made with the cache; its type does not
/// change by them.
///
/// `entry_builder` replaces `update_after` and `expire_after`. `stale_if_error_when` needs
/// `stale_if_error`, and is called for the function's errors only. `valid_if` is asked about each
/// cached value that is to answer a call: a value that it refuses is loaded anew, once for all
/// concurrent calls, and is no answer if that load fails.
///
/// Refreshes fail in the background, where no caller sees it, so a program in production logs them:
///
/// ```
/// use evermemo::{Event, Trigger, memoize};
/// # use std::{sync::Mutex, time::Duration};
/// # static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// # /// Stands for `tracing::warn!`.
/// # macro_rules! warn { ($($text:tt)*) => { LINES.lock().unwrap().push(format!($($text)*)) } }
///
/// #[memoize(
///     update_after = "1m",
///     observer = |event| if let Event::LoadEnded {
///         key, trigger: Trigger::Refresh, result: Err(failure), retried_after, ..
///     } = event {
///         warn!("the price of {key} was not refreshed: {failure}; again in {retried_after:?}");
///     },
/// )]
/// async fn price(article: u32) -> Result<u32, String> {
/// #   static LOADS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
/// #   if LOADS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0 {
/// #       return Err("no connection".to_owned());
/// #   }
///     // Ask a backend ..
///     Ok(article * 10)
/// }
///
/// # evermemo::testing::run(async |time| {
/// # price(7).await?;
/// # time.advance(Duration::from_secs(60)).await;
/// # price(7).await?;
/// # time.settle().await;
/// # let lines = LINES.lock().unwrap();
/// # assert_eq!(lines.len(), 1);
/// # assert!(lines[0].starts_with("the price of 7 was not refreshed: no connection; again in "));
/// # Ok::<(), evermemo::Error<String>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// A memoized function fails with an [`Error<E>`](../evermemo/struct.Error.html), as a load can
/// also time out or panic. Its source is the function's own error, an `E`, by the type that is
/// written; it needs no bound.
///
/// With `error = Type` callers get a `Type` instead, from the function, `outcome` and
/// `force_refresh` alike. It is made of the `Error<E>` by `From`. So a function that is memoized
/// later on changes none of its callers, with the error type that they know already:
///
/// ```
/// use evermemo::memoize;
/// use std::{fmt, num::ParseIntError};
///
/// #[derive(Clone, Debug)]
/// enum AppError {
///     Number(ParseIntError),
///     Load(evermemo::Error<AppError>),
/// }
///
/// impl From<evermemo::Error<AppError>> for AppError {
///     fn from(error: evermemo::Error<AppError>) -> Self {
///         // The function's own error as it is; other failures of a load as such.
///         error.into_method_error().unwrap_or_else(Self::Load)
///     }
/// }
/// # impl From<ParseIntError> for AppError {
/// #     fn from(error: ParseIntError) -> Self { Self::Number(error) }
/// # }
/// # impl std::error::Error for AppError {}
/// # impl fmt::Display for AppError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("it failed") }
/// # }
///
/// #[memoize(error = AppError)]
/// async fn number(text: &str) -> Result<u32, AppError> {
///     Ok(text.parse()?)
/// }
///
/// async fn twice(text: &str) -> Result<u32, AppError> {
///     Ok(number(text).await? * 2)
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!(twice("21").await?, 42);
/// assert!(matches!(twice("all").await, Err(AppError::Number(_))));
/// # Ok::<(), AppError>(())
/// # }).unwrap();
/// ```
///
/// # Keys
///
/// Every argument makes the key, compared by `Eq`: it has to be `Hash`, `Eq` and `Clone`. A
/// reference (`&str`, `&[T]`, `&T`) is looked up as it is and owned on a miss only. One that
/// borrows inside, such as `Option<&str>`, is refused.
///
/// `skip(..)` leaves arguments out. If one of them changes the answer, callers get each other's
/// answers: skip what the function works *with*, a pool or a client, and not what it works *on*. A
/// load owns that, too: what is passed by reference has to be `Clone`, or is an `&Arc<T>`, which
/// for an object is an `&Arc<dyn Client>`.
///
/// **Tests of one program share the cache, and run at the same time.** Two tests that skip a pool
/// each of its own get each other's answers, and `clear()` at the start of one removes the answers
/// that the other has just loaded. Give each test other keys, a cache of its own (`in =
/// self.field`) or a process of its own.
///
/// With `key = ..`, an expression makes the key instead, of the arguments that it names; those need
/// not be `Hash` or `Eq`. It may use them up: arguments that are passed by value are cloned for it.
/// `invalidate` takes these arguments only.
///
/// ```
/// # use evermemo::memoize;
/// #[derive(Clone)]
/// struct Pool;
///
/// #[memoize(skip(pool))]
/// async fn city(pool: &Pool, id: u64) -> String {
///     format!("city {id}")
/// }
///
/// #[memoize(key = name.to_lowercase(), cache_if = Option::is_some)]
/// async fn population(name: &str, fallback: Option<u64>) -> Option<u64> {
///     if name.eq_ignore_ascii_case("Rome") { Some(2_800_000) } else { fallback }
/// }
///
/// # evermemo::testing::run(async |_| {
/// city(&Pool, 7).await?;
/// city::invalidate(7).await;
///
/// population("ROME", None).await?;
/// assert_eq!(population("Rome", Some(1)).await?, Some(2_800_000));
/// assert_eq!(population("Oz", None).await?, None); // not kept
/// assert_eq!(population("Oz", Some(1)).await?, Some(1));
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// # Methods
///
/// `self` is never part of the key. `in = self.field` uses a cache that the instance holds, with
/// the settings that it was built with; `skip(self)` uses one cache for all instances, which then
/// have to answer alike. The load gets a clone of the receiver, made on a miss: `&self` needs a
/// type that is `Clone`, `self: &Arc<Self>` does not.
///
/// A load may go on when its caller has gone. So the type of the receiver holds no borrow: where
/// the attribute cannot see that of a `Shop<'_>`, the compiler says that borrowed data escapes
/// (E0521), and must outlive `'static`.
///
/// The clone moves with the load, so a type that is generic over its runtime needs
/// `R: Runtime<Threading = MultiThreaded> + Send + Sync`, and `Sleep: Send` if the body sleeps on
/// it; one with `R: Runtime` alone keeps a `Memo` in a field instead. So does one whose loads are
/// handed the entry that they replace (`wrap_loader`).
///
/// In an `impl` block the companion's functions are methods `f_call`, `f_force_refresh`,
/// `f_refresh`, `f_outcome`, `f_invalidate`, `f_uncached` and, unless the cache has a place,
/// `Self::f_cache`; with `companion = name` they begin with `name_`.
///
/// ```
/// use evermemo::{Cache, memoize};
///
/// #[derive(Clone, Default)]
/// struct Shop {
///     markup: u32,
///     prices: Cache<u32, u32>,
/// }
///
/// impl Shop {
///     #[memoize(in = self.prices)]
///     async fn price(&self, sku: u32) -> u32 {
///         sku + self.markup
///     }
///
///     #[memoize(skip(self))]
///     async fn country(&self, code: &str) -> String {
///         code.to_uppercase()
///     }
///
///     #[memoize(method)]
///     async fn currency(code: &str) -> String {
///         code.to_lowercase()
///     }
/// }
///
/// # evermemo::testing::run(async |_| {
/// let shop = Shop { markup: 1, ..Shop::default() };
/// assert_eq!(shop.price(10).await?, 11);
/// shop.price_invalidate(10).await;
/// shop.country("pl").await?;
/// Shop::country_invalidate("pl").await;
/// assert_eq!(Shop::currency("EUR").await?, "eur");
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// # Caches of your own
///
/// `in = ..` says where the cache is: in a field of `self` or of an argument (`in = pool.rows`), in
/// a `static`, behind a reference (`in = *self.cache()`). From such a place a call borrows it,
/// unless it is in an argument that is passed by value. Any other expression hands it out: it may
/// return a `Cache`, a reference to one, an `Arc` of one or a guard, and the call keeps a handle,
/// which is a clone. It is evaluated where the function is called.
///
/// The expression may use the arguments, so that a tenant, a shard or a test has a cache of its
/// own. Arguments that are passed by value are cloned for it. Such an argument is still part of the
/// key, unless `skip(..)` leaves it out. The companion's functions need it, too, and
/// `f::invalidate` takes it beside the arguments that make the key.
///
/// ```
/// use evermemo::{Cache, memoize};
/// use std::{collections::HashMap, sync::Mutex};
///
/// #[derive(Default)]
/// struct Tenants(Mutex<HashMap<String, Cache<u32, String>>>);
///
/// impl Tenants {
///     /// The cache of a tenant; dropped, it takes all of that tenant's answers with it.
///     fn cache(&self, tenant: &str) -> Cache<u32, String> {
///         self.0.lock().unwrap().entry(tenant.to_owned()).or_default().clone()
///     }
/// }
///
/// #[memoize(in = tenants.cache(tenant), skip(tenants, tenant))]
/// async fn invoice(tenants: &std::sync::Arc<Tenants>, tenant: &str, number: u32) -> String {
///     format!("invoice {number} of {tenant}")
/// }
///
/// # evermemo::testing::run(async |_| {
/// let tenants = std::sync::Arc::new(Tenants::default());
/// invoice(&tenants, "Ann", 7).await?;
/// invoice(&tenants, "Bob", 7).await?;
/// assert_eq!(tenants.cache("Ann").len(), 1);
/// invoice::invalidate(&tenants, "Ann", 7).await;
/// assert_eq!((tenants.cache("Ann").len(), tenants.cache("Bob").len()), (0, 1));
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// The cache is built of any components, and has the settings that it was built with. It may be
/// called as it is, too.
///
/// # Methods of traits
///
/// Where a trait is implemented, a method cannot be memoized, as the methods beside it would be no
/// part of the trait: where the attribute cannot see the trait, the compiler reports each of them
/// (E0407, "not a member of trait"). It needs no attribute: the implementor holds a
/// [`Memo`](../evermemo/type.Memo.html) and the method calls it. This fits a native `async fn`, one
/// of `#[async_trait]`, and traits that are used as `dyn`:
///
/// ```
/// use evermemo::Memo;
/// use std::{future::Future, pin::Pin, sync::Arc};
///
/// type Price<'a> = Pin<Box<dyn Future<Output = Result<u32, String>> + Send + 'a>>;
///
/// trait Prices: Send + Sync {
///     fn price(&self, sku: u32) -> Price<'_>;
/// }
///
/// /// Remembers other prices.
/// struct Remembered {
///     prices: Memo<u32, u32, String>,
/// }
///
/// impl Remembered {
///     fn new(inner: Arc<dyn Prices>) -> Self {
///         let prices = evermemo::builder().capacity(1_000).try_wrap(move |sku| {
///             let inner = inner.clone();
///             async move { inner.price(sku).await }
///         });
///         Self { prices }
///     }
/// }
///
/// impl Prices for Remembered {
///     fn price(&self, sku: u32) -> Price<'_> {
///         Box::pin(async move { self.prices.call(sku).await.map_err(|error| error.to_string()) })
///     }
/// }
///
/// struct Backend;
///
/// impl Prices for Backend {
///     fn price(&self, sku: u32) -> Price<'_> {
///         Box::pin(async move { Ok(sku * 10) })
///     }
/// }
///
/// # evermemo::testing::run(async |_| {
/// let prices = Remembered::new(Arc::new(Backend));
/// assert_eq!((prices.price(7).await, prices.price(7).await), (Ok(70), Ok(70)));
/// assert_eq!(prices.prices.stats().loads, 1);
/// # });
/// ```
///
/// A **provided** method can be memoized in a cache of each implementor, which a required one
/// returns, as a handle or by reference: `in = self.cache()`. The implementor has to be `Clone +
/// Send + Sync + 'static`, which is a bound of the method. Its futures are `Send`, for callers that
/// know nothing but the trait, too; with `local` neither holds. The companion's functions are
/// provided methods beside it.
///
/// ```
/// use evermemo::{Cache, memoize};
///
/// trait Prices {
///     fn cache(&self) -> Cache<u32, u32>;
///
///     fn markup(&self) -> u32;
///
///     #[memoize(in = self.cache())]
///     async fn price(&self, sku: u32) -> u32 {
///         sku + self.markup()
///     }
/// }
///
/// #[derive(Clone, Default)]
/// struct Shop {
///     prices: Cache<u32, u32>,
/// }
///
/// impl Prices for Shop {
///     fn cache(&self) -> Cache<u32, u32> {
///         self.prices.clone()
///     }
///
///     fn markup(&self) -> u32 {
///         1
///     }
/// }
///
/// # evermemo::testing::run(async |_| {
/// let shop = Shop::default();
/// assert_eq!((shop.price(10).await?, shop.price(10).await?), (11, 11));
/// assert_eq!(shop.prices.stats().hits, 1);
/// shop.price_invalidate(10).await;
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
///
/// # Generic functions
///
/// There is one cache for each choice of types and constants, those of the `impl` block included.
/// It is kept until the program ends. Types have to be `'static`.
///
/// ```
/// # use evermemo::memoize;
/// #[memoize]
/// async fn parsed<T>(text: &str) -> Result<T, String>
/// where
///     T: std::str::FromStr + Clone + Send + Sync + 'static,
/// {
///     text.parse().map_err(|_| format!("{text} is something else"))
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!((parsed::<u8>("7").await?, parsed::<f64>("7").await?), (7, 7.0));
/// parsed::invalidate::<u8>("7").await;
/// assert_eq!((parsed::cache::<u8>().len(), parsed::cache::<f64>().len()), (0, 1));
/// # Ok::<(), evermemo::Error<String>>(())
/// # }).unwrap();
/// ```
///
/// # Attributes and macros
///
/// Each attribute below or above `#[memoize]` goes where it is meant: documentation, aliases and
/// `deprecated` to the function that callers see, `cfg`, `doc(hidden)` and `allow` to all generated
/// items, and the others, those of macros among them, to the body. Lints under `expect` are
/// expected in the body, and allowed elsewhere. An argument may have a `#[cfg(..)]`.
///
/// Functions that `macro_rules!` writes are read as if they were written by hand. A macro for other
/// crates names the path of `evermemo`, as in `#[$crate::evermemo::memoize(crate =
/// $crate::evermemo)]`.
///
/// # On one thread
///
/// With `local`, arguments, values, errors and the body may be `!Send`, on a single-threaded
/// runtime: `local, runtime = TokioLocal` has a cache on each thread; `local, in = self.field`
/// uses one that was built there.
///
/// # Recursion
///
/// A function that awaits itself needs a box, as every `async fn` does:
///
/// ```
/// # use evermemo::memoize;
/// #[memoize]
/// async fn fibonacci(n: u64) -> Result<u64, String> {
///     if n < 2 {
///         return Ok(n);
///     }
///     let (a, b) = (Box::pin(fibonacci(n - 1)).await, Box::pin(fibonacci(n - 2)).await);
///     Ok(a.map_err(|error| error.to_string())? + b.map_err(|error| error.to_string())?)
/// }
///
/// # evermemo::testing::run(async |_| {
/// assert_eq!(fibonacci(50).await?, 12_586_269_025);
/// # Ok::<(), evermemo::Error<String>>(())
/// # }).unwrap();
/// ```
#[proc_macro_attribute]
pub fn memoize(args: TokenStream, item: TokenStream) -> TokenStream {
    let (args, item) = (groups::opened(args.into()), groups::opened(item.into()));
    memoized(args, item).into()
}

fn memoized(args: TokenStream2, item: TokenStream2) -> TokenStream2 {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = valid::not_a_function(item.clone(), error).into_compile_error();
            return [error, item].into_iter().collect();
        }
    };
    let options = match syn::parse2::<Args>(args.clone()) {
        Ok(options) => options,
        Err(error) => {
            return expand::refused(&Function::new(function, Args::default()), &error);
        }
    };
    if let Some(forms) = conditional::forms(&args, &function, &options.krate) {
        return forms;
    }
    let function = Function::new(function, options);
    let written = valid::check(&function).and_then(|()| expand::written(&function));
    written.unwrap_or_else(|error| expand::refused(&function, &error))
}
