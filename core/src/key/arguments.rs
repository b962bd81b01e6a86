//! The typed key: the arguments themselves.

use core::hash::Hash;

use super::{KeyExtractor, Lookup, MethodName, Seek, Sought, Whole};

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

    #[inline(always)]
    fn find_now<S: Seek<A>>(
        &self,
        _method: MethodName,
        arguments: &A,
        seek: S,
    ) -> Sought<A, S::Found> {
        Sought::new(seek.seek(&Whole(arguments)))
    }

    #[inline(always)]
    fn find_now_by<Q, S>(&self, _method: MethodName, arguments: &Q, seek: S) -> Sought<A, S::Found>
    where
        Q: Lookup<A> + ?Sized,
        S: Seek<A>,
    {
        Sought::new(seek.seek(arguments))
    }
}
