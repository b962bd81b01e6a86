//! The waits of all loads that may affect permits, behind one lock.

use super::waits::{Waits, Wakers};
#[cfg(feature = "std")]
use crate::flights::Calls;
use crate::sync::{Arc, AtomicUsize, Mutex, Ordering};

/// Knows which load waits for which: in the whole process where a call knows its calling load, and
/// otherwise in one cache.
///
/// Its lock is a leaf: nothing is woken or dropped under it.
pub(super) struct Graph {
    waits: Mutex<Waits>,
    /// How many calls are noted, so that a poll takes no lock while there are none.
    calls: AtomicUsize,
}

impl Graph {
    fn new() -> Self {
        Self { waits: Mutex::new(Waits::default()), calls: AtomicUsize::new(0) }
    }

    /// Returns the graph of the process, in which all calls are noted from now on.
    #[cfg(feature = "std")]
    pub(super) fn shared() -> Arc<Self> {
        let graph = SHARED.get_or_init(|| Arc::new(Self::new())).clone();
        crate::flights::tell(graph.clone());
        graph
    }

    /// Makes a graph in which no calls are noted, as no call knows its calling load.
    #[cfg(not(feature = "std"))]
    pub(super) fn shared() -> Arc<Self> {
        Arc::new(Self::new())
    }

    /// Changes the waits, and wakes and drops afterwards.
    pub(super) fn change<O>(&self, change: impl FnOnce(&mut Waits, &mut Wakers) -> O) -> O {
        let mut wakers = Wakers::default();
        let output = self.waits.with(|waits| {
            let output = change(waits, &mut wakers);
            self.calls.store(waits.calls(), Ordering::Relaxed);
            output
        });
        let Wakers { woken, idle } = wakers;
        drop(idle);
        woken.into_iter().for_each(core::task::Waker::wake);
        output
    }
}

#[cfg(all(feature = "std", not(shuttle)))]
static SHARED: std::sync::OnceLock<Arc<Graph>> = std::sync::OnceLock::new();

#[cfg(all(feature = "std", shuttle))]
shuttle::lazy_static! {
    static ref SHARED: std::sync::OnceLock<Arc<Graph>> = std::sync::OnceLock::new();
}

#[cfg(feature = "std")]
impl Calls for Graph {
    fn poll(&self, load: usize, begins: bool) {
        if self.calls.load(Ordering::Relaxed) > 0 {
            self.change(|waits, wakers| waits.poll(load, begins, wakers));
        }
    }

    fn call(&self, caller: usize, load: usize) -> Option<usize> {
        self.change(|waits, wakers| waits.call(caller, load, wakers))
    }

    fn end_call(&self, caller: usize, number: usize) {
        self.change(|waits, _| waits.end_call(caller, number));
    }
}
