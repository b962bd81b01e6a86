//! One cache for each choice of a function's type parameters.

use alloc::{boxed::Box, collections::BTreeMap};
use core::{
    any::{Any, TypeId},
    cell::RefCell,
    fmt,
};
use std::{
    sync::{OnceLock, PoisonError, RwLock},
    thread::LocalKey,
};

#[cfg(feature = "testing")]
use crate::scopes::{self, ScopedPlace};

/// The caches of a generic function, made when they are first asked for, and kept for ever.
///
/// A `static` in a generic function is one for all choices, so this distinguishes them, by the type
/// of a closure: a closure of a generic function has a type for each choice of its parameters,
/// those of the `impl` block and constants included. The first choice is found without a lock, and
/// most functions have no second.
pub struct Choices {
    first: OnceLock<(TypeId, KeptCache)>,
    others: RwLock<BTreeMap<TypeId, KeptCache>>,
}

type KeptCache = &'static (dyn Any + Send + Sync);

impl Choices {
    /// Makes an empty collection, for a `static`.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a `static` needs it to be constant")]
    pub const fn new() -> Self {
        Self { first: OnceLock::new(), others: RwLock::new(BTreeMap::new()) }
    }

    /// Returns the cache that `make` makes.
    ///
    /// # Panics
    ///
    /// If it is called with the closure of another function.
    pub fn of<T, F>(&self, make: F) -> &'static T
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T + 'static,
    {
        let choice = TypeId::of::<F>();
        #[cfg(feature = "testing")]
        if let Some(scope) = scopes::current() {
            return scopes::cache(scope, ScopedPlace::Choice(choice), make);
        }
        let kept = match self.first.get() {
            Some(&(first, kept)) if first == choice => kept,
            _ => self.found(choice).unwrap_or_else(|| self.made(choice, make)),
        };
        kept.downcast_ref().expect("a closure makes values of one type")
    }

    fn found(&self, choice: TypeId) -> Option<KeptCache> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.get(&choice).copied()
    }

    fn made<T, F>(&self, choice: TypeId, make: F) -> KeptCache
    where
        T: Send + Sync + 'static,
        F: FnOnce() -> T,
    {
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        let kept = *others.entry(choice).or_insert_with(|| Box::leak(Box::new(make())));
        // Every choice is among the others, so it does not matter which is first here.
        let _ = self.first.set((choice, kept));
        kept
    }
}

impl fmt::Debug for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choices").finish_non_exhaustive()
    }
}

/// The caches of a function whose values stay on their thread, for a `thread_local`.
pub struct LocalChoices {
    caches: RefCell<BTreeMap<TypeId, Box<dyn Any>>>,
}

impl LocalChoices {
    /// Makes an empty collection.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a `thread_local` is cheaper with a constant")]
    pub const fn new() -> Self {
        Self { caches: RefCell::new(BTreeMap::new()) }
    }

    /// Returns a handle of the cache that `make` makes, or of a new one where the thread is ending
    /// and its collection has been dropped.
    ///
    /// # Panics
    ///
    /// If it is called with the closure of another function.
    pub fn of<T, F>(of_thread: &'static LocalKey<Self>, make: F) -> T
    where
        T: Clone + 'static,
        F: Fn() -> T + 'static,
    {
        let kept = of_thread.try_with(|choices| {
            let mut caches = choices.caches.borrow_mut();
            let cache = caches.entry(TypeId::of::<F>()).or_insert_with(|| Box::new(make()));
            cache.downcast_ref::<T>().expect("a closure makes values of one type").clone()
        });
        kept.unwrap_or_else(|_| make())
    }
}

impl fmt::Debug for LocalChoices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalChoices").finish_non_exhaustive()
    }
}
