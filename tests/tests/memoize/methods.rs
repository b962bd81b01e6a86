//! Methods, with a cache in a field or one for all.

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
async fn p6_3_one_cache_serves_all_instances_of_a_type() {
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
    assert_eq!((shop.clone().by_arc(1).await.unwrap(), shop.by_arc_lent(1).await.unwrap()), (2, 3));
    assert_eq!((shop.clone().by_arc(1).await.unwrap(), shop.by_arc_lent(1).await.unwrap()), (2, 3));
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
