//! A key extractor behind a pointer.

use core::{
    any::Any,
    hash::{Hash, Hasher},
};

use super::super::same::is;
use crate::{
    key::{ArgumentsKeyExtractor, KeyExtractor, Lookup, MethodName, Seek, Sought, Whole},
    sync::Arc,
};

/// A key extractor of any type behind a pointer.
#[doc(hidden)]
pub struct SharedExtractor<A, K> {
    make: Arc<MakeKey<A, K>>,
    /// The arguments are the key, so a look-up need not make one.
    typed: bool,
}

type MakeKey<A, K> = dyn Fn(MethodName, &A) -> K + Send + Sync;

impl<A, K> SharedExtractor<A, K> {
    pub(in crate::configuration) fn new<X>(extractor: X) -> Self
    where
        X: KeyExtractor<A, Key = K> + Send + Sync,
    {
        Self {
            make: Arc::new(move |method, arguments: &A| extractor.key(method, arguments)),
            typed: is::<X, ArgumentsKeyExtractor>(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<A: 'static, K: Hash + Eq + Clone + 'static> KeyExtractor<A> for SharedExtractor<A, K> {
    type Key = K;

    fn key(&self, method: MethodName, arguments: &A) -> K {
        (self.make)(method, arguments)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_now<S: Seek<K>>(
        &self,
        method: MethodName,
        arguments: &A,
        seek: S,
    ) -> Sought<K, S::Found> {
        if self.typed
            && let Some(key) = same::<A, K>(arguments)
        {
            return Sought::new(seek.seek(&Whole(key)));
        }
        let key = self.key(method, arguments);
        Sought { found: seek.seek(&Whole(&key)), key: Some(key) }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_now_by<Q, S>(&self, method: MethodName, arguments: &Q, seek: S) -> Sought<K, S::Found>
    where
        Q: Lookup<A> + ?Sized,
        S: Seek<K>,
    {
        if self.typed {
            return Sought::new(seek.seek(&SameType { arguments, method, make: &*self.make }));
        }
        self.find_now(method, &arguments.to_key(), seek)
    }
}

/// Borrowed arguments, where the arguments are the key: `A` and `K` are one type.
struct SameType<'a, A, K, Q: ?Sized> {
    arguments: &'a Q,
    method: MethodName,
    make: &'a MakeKey<A, K>,
}

impl<A, K, Q: Lookup<A> + ?Sized> Hash for SameType<'_, A, K, Q> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.arguments.hash(state);
    }
}

impl<A: 'static, K: 'static, Q: Lookup<A> + ?Sized> Lookup<K> for SameType<'_, A, K, Q> {
    #[inline]
    fn matches(&self, key: &K) -> bool {
        same::<K, A>(key).is_some_and(|arguments| self.arguments.matches(arguments))
    }

    fn to_key(&self) -> K {
        (self.make)(self.method, &self.arguments.to_key())
    }
}

/// Returns the same value if both types are one. The compiler decides it.
#[cfg_attr(not(debug_assertions), inline(always))]
fn same<T: 'static, U: 'static>(value: &T) -> Option<&U> {
    (value as &dyn Any).downcast_ref()
}

impl<A, K> Clone for SharedExtractor<A, K> {
    fn clone(&self) -> Self {
        Self { make: self.make.clone(), typed: self.typed }
    }
}
