//! Looking a key up without owning one.

use core::{
    borrow::Borrow,
    hash::{Hash, Hasher},
};

use alloc::borrow::ToOwned;

/// A borrowed form of a key `K`: hashes as it does, compares with it, and makes one when needed.
///
/// Implemented for references to everything that borrows (`&str` for `String`, `&[T]` for
/// `Vec<T>`, `&u64` for `u64`) and for tuples of those, so a hit makes no owned key.
///
/// # Examples
///
/// ```
/// use evermemo_core::Lookup;
///
/// let stored = (7_u32, String::from("en"));
/// assert!((&7, "en").matches(&stored));
/// assert_eq!((&7_u32, "en").to_key(), stored);
/// ```
pub trait Lookup<K>: Hash {
    /// Returns whether this is the borrowed form of `key`.
    fn matches(&self, key: &K) -> bool;

    /// Makes the owned key.
    fn to_key(&self) -> K;

    /// Returns the key if this is one in hand.
    #[doc(hidden)]
    #[inline(always)]
    fn whole(&self) -> Option<&K> {
        None
    }
}

impl<K, Q> Lookup<K> for &Q
where
    K: Borrow<Q>,
    Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
{
    #[inline]
    fn matches(&self, key: &K) -> bool {
        **self == *key.borrow()
    }

    fn to_key(&self) -> K {
        (**self).to_owned()
    }
}

/// A whole key in hand.
#[derive(Debug)]
pub(crate) struct Whole<'a, K>(pub(crate) &'a K);

impl<K: Hash> Hash for Whole<'_, K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Hash + Eq + Clone> Lookup<K> for Whole<'_, K> {
    #[inline]
    fn matches(&self, key: &K) -> bool {
        *self.0 == *key
    }

    fn to_key(&self) -> K {
        self.0.clone()
    }

    #[inline(always)]
    fn whole(&self) -> Option<&K> {
        Some(self.0)
    }
}

macro_rules! tuples {
    ($($q:ident $k:ident $n:tt),*) => {
        impl<$($q: Lookup<$k>, $k),*> Lookup<($($k,)*)> for ($($q,)*) {
            #[inline]
            #[allow(unused_variables, reason = "the empty tuple has nothing to compare")]
            fn matches(&self, key: &($($k,)*)) -> bool {
                true $(&& self.$n.matches(&key.$n))*
            }

            #[allow(clippy::unused_unit, reason = "the empty tuple is written as all are")]
            fn to_key(&self) -> ($($k,)*) {
                ($(self.$n.to_key(),)*)
            }
        }
    };
}

tuples!();
tuples!(Q0 K0 0);
tuples!(Q0 K0 0, Q1 K1 1);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6, Q7 K7 7);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6, Q7 K7 7, Q8 K8 8);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6, Q7 K7 7, Q8 K8 8, Q9 K9 9);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6, Q7 K7 7, Q8 K8 8, Q9 K9 9,
    Q10 K10 10);
tuples!(Q0 K0 0, Q1 K1 1, Q2 K2 2, Q3 K3 3, Q4 K4 4, Q5 K5 5, Q6 K6 6, Q7 K7 7, Q8 K8 8, Q9 K9 9,
    Q10 K10 10, Q11 K11 11);
