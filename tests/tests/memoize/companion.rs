//! A companion of another name.

use evermemo::{Cache, Source, memoize};
use evermemo_tests::{Timed, on_every_runtime};

/// Has the name that the companion would have.
mod user {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct User(pub(super) u32);
}

#[memoize(companion = users, capacity = 1_000)]
async fn user(id: u32) -> user::User {
    user::User(id)
}

/// A type of the function's name.
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct price {
    cents: u32,
}

/// Finds a price.
#[memoize(companion = PriceCache, key = sku + 1)]
async fn price<T: Clone + Send + Sync + 'static>(sku: u32, kind: T) -> Result<price, String> {
    if sku < 2 {
        return Ok(price { cents: sku });
    }
    // The function still knows itself by its name.
    let before = Box::pin(price::<T>(sku - 1, kind)).await.map_err(|error| error.to_string())?;
    Ok(price { cents: before.cents + 1 })
}

/// `use` brings each of them by its name.
mod elsewhere {
    use evermemo::memoize;

    #[memoize(companion = r#type)]
    pub(super) async fn kind(id: u32) -> u32 {
        id
    }
}

use elsewhere::{kind, r#type};

#[derive(Clone, Default)]
struct Shop {
    prices: Cache<u32, u32>,
}

impl Shop {
    #[memoize(in = self.prices, companion = prices)]
    async fn price(&self, sku: u32) -> u32 {
        sku
    }

    /// Has the name that one of the companion's functions would have.
    async fn price_outcome(&self, sku: u32) -> Source {
        self.prices_outcome(sku).await.unwrap().source
    }

    #[memoize(method, companion = names)]
    async fn name(sku: u32) -> String {
        sku.to_string()
    }
}

on_every_runtime! { it_does_what_one_of_the_functions_name_does }

async fn it_does_what_one_of_the_functions_name_does<R: Timed>(rt: R) {
    static TESTS: super::Count = super::Count::new();
    let id = TESTS.one_more();
    drop(rt);
    assert_eq!(user(id).await.unwrap(), user::User(id));
    assert_eq!(users::outcome(id).await.unwrap().source, Source::Hit);
    assert_eq!(users::force_refresh(id).await.unwrap(), users::uncached(id).await);
    users::invalidate(id).await;
    assert_eq!(users::call(id).outcome().await.unwrap().source, Source::Loaded);
    assert_eq!(users::cache().capacity(), 1_000);
    assert_eq!(users::get(id).await, Some(user::User(id)));
    assert_eq!(users::peek(id), Some(user::User(id)));
    assert!(users::contains(id) && users::entry_info(id).is_some_and(|info| info.weight == 1));
    let removed = users::remove(id).await.unwrap();
    assert_eq!(removed.map(|entry| entry.value), Some(user::User(id)));
    assert_eq!((users::get(id).await, users::peek(id)), (None, None));
}

#[tokio::test]
async fn it_has_the_forms_of_any_function() {
    assert_eq!(price(3, 'a').await.unwrap(), price { cents: 3 });
    assert_eq!(PriceCache::outcome(2, 'a').await.unwrap().source, Source::Hit);
    PriceCache::invalidate::<char>(3).await;
    assert_eq!(PriceCache::cache::<char>().len(), 2);
    assert_eq!((kind(7).await.unwrap(), r#type::cache().len()), (7, 1));
    let shop = Shop::default();
    assert_eq!(shop.price(1).await.unwrap(), 1);
    assert_eq!(shop.price_outcome(1).await, Source::Hit);
    shop.prices_invalidate(1).await;
    assert_eq!(shop.prices.len(), 0);
    assert_eq!(Shop::name(1).await.unwrap(), "1");
    assert_eq!(Shop::names_cache().len(), 1);
    // Looks go where calls go, whatever finds the cache or makes the key.
    assert_eq!(PriceCache::get::<char>(2).await, Some(price { cents: 2 }));
    assert_eq!(PriceCache::peek::<u8>(3), None);
    assert!(PriceCache::contains::<char>(1));
    shop.price(1).await.unwrap();
    assert_eq!((shop.prices_get(1).await, shop.prices_peek(2)), (Some(1), None));
    assert_eq!(shop.prices_remove(1).await.unwrap().map(|entry| entry.value), Some(1));
    assert_eq!((Shop::names_peek(1).as_deref(), Shop::names_contains(2)), (Some("1"), false));
}
