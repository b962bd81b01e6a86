//! Components whose types are hidden behind pointers.
//!
//! The default components are recognised by their types: a hit need not call those that do nothing.

mod extractor;
mod storage;
mod strategy;

pub use self::storage::SharedStorage;
pub(super) use self::{extractor::SharedExtractor, strategy::SharedStrategy};

use core::fmt;

use super::same::is;

use crate::{
    entry::CacheEntry,
    entry_builder::CacheEntryBuilder,
    postprocessing::{NoPostprocessing, Postprocessing},
    sync::Arc,
    time::Instant,
};

/// An entry builder of any type behind a pointer.
#[doc(hidden)]
pub struct SharedBuilder<K, V>(Arc<dyn CacheEntryBuilder<K, V> + Send + Sync>);

impl<K: 'static, V: 'static> CacheEntryBuilder<K, V> for SharedBuilder<K, V> {
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V> {
        self.0.build(key, value, now)
    }

    fn keeps(&self, key: &K, value: &V) -> bool {
        self.0.keeps(key, value)
    }
}

impl<K, V> SharedBuilder<K, V> {
    pub(in crate::configuration) fn new(
        component: impl CacheEntryBuilder<K, V> + Send + Sync,
    ) -> Self {
        Self(Arc::new(component))
    }
}

impl<K, V> Clone for SharedBuilder<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A postprocessing of any type behind a pointer.
#[doc(hidden)]
pub struct SharedPostprocessing<V> {
    /// `None` is [`NoPostprocessing`], which a hit need not call.
    component: Option<Arc<dyn Postprocessing<V> + Send + Sync>>,
}

impl<V: 'static> Postprocessing<V> for SharedPostprocessing<V> {
    #[inline]
    fn apply(&self, value: V) -> V {
        match &self.component {
            Some(component) => component.apply(value),
            None => value,
        }
    }
}

impl<V> SharedPostprocessing<V> {
    pub(in crate::configuration) fn new<P: Postprocessing<V> + Send + Sync>(component: P) -> Self {
        let component: Option<Arc<dyn Postprocessing<V> + Send + Sync>> =
            if is::<P, NoPostprocessing>() { None } else { Some(Arc::new(component)) };
        Self { component }
    }
}

impl<V> Clone for SharedPostprocessing<V> {
    fn clone(&self) -> Self {
        Self { component: self.component.clone() }
    }
}

macro_rules! opaque {
    ($($shared:ident<$($parameter:ident),*>)*) => {
        $(impl<$($parameter),*> fmt::Debug for $shared<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($shared)).finish_non_exhaustive()
            }
        })*
    };
}

opaque!(SharedStorage<K, V> SharedExtractor<A, K> SharedBuilder<K, V> SharedPostprocessing<V>
    SharedStrategy<K, V>);
