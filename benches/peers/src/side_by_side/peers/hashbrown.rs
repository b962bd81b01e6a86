//! A table under a lock: what one writes before one looks for a cache.

use std::sync::Mutex;

use hashbrown::HashMap;

use crate::side_by_side::{Key, Peer, Value};

/// A [`HashMap`] under a [`Mutex`].
pub(crate) struct Hashbrown<K, V> {
    table: Mutex<HashMap<K, V>>,
}

impl<K: Key, V: Value> Peer<K, V> for Hashbrown<K, V> {
    const NAME: &'static str = "hashbrown";
    const EXPIRES: bool = false;
    const EVICTS: bool = false;
    const LOADS_ONCE: bool = false;
    type Answer = V;

    fn bounded(capacity: usize, _expiry: bool) -> Self {
        Self { table: Mutex::new(HashMap::with_capacity(capacity)) }
    }

    #[inline]
    async fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> V
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        let found = self.table.lock().expect("nothing panics under it").get(key).cloned();
        if let Some(value) = found {
            return value;
        }
        let value = load().await;
        self.table.lock().expect("nothing panics under it").insert(key.to_owned(), value.clone());
        value
    }

    async fn put(&self, key: K, value: V) {
        self.table.lock().expect("nothing panics under it").insert(key, value);
    }

    #[inline]
    fn value(answer: V) -> V {
        answer
    }

    fn entries(&self) -> usize {
        self.table.lock().expect("nothing panics under it").len()
    }
}
