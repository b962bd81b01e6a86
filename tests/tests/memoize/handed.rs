//! Caches that `in = ..` calls for, by arguments and as handles.

use evermemo::{Auto, Builder, Cache, Cached, Runtime, Source, TokioLocal, memoize};
use evermemo_tests::{Timed, on_every_runtime};
use std::{
    collections::HashMap,
    rc::Rc,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

type Rows<R = Auto> = Cache<u32, String, String, R>;

/// A cache for each tenant, made when it is first asked for.
#[derive(Clone)]
struct Shop<R: Runtime = Auto> {
    runtime: R,
    tenants: Arc<Mutex<HashMap<String, Rows<R>>>>,
}

impl Default for Shop {
    fn default() -> Self {
        Self { runtime: Auto::default(), tenants: Arc::default() }
    }
}

impl<R: Runtime> Shop<R> {
    fn of(&self, tenant: impl Into<String>) -> Rows<R>
    where
        R: Runtime<Threading = evermemo::MultiThreaded>,
    {
        let mut tenants = self.tenants.lock().unwrap();
        let runtime = self.runtime.clone();
        tenants.entry(tenant.into()).or_insert_with(|| Builder::on(runtime).build()).clone()
    }

    fn len(&self, tenant: &str) -> usize {
        self.tenants.lock().unwrap().get(tenant).map_or(0, Cache::len)
    }
}

impl<R: Runtime<Threading = evermemo::MultiThreaded> + Send + Sync> Shop<R> {
    #[memoize(in = self.of(tenant), skip(tenant))]
    async fn row(&self, tenant: &str, id: u32) -> Result<String, String> {
        Ok(format!("{tenant} {id}"))
    }

    /// What is passed by value is used up twice.
    #[memoize(in = self.of(tenant), skip(tenant))]
    async fn owned(&self, tenant: String, id: u32) -> Result<Cached<String>, String> {
        Ok(Cached::new(format!("{tenant} {id}")))
    }

    #[memoize(in = self.of(format!("{tenant}/{}", id % 2)), key = id + 1)]
    async fn sharded(&self, tenant: &str, id: u32) -> Result<String, String> {
        Ok(format!("{tenant} {id}"))
    }

    #[memoize(in = Arc::new(self.of("shared")))]
    async fn shared(self: Arc<Self>, id: u32) -> Result<String, String> {
        Ok(format!("shared {id}"))
    }
}

struct Pool {
    rows: Rows,
    guarded: Mutex<Rows>,
}

impl Pool {
    fn rows(&self) -> &Rows {
        &self.rows
    }

    fn guarded(&self) -> MutexGuard<'_, Rows> {
        self.guarded.lock().unwrap()
    }
}

#[memoize(in = pool.rows(), skip(pool))]
async fn lent(pool: &Arc<Pool>, id: u32) -> Result<String, String> {
    Ok(format!("lent {} {id}", Arc::strong_count(pool) > 1))
}

#[memoize(in = *pool.rows(), skip(pool))]
async fn borrowed(pool: &Arc<Pool>, id: u32) -> Result<String, String> {
    Ok(format!("borrowed {} {id}", Arc::strong_count(pool) > 1))
}

#[memoize(in = pool.guarded(), skip(pool))]
async fn guarded(pool: Arc<Pool>, id: u32) -> Result<String, String> {
    Ok(format!("guarded {} {id}", Arc::strong_count(&pool) > 1))
}

/// The cache is in what the call brings.
#[memoize(in = pool.rows, skip(pool))]
async fn brought(pool: Arc<Pool>, id: u32) -> Result<String, String> {
    Ok(format!("brought {} {id}", Arc::strong_count(&pool) > 1))
}

#[memoize(in = *pool.rows(), skip(pool))]
async fn reached(pool: Arc<Pool>, id: u32) -> Result<String, String> {
    Ok(format!("reached {} {id}", Arc::strong_count(&pool) > 1))
}

#[memoize(in = pool.rows, skip(pool))]
async fn lasting(pool: &'static Pool, id: u32) -> Result<String, String> {
    Ok(format!("lasting {} {id}", pool.rows.len()))
}

static SHARDS: LazyLock<[Rows; 2]> = LazyLock::new(Default::default);

/// The shard lasts, whatever finds it.
#[memoize(in = SHARDS[*shard], skip(shard))]
async fn indexed(shard: &usize, id: u32) -> Result<String, String> {
    Ok(format!("{shard} {id}"))
}

