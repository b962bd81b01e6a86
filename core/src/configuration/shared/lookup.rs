//! What a key is looked up by, of any type behind a reference.

use core::hash::{Hash, Hasher};

use crate::key::Lookup;

/// A [`Lookup`] whose type is hidden, so that a look-up by reference makes no key there either.
pub(super) trait ErasedLookup<K> {
    fn hash(&self, state: &mut dyn Hasher);
    fn matches(&self, key: &K) -> bool;
    fn to_key(&self) -> K;
}

impl<K, Q: Lookup<K> + ?Sized> ErasedLookup<K> for &Q {
    fn hash(&self, mut state: &mut dyn Hasher) {
        Hash::hash(*self, &mut state);
    }

    fn matches(&self, key: &K) -> bool {
        Lookup::matches(*self, key)
    }

    fn to_key(&self) -> K {
        Lookup::to_key(*self)
    }
}

/// Makes a [`Lookup`] again of one whose type is hidden.
pub(super) struct By<'a, K>(pub(super) &'a dyn ErasedLookup<K>);

impl<K> Hash for By<'_, K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> Lookup<K> for By<'_, K> {
    #[inline]
    fn matches(&self, key: &K) -> bool {
        self.0.matches(key)
    }

    fn to_key(&self) -> K {
        self.0.to_key()
    }
}
