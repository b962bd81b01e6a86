//! A key that its leader has claimed, by its type.

use core::{any::Any, hash::Hash};

use crate::{
    flights::{Claimant, ClaimedKeys},
    hidden::AsAny,
    runtime::{KeyOf, MultiThreaded, SingleThreaded, Threading},
};

use alloc::{boxed::Box, vec::Vec};

/// A leader with its key.
pub(super) struct Holder<'k, K> {
    key: &'k K,
    /// The copy that was claimed, to be dropped outside the lock.
    copy: Option<K>,
}

impl<'k, K> Holder<'k, K> {
    pub(super) const fn new(key: &'k K) -> Self {
        Self { key, copy: None }
    }
}

macro_rules! claimant {
    ($family:ident, $keys:ident $(, $send:ident, $sync:ident)?) => {
        impl<K> Claimant<$family> for Holder<'_, K>
        where
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
        {
            fn is(&self, key: &KeyOf<$family>) -> bool {
                self.key == key.get::<K>()
            }

            fn is_at(&self, keys: &<$family as Threading>::Any, at: usize) -> bool {
                listed::<K>(keys.as_any())[at] == *self.key
            }

            fn put(&mut self, keys: &mut <$family as Threading>::Any) {
                listed_mut(keys.as_any_mut()).push(self.key.clone());
            }

            fn take(&mut self, keys: &mut <$family as Threading>::Any, at: usize) {
                self.copy = Some(listed_mut(keys.as_any_mut()).swap_remove(at));
            }
        }

        /// Returns the functions on claimed keys where their type is not known.
        pub(super) fn $keys<K>() -> ClaimedKeys<$family>
        where
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
        {
            ClaimedKeys {
                list: || Box::new(Vec::<K>::new()),
                is_at: |keys, at, key| listed::<K>(keys.as_any())[at] == *key.get::<K>(),
                key: |keys, at, leaves| {
                    let keys = listed_mut::<K>(keys.as_any_mut());
                    <KeyOf<$family>>::hide(match leaves {
                        true => keys.swap_remove(at),
                        false => keys[at].clone(),
                    })
                },
            }
        }
    };
}

claimant!(MultiThreaded, keys_sent, Send, Sync);
claimant!(SingleThreaded, keys_kept);

fn listed<K: 'static>(keys: &dyn Any) -> &Vec<K> {
    match keys.downcast_ref() {
        Some(keys) => keys,
        None => unreachable!("the keys of a cache are of one type"),
    }
}

fn listed_mut<K: 'static>(keys: &mut dyn Any) -> &mut Vec<K> {
    match keys.downcast_mut() {
        Some(keys) => keys,
        None => unreachable!("the keys of a cache are of one type"),
    }
}
