//! On a runtime that stays on its thread nothing has to be `Send`: keys, values, errors, functions
//! and components.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
};

use evermemo::{
    Builder, Cache, CacheEntry, CacheStorage, Cached, Found, Instant, Lookup, Memo, MethodName,
    SmolLocal,
};

#[test]
fn values_that_stay_are_shared_by_callers_of_one_load() {
    let rt = SmolLocal::default();
    rt.block_on(async {
        let runs = Rc::new(Cell::new(0));
        let counted = runs.clone();
        let memo: Memo<Rc<str>, Rc<str>, Infallible, SmolLocal> = Builder::on(rt.clone())
            .wrap_local(move |key: Rc<str>| {
                let counted = counted.clone();
                async move {
                    smol::future::yield_now().await;
                    counted.set(counted.get() + 1);
                    key
                }
            });
        let both = smol::future::zip(memo.call("a".into()), memo.call("a".into())).await;
        assert_eq!((&*both.0.unwrap(), &*both.1.unwrap(), runs.get()), ("a", "a", 1));

        let cache: Cache<u32, Rc<u32>, Rc<str>, SmolLocal> = Builder::on(rt.clone()).build_local();
        let five = Rc::new(5);
        let loaded = cache.get_with_local(1, move |_| async move { Ok(five) }).await;
        assert_eq!(*loaded.unwrap(), 5);
        let load = |_, previous: Option<CacheEntry<Rc<u32>>>| async move {
            assert!(previous.is_none(), "a fresh entry is no load's business");
            Err::<Cached<Rc<u32>>, _>("no load runs".into())
        };
        assert_eq!(*cache.load_with_local(1, load).await.unwrap(), 5);
        cache.local_invalidation().invalidate_for_arguments(1).await.unwrap();
        assert_eq!(cache.len(), 0);
    });
}

/// Entries in a map that stays.
#[derive(Clone, Default)]
struct Map(Rc<RefCell<BTreeMap<u64, CacheEntry<Rc<str>>>>>);

impl CacheStorage<u64, Rc<str>> for Map {
    type Error = Infallible;
    type Get = Ready<Found<Rc<str>, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &u64, _now: Instant) -> Self::Get {
        ready(Ok(self.0.borrow().get(key).cloned()))
    }

    fn get_now<Q: Lookup<u64> + ?Sized>(
        &self,
        key: &Q,
        _now: Instant,
    ) -> Option<Found<Rc<str>, Infallible>> {
        Some(Ok(self.0.borrow().get(&key.to_key()).cloned()))
    }

    fn offer(&self, key: &u64, entry: &CacheEntry<Rc<str>>, _now: Instant) -> Self::Done {
        self.0.borrow_mut().insert(*key, entry.clone());
        ready(Ok(()))
    }

    fn release(&self, key: &u64) -> Self::Done {
        self.0.borrow_mut().remove(key);
        ready(Ok(()))
    }
}

#[test]
fn components_that_stay_make_a_cache_of_the_same_type() {
    let rt = SmolLocal::default();
    rt.block_on(async {
        let (map, unit) = (Map::default(), Rc::new(1_u64));
        let cache: Cache<Rc<str>, Rc<str>, Infallible, SmolLocal> = Builder::on(rt.clone())
            .key_extractor(move |_: MethodName, text: &Rc<str>| text.len() as u64 * *unit)
            .storage(map.clone())
            .build_local();
        for _ in 0..2 {
            let value = cache.get_with_local("abc".into(), async |text| Ok(text)).await;
            assert_eq!(&*value.unwrap(), "abc");
        }
        assert_eq!((cache.stats().loads, cache.stats().hits), (1, 1));
        assert_eq!(map.0.borrow().keys().collect::<Vec<_>>(), [&3]);
        assert_eq!(cache.entry(&"def".into()).map(|entry| entry.value.len()), Some(3));
    });
}
