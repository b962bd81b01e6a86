//! A second cache, between a load and the call that it makes.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use evermemo_core::{Abandon, BoxFuture, Builder, Memo};

use crate::sited::Sited;

/// A load calls this cache, and a load of this one makes the call: so a chain of loads goes from one
/// cache to the other, and back.
///
/// Each call has a key of its own here, so none waits for another one's.
pub(crate) struct Between {
    memo: Memo<usize, (), Infallible, Sited>,
    calls: Arc<Calls>,
}

/// The calls whose load has not begun.
#[derive(Default)]
struct Calls(Mutex<BTreeMap<usize, BoxFuture<'static, ()>>>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, BoxFuture<'static, ()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, caller: usize) -> Option<BoxFuture<'static, ()>> {
        self.lock().remove(&caller)
    }
}

impl Between {
    pub(crate) fn new(runtime: Sited) -> Self {
        let calls = Arc::<Calls>::default();
        let begun = calls.clone();
        let load = move |caller| {
            let call = begun.take(caller);
            async move {
                if let Some(call) = call {
                    call.await;
                }
            }
        };
        // A load that has gone makes no more calls.
        let memo = Builder::on(runtime).on_abandon(Abandon::Abort).capacity(1).wrap(load);
        Self { memo, calls }
    }

    /// Makes a caller's call, from inside a load of this cache.
    pub(crate) async fn pass(&self, caller: usize, call: BoxFuture<'static, ()>) {
        self.calls.lock().insert(caller, call);
        let _passed = self.memo.call(caller).await;
        // If its load has not begun, it never does.
        drop(self.calls.take(caller));
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.memo.in_flight()
    }
}