#[memoize(in = SHARDS[index(name)], skip(name))]
async fn hashed(name: String, id: u32) -> Result<String, String> {
    Ok(format!("{name} {id}"))
}

fn index(name: String) -> usize {
    name.into_bytes().len() % 2
}

/// What a call works with; there is one of it.
struct Token;

/// A field and a method are not the arguments of their names.
#[derive(Clone, Default)]
struct Named {
    token: Rows,
}

impl Named {
    fn id(&self) -> &Rows {
        &self.token
    }

    #[memoize(in = self.token, skip(token))]
    async fn of_a_field(&self, token: Token, id: u32) -> Result<String, String> {
        let Token = token;
        Ok(format!("field {id}"))
    }

    #[memoize(in = self.id().clone(), skip(token))]
    async fn of_a_method(&self, token: Token, id: u32) -> Result<String, String> {
        let Token = token;
        Ok(format!("method {id}"))
    }
}

/// The argument that finds the cache is a part of the key, too.
#[memoize(in = numbered(pools, *shard))]
async fn found(pools: Pools, shard: &usize) -> Result<usize, String> {
    Ok(*shard * pools.0)
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Pools(usize);

fn numbered(Pools(pools): Pools, shard: usize) -> &'static Cache<(Pools, usize), usize, String> {
    static SHARDS: [std::sync::OnceLock<Cache<(Pools, usize), usize, String>>; 2] =
        [const { std::sync::OnceLock::new() }; 2];
    SHARDS[(pools + shard) % 2].get_or_init(Cache::default)
}

#[memoize(local, in = labels(&by), skip(by))]
async fn local(
    by: Rc<Cache<u32, Rc<u32>, std::convert::Infallible, TokioLocal>>,
    id: u32,
) -> Rc<u32> {
    Rc::new(id + u32::from(by.len() > 9))
}

fn labels<T: Clone>(by: &Rc<T>) -> T {
    T::clone(by)
}

trait Tenants {
    fn of(&self, tenant: String) -> Rows;

    #[memoize(in = self.of(tenant), skip(tenant))]
    async fn provided(&self, tenant: String, id: u32) -> Result<String, String> {
        Ok(format!("{tenant} {id}"))
    }
}

impl Tenants for Shop {
    fn of(&self, tenant: String) -> Rows {
        Self::of(self, tenant)
    }
}

on_every_runtime! { each_tenant_has_a_cache }

async fn each_tenant_has_a_cache<R: Timed>(_: R) {
    let shop = Shop::default();
    for source in [Source::Loaded, Source::Hit] {
        for tenant in ["a", "b"] {
            let row = shop.row_outcome(tenant, 7).await.unwrap();
            assert_eq!((row.value, row.source), (format!("{tenant} 7"), source));
        }
    }
    assert_eq!(shop.owned_outcome("a".to_owned(), 7).await.unwrap().source, Source::Hit);
    assert_eq!(shop.row_call("a", 7).force().outcome().await.unwrap().source, Source::Loaded);
    assert_eq!(shop.row_force_refresh("a", 8).await.unwrap(), "a 8");
    assert_eq!(shop.row_get("b", 7).await.as_deref(), Some("b 7"));
    assert!(shop.row_contains("a", 8) && shop.row_peek("a", 9).is_none());
    shop.row_invalidate("a", 7).await;
    shop.owned_invalidate("a".to_owned(), 8).await;
    assert_eq!((shop.len("a"), shop.len("b")), (0, 1));
    assert_eq!(shop.row("b", 7).await.unwrap(), "b 7");
    assert_eq!(shop.owned("c".to_owned(), 7).await.unwrap(), "c 7");
    assert_eq!(shop.len("c"), 1);
}

#[tokio::test]
async fn an_expression_finds_it() {
    let shop = Arc::new(Shop::default());
    for id in 0..4 {
        assert_eq!(shop.sharded("a", id).await.unwrap(), format!("a {id}"));
    }
    assert_eq!((shop.len("a/0"), shop.len("a/1")), (2, 2));
    shop.sharded_invalidate("a", 3).await;
    assert_eq!((shop.len("a/0"), shop.len("a/1")), (2, 1));
    for source in [Source::Loaded, Source::Hit] {
        assert_eq!(shop.clone().shared_outcome(7).await.unwrap().source, source);
    }
    shop.clone().shared_invalidate(7).await;
    assert_eq!(shop.len("shared"), 0);
}

