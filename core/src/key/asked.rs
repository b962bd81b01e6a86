//! The arguments of a call, of any type behind a reference.

use core::hash::{Hash, Hasher};

use super::Lookup;

/// The arguments of a call.
#[doc(hidden)]
#[allow(clippy::exhaustive_enums, missing_debug_implementations, reason = "it is hidden")]
pub enum Asked<'a, A> {
    /// Owned arguments.
    Whole(&'a A),
    /// A borrowed form of arguments, which is made owned where that is needed.
    By(&'a dyn AnyLookup<A>),
}

impl<A> Clone for Asked<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Asked<'_, A> {}

/// A [`Lookup`] whose type is hidden, so that a look-up by reference makes no key there either.
#[doc(hidden)]
pub trait AnyLookup<K> {
    fn hash_into(&self, state: &mut dyn Hasher);
    fn is(&self, key: &K) -> bool;
    fn make(&self) -> K;
}

impl<K, Q: Lookup<K>> AnyLookup<K> for Q {
    fn hash_into(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }

    fn is(&self, key: &K) -> bool {
        self.matches(key)
    }

    fn make(&self) -> K {
        self.to_key()
    }
}

/// Makes a [`Lookup`] again of one whose type is hidden.
pub(crate) struct By<'a, K>(pub(crate) &'a dyn AnyLookup<K>);

impl<K> Hash for By<'_, K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_into(state);
    }
}

impl<K> Lookup<K> for By<'_, K> {
    #[inline]
    fn matches(&self, key: &K) -> bool {
        self.0.is(key)
    }

    fn to_key(&self) -> K {
        self.0.make()
    }
}
