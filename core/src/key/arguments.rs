//! The typed key: the arguments themselves.

use core::hash::Hash;

use super::{KeyExtractor, Lookup, MethodName, Sought, Whole};
use crate::{storage::CacheStorage, time::Instant};

/// Uses the arguments as the key, compared by `Eq`. The default.
///
/// Nothing that differs can meet: `("a", "bc")` is not `("ab", "c")`, `None` is not `""`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArgumentsKeyExtractor;

impl<A: Hash + Eq + Clone + 'static> KeyExtractor<A> for ArgumentsKeyExtractor {
    type Key = A;

    #[inline]
    fn key(&self, _method: MethodName, arguments: &A) -> A {
        arguments.clone()
    }

    #[inline]
    fn find_now<V, S>(
        &self,
        _method: MethodName,
        arguments: &A,
        storage: &S,
        now: Instant,
    ) -> Sought<A, V, S::Error>
    where
        S: CacheStorage<A, V>,
    {
        Sought::new(storage.get_now(&Whole(arguments), now))
    }

    #[inline]
    fn find_now_by<Q, V, S>(
        &self,
        _method: MethodName,
        arguments: &Q,
        storage: &S,
        now: Instant,
    ) -> Sought<A, V, S::Error>
    where
        Q: Lookup<A> + ?Sized,
        S: CacheStorage<A, V>,
    {
        Sought::new(storage.get_now(arguments, now))
    }
}