#[tokio::test]
async fn it_is_lent_shared_or_guarded() {
    let pool = Arc::new(Pool { rows: Cache::default(), guarded: Mutex::default() });
    assert_eq!(lent(&pool, 1).await.unwrap(), "lent true 1");
    assert_eq!(borrowed(&pool, 2).await.unwrap(), "borrowed true 2");
    assert_eq!(guarded(pool.clone(), 3).await.unwrap(), "guarded true 3");
    assert_eq!(lent::outcome(&pool, 2).await.unwrap().source, Source::Hit);
    assert_eq!(tokio::spawn(guarded(pool.clone(), 3)).await.unwrap().unwrap(), "guarded true 3");
    assert_eq!((pool.rows().len(), pool.guarded().len()), (2, 1));
    for (id, source) in [(1, Source::Hit), (4, Source::Loaded)] {
        assert_eq!(brought::outcome(pool.clone(), id).await.unwrap().source, source);
        assert_eq!(reached::outcome(pool.clone(), id).await.unwrap().source, Source::Hit);
    }
    brought::invalidate(pool.clone(), 4).await;
    let pool: &Arc<Pool> = Box::leak(Box::new(pool));
    assert_eq!(tokio::spawn(lasting(pool, 1)).await.unwrap().unwrap(), "lent true 1");
    borrowed::invalidate(pool, 1).await;
    guarded::invalidate(pool.clone(), 3).await;
    assert_eq!((pool.rows().len(), pool.guarded().len()), (1, 0));
}

#[tokio::test]
async fn a_place_may_be_found_by_arguments() {
    for shard in 0..2 {
        assert_eq!(indexed(&shard, 7).await.unwrap(), format!("{shard} 7"));
        assert_eq!(SHARDS[shard].len(), 1);
    }
    indexed::invalidate(&1, 7).await;
    assert_eq!((SHARDS[0].len(), SHARDS[1].len()), (1, 0));
    assert_eq!(hashed("odd".to_owned(), 8).await.unwrap(), "odd 8");
    assert_eq!((SHARDS[0].len(), SHARDS[1].len()), (1, 1));
    hashed::invalidate("odd".to_owned(), 8).await;
    assert_eq!((SHARDS[0].len(), SHARDS[1].len()), (1, 0));
}

#[tokio::test]
async fn names_of_fields_and_methods_are_not_those_of_arguments() {
    let named = Named::default();
    assert_eq!(named.of_a_field(Token, 1).await.unwrap(), "field 1");
    assert_eq!(named.of_a_method(Token, 2).await.unwrap(), "method 2");
    assert_eq!(named.of_a_field_outcome(Token, 2).await.unwrap().source, Source::Hit);
    named.of_a_field_invalidate(1).await;
    named.of_a_method_invalidate(2).await;
    assert_eq!(named.token.len(), 0);
}

#[tokio::test]
async fn an_argument_of_the_key_may_find_it() {
    assert_eq!((found(Pools(2), &1).await.unwrap(), found(Pools(2), &2).await.unwrap()), (2, 4));
    assert_eq!((numbered(Pools(2), 1).len(), numbered(Pools(2), 2).len()), (1, 1));
    found::invalidate(Pools(2), &1).await;
    assert_eq!((numbered(Pools(2), 1).len(), numbered(Pools(2), 2).len()), (0, 1));
}

#[tokio::test]
async fn implementors_hand_it_out_by_arguments() {
    let shop = Shop::default();
    for source in [Source::Loaded, Source::Hit] {
        let row = shop.provided_outcome("a".to_owned(), 7).await.unwrap();
        assert_eq!(row.source, source);
    }
    shop.provided_invalidate("a".to_owned(), 7).await;
    assert_eq!(shop.len("a"), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn it_may_stay_on_its_thread() {
    let cache = Rc::new(Builder::on(TokioLocal::default()).build_local());
    let calls = async {
        assert_eq!((*local(cache.clone(), 1).await.unwrap(), cache.len()), (1, 1));
        local::invalidate(cache.clone(), 1).await;
        assert_eq!(cache.len(), 0);
    };
    tokio::task::LocalSet::new().run_until(calls).await;
}
