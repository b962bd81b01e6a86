//! Loads that tell when they are dropped.

use crate::Numbered;

use evermemo::BoxFuture;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

/// Counts what has been dropped. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Drops {
    count: Arc<AtomicUsize>,
}

/// Is counted when it is dropped.
#[derive(Debug)]
pub struct DropGuard(Drops);

impl Drops {
    /// Makes something to be dropped.
    #[must_use]
    pub fn guard(&self) -> DropGuard {
        DropGuard(self.clone())
    }

    /// Returns how many guards have been dropped.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count.load(SeqCst)
    }

    /// Returns the function of `source`, each of whose runs holds a guard to its end.
    pub fn watch<A>(
        &self,
        source: &Numbered,
    ) -> impl Fn(A) -> BoxFuture<'static, u32> + Send + Sync + use<A> {
        let (drops, method) = (self.clone(), source.method());
        move |arguments| {
            let (guard, run) = (drops.guard(), method(arguments));
            Box::pin(async move {
                let _guard = guard;
                run.await
            })
        }
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.count.fetch_add(1, SeqCst);
    }
}
