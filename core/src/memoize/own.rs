//! A part of a key in hand, among borrowed ones.

use core::hash::{Hash, Hasher};

use crate::key::Lookup;

/// Looks up by an argument that was passed by value; it is cloned on a miss.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is what it wraps")]
pub struct Own<K>(pub K);

impl<K: Hash> Hash for Own<K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Hash + Eq + Clone> Lookup<K> for Own<K> {
    #[inline]
    fn matches(&self, key: &K) -> bool {
        self.0 == *key
    }

    fn to_key(&self) -> K {
        self.0.clone()
    }
}
