//! Keys, values and errors whose types the engine does not know.
//!
//! A cache's engine is compiled once for each family of runtimes, and not for each cached type:
//! keys, values and errors are behind pointers in it, and get their types back where they leave it.

use core::{
    any::Any,
    fmt,
    hash::{Hash, Hasher},
};

use crate::{
    error::{Error, Failure, Way},
    key::Lookup,
    sync::Arc,
};

/// A type that can be downcast.
#[doc(hidden)]
pub trait AsAny {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl AsAny for dyn Any + Send + Sync {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl AsAny for dyn Any {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A key behind a pointer.
#[doc(hidden)]
pub trait KeyObject {
    fn hash_into(&self, state: &mut dyn Hasher);
    fn is(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<K: Hash + Eq + 'static> KeyObject for K {
    fn hash_into(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<K>() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A key of any type. Clones share it.
#[doc(hidden)]
pub struct AnyKey<T: ?Sized>(Arc<T>);

impl<T: KeyObject + ?Sized> AnyKey<T> {
    /// Returns the key, which is a `K` as all of the cache's are.
    #[inline]
    pub(crate) fn get<K: 'static>(&self) -> &K {
        match self.0.as_any().downcast_ref() {
            Some(key) => key,
            None => unreachable!("the keys of a cache are of one type"),
        }
    }
}

/// A key of hidden type, to look up what is stored under it.
pub(crate) struct AnyKeyLookup<'a, T: ?Sized>(&'a T);

impl<T: ?Sized> AnyKey<T> {
    pub(crate) fn as_lookup(&self) -> AnyKeyLookup<'_, T> {
        AnyKeyLookup(&self.0)
    }
}

impl<T: KeyObject + ?Sized> Hash for AnyKeyLookup<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_into(state);
    }
}

impl<K: 'static, T: KeyObject + ?Sized> Lookup<K> for AnyKeyLookup<'_, T> {
    fn matches(&self, key: &K) -> bool {
        self.0.is(key)
    }

    fn to_key(&self) -> K {
        unreachable!("a look-up makes no key")
    }
}

impl<T: ?Sized> Clone for AnyKey<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: KeyObject + ?Sized> Hash for AnyKey<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_into(state);
    }
}

impl<T: KeyObject + ?Sized> PartialEq for AnyKey<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(other.0.as_any())
    }
}

impl<T: KeyObject + ?Sized> Eq for AnyKey<T> {}

/// A value of any type. Clones share it; the value's own `Clone` runs where a value leaves the
/// engine.
#[doc(hidden)]
pub struct AnyValue<T: ?Sized>(Arc<T>);

impl<T: AsAny + ?Sized> AnyValue<T> {
    /// Returns the value, which is a `V` as all of the cache's are.
    #[inline]
    pub(crate) fn get<V: 'static>(&self) -> &V {
        match self.0.as_any().downcast_ref::<Option<V>>() {
            Some(Some(value)) => value,
            _ => unreachable!("the values of a cache are of one type"),
        }
    }

    /// Returns the value in place, for callers that would otherwise move it.
    pub(crate) fn option<V: 'static>(&self) -> &Option<V> {
        match self.0.as_any().downcast_ref::<Option<V>>() {
            Some(value) => value,
            None => unreachable!("the values of a cache are of one type"),
        }
    }

    /// Takes the value out, or a clone of it if it is shared.
    #[inline]
    pub(crate) fn into_value<V: Clone + 'static>(mut self) -> V {
        let own = Arc::get_mut(&mut self.0);
        let own = own.and_then(|own| own.as_any_mut().downcast_mut::<Option<V>>()?.take());
        own.unwrap_or_else(|| self.get::<V>().clone())
    }
}

impl<T: ?Sized> Clone for AnyValue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// An error of any type, shared, with the way to show it.
#[doc(hidden)]
pub struct AnyError<T: ?Sized>(Arc<T>);

/// An error, with the way to show it, before its type is hidden.
type KnownError<E> = (Arc<E>, Way<E>);

impl<T: AsAny + ?Sized> AnyError<T> {
    /// Returns the error, which is an `E` as all of the cache's are.
    pub(crate) fn get<E: 'static>(&self) -> &Arc<E> {
        &self.known().0
    }

    /// Returns how the error, an `E` as all of the cache's are, is shown.
    pub(crate) fn way<E: 'static>(&self) -> Way<E> {
        self.known().1
    }

    fn known<E: 'static>(&self) -> &KnownError<E> {
        match self.0.as_any().downcast_ref::<KnownError<E>>() {
            Some(known) => known,
            None => unreachable!("the errors of a cache are of one type"),
        }
    }
}

impl<T: ?Sized> Clone for AnyError<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

macro_rules! hide {
    ($any:ty, $key:ty $(, $send:ident, $sync:ident)?) => {
        impl AnyKey<$key> {
            /// Hides a key.
            pub(crate) fn hide<K: Hash + Eq $(+ $send + $sync)? + 'static>(key: K) -> Self {
                Self(Arc::new(key))
            }
        }

        impl AnyValue<$any> {
            /// Hides a value.
            pub(crate) fn hide<V: $($send + $sync +)? 'static>(value: V) -> Self {
                Self(Arc::new(Some(value)))
            }
        }

        impl AnyError<$any> {
            /// Hides an error.
            pub(crate) fn hide<E: $($send + $sync +)? 'static>(
                error: Arc<E>,
                way: Way<E>,
            ) -> Self {
                let known: KnownError<E> = (error, way);
                Self(Arc::new(known))
            }
        }
    };
}

hide!(dyn Any + Send + Sync, dyn KeyObject + Send + Sync, Send, Sync);
hide!(dyn Any, dyn KeyObject);

/// Gives the type of a failure back.
pub(crate) fn failure<T: AsAny + ?Sized, E: 'static>(failure: &Failure<AnyError<T>>) -> Failure<E> {
    failure.map_method(|error| error.get::<E>().clone())
}

/// Gives the type of a call's error back.
#[cold]
pub(crate) fn error<T: AsAny + ?Sized, E: 'static>(error: &Error<AnyError<T>>) -> Error<E> {
    error.map(failure(error.failure()), way(error.failure()))
}

/// Returns how the method's own error in a failure is shown, if there is one.
pub(crate) fn way<T: AsAny + ?Sized, E: 'static>(failure: &Failure<AnyError<T>>) -> Way<E> {
    match failure {
        Failure::Method(error) => error.way(),
        _ => Way::UNKNOWN,
    }
}

impl<T: ?Sized> fmt::Debug for AnyKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyKey")
    }
}

impl<T: ?Sized> fmt::Debug for AnyValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyValue")
    }
}

impl<T: ?Sized> fmt::Debug for AnyError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyError")
    }
}
