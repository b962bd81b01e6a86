//! What a load waits for until its test lets it go on.

use evermemo::BoxFuture;
use smol::channel::{Receiver, Sender, bounded};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Holds tasks until it is opened, and none afterwards. Clones are one gate.
#[derive(Clone, Debug)]
pub struct Gate {
    // Nothing is ever sent: closing the channel is the signal, and it reaches all.
    opener: Sender<()>,
    barrier: Receiver<()>,
}

impl Gate {
    /// Makes a gate that is shut.
    #[must_use]
    pub fn shut() -> Self {
        let (opener, barrier) = bounded(1);
        Self { opener, barrier }
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.opener.close();
    }

    /// Ends once the gate is open. Dropped, it is as if no task had waited.
    #[must_use]
    pub fn passed(&self) -> BoxFuture<'static, ()> {
        let gate = self.clone();
        Box::pin(async move {
            let closed = gate.barrier.recv().await;
            debug_assert!(closed.is_err(), "nothing is sent through a gate");
        })
    }
}

/// A gate for each run of a function, by its number. Clones are the same gates.
#[derive(Clone, Debug)]
pub struct Gates {
    all: Arc<Mutex<All>>,
}

#[derive(Debug)]
struct All {
    shut: bool,
    gates: BTreeMap<u32, Gate>,
}

impl Gates {
    /// Makes gates that are open, but for those that are shut one by one.
    #[must_use]
    pub fn open() -> Self {
        Self::all(false)
    }

    /// Makes gates that are shut, each until it is opened.
    #[must_use]
    pub fn shut() -> Self {
        Self::all(true)
    }

    fn all(shut: bool) -> Self {
        Self { all: Arc::new(Mutex::new(All { shut, gates: BTreeMap::new() })) }
    }

    /// Shuts gate `run`; who has passed it does not notice.
    pub fn shut_at(&self, run: u32) {
        self.all.lock().expect("no test panics in here").gates.insert(run, Gate::shut());
    }

    /// Opens gate `run`.
    pub fn open_at(&self, run: u32) {
        self.at(run).open();
    }

    /// Opens every gate, those to come too.
    pub fn open_all(&self) {
        let mut all = self.all.lock().expect("no test panics in here");
        all.shut = false;
        all.gates.values().for_each(Gate::open);
    }

    /// Ends once gate `run` is open.
    #[must_use]
    pub fn passed(&self, run: u32) -> BoxFuture<'static, ()> {
        self.at(run).passed()
    }

    fn at(&self, run: u32) -> Gate {
        let mut all = self.all.lock().expect("no test panics in here");
        let shut = all.shut;
        let made = || {
            let gate = Gate::shut();
            if !shut {
                gate.open();
            }
            gate
        };
        all.gates.entry(run).or_insert_with(made).clone()
    }
}
