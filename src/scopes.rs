//! Caches of memoized functions that belong to one runtime, for as long as its test runs.
#![cfg_attr(not(feature = "macros"), allow(dead_code, reason = "memoized functions ask for them"))]

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::{
    any::{Any, TypeId},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use evermemo_core::{Domain, Runtime, testing};

/// A scope of memoized functions, until dropped; see [`scope`](crate::testing::scope).
#[must_use = "the scope ends when this is dropped"]
#[derive(Debug)]
pub struct Scope {
    domain: Domain,
}

/// Where the process has the cache of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ScopedPlace {
    /// In a `static` at this address.
    Static(usize),
    /// In the collection of a generic function, for this choice of its parameters.
    Choice(TypeId),
}

type ScopedCache = &'static (dyn Any + Send + Sync);

struct OpenScope {
    domain: Domain,
    caches: BTreeMap<ScopedPlace, ScopedCache>,
}

static SCOPES: RwLock<Vec<OpenScope>> = RwLock::new(Vec::new());

/// How many there are, so that a call outside all scopes takes no lock.
static OPEN: AtomicUsize = AtomicUsize::new(0);

fn read() -> RwLockReadGuard<'static, Vec<OpenScope>> {
    SCOPES.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Vec<OpenScope>> {
    SCOPES.write().unwrap_or_else(PoisonError::into_inner)
}

impl Scope {
    /// Opens a scope on the runtime of a domain; `None` if it has one.
    pub(crate) fn open(domain: Domain) -> Option<Self> {
        let mut scopes = write();
        if scopes.iter().any(|scope| scope.domain == domain) {
            return None;
        }
        scopes.push(OpenScope { domain, caches: BTreeMap::new() });
        OPEN.fetch_add(1, Ordering::Relaxed);
        Some(Self { domain })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // The runtime's number may be that of another one later.
        write().retain(|scope| scope.domain != self.domain);
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns the domain of the runtime in context: of virtual time, or else of tokio.
pub(crate) fn here() -> Option<Domain> {
    let here = testing::current().and_then(|time| time.domain());
    #[cfg(feature = "tokio")]
    let here = here.or_else(|| crate::Tokio::default().domain());
    here
}

/// Returns the domain of the runtime in context, if it has a scope.
pub(crate) fn current() -> Option<Domain> {
    if OPEN.load(Ordering::Relaxed) == 0 {
        return None;
    }
    here().filter(|&domain| read().iter().any(|scope| scope.domain == domain))
}

/// Returns the scope's cache of a function, which `make` makes when it is first asked for. It is
/// kept until the program ends, as a reference to it can be handed out.
pub(crate) fn cache<T: Send + Sync + 'static>(
    domain: Domain,
    place: ScopedPlace,
    make: impl FnOnce() -> T,
) -> &'static T {
    let of_scope = |scope: &&OpenScope| scope.domain == domain;
    let found = read().iter().find(of_scope).and_then(|scope| scope.caches.get(&place).copied());
    let cache = found.unwrap_or_else(|| {
        // Made outside the lock: what the options name may call another memoized function.
        let made: ScopedCache = Box::leak(Box::new(make()));
        match write().iter_mut().find(|scope| scope.domain == domain) {
            Some(scope) => *scope.caches.entry(place).or_insert(made),
            None => made,
        }
    });
    cache.downcast_ref().expect("a place has caches of one type")
}
