//! A future that the history is told of.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    history::{Caller, History, Kind},
    model::Ending,
    operation::{Action, Operation},
    sites::current,
    world::World,
};

/// Something that a client does, with a note of its beginning, its end, and of being dropped.
///
/// The boxed future answers how it has ended, and the key that the answer is for.
pub(crate) struct Tracked<F> {
    world: Arc<World>,
    caller: usize,
    future: Pin<Box<F>>,
    over: bool,
}

impl<F: Future<Output = (Ending, u32)>> Tracked<F> {
    pub(crate) fn new(world: Arc<World>, caller: usize, future: F) -> Self {
        Self { world, caller, future: Box::pin(future), over: false }
    }
}

impl<F: Future<Output = (Ending, u32)>> Future for Tracked<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let caller = self.caller;
        let (key, is_first) = {
            let history = self.world.history();
            (history.callers[caller].key, history.callers[caller].began.is_none())
        };
        let met = if is_first { self.world.peek(key) } else { None };
        let first = self.world.note(|history| {
            history.polled.push(caller);
            history.callers[caller].polls += 1;
            let first = history.callers[caller].began.is_none();
            if first {
                history.callers[caller].met = met;
                history.callers[caller].site = current();
                history.begin(caller);
            }
            first
        });
        // Stays noted if this unwinds, which ends the run.
        let polled = self.future.as_mut().poll(cx);
        self.over = polled.is_ready();
        self.world.note(|history| {
            history.polled.pop();
            match polled {
                Poll::Pending if first => history.waits(caller),
                Poll::Pending => {}
                Poll::Ready((ending, key)) => history.end_for(caller, ending, key),
            }
        });
        polled.map(|_| ())
    }
}

impl<F> Drop for Tracked<F> {
    fn drop(&mut self) {
        if !self.over {
            self.world.note(|history| history.end(self.caller, Ending::Dropped));
        }
    }
}

impl History {
    /// Adds the caller of an operation; `None` if it is no call of the cache.
    pub(crate) fn called(&mut self, operation: &Operation) -> Option<usize> {
        let mut wishes = None;
        let (kind, key) = match operation.action {
            Action::Call(key) => (Kind::Call, key),
            Action::Outcome(key) => (Kind::Outcome, key),
            Action::Tuned(key, wished) => {
                wishes = Some(wished);
                (Kind::Outcome, key)
            }
            Action::Force(key) => (Kind::Force, key),
            Action::Refresh(key) => (Kind::Refresh, key),
            Action::Get(key) => (Kind::Get, key),
            Action::Peek(key) => (Kind::Peek, key),
            Action::Invalidate(key) => (Kind::Invalidate, key),
            Action::Insert(key) => (Kind::Insert, key),
            Action::Update(key) => (Kind::Update, key),
            Action::Clear => (Kind::Clear, 0),
            _ => return None,
        };
        let (seed, operation) = (operation.seed, Some(operation.index));
        Some(self.add(Caller { operation, wishes, ..Caller::new(key, kind, seed) }))
    }

    /// Adds a call from inside a load.
    pub(crate) fn called_inside(&mut self, load: usize, key: u32, kind: Kind) -> usize {
        let (leader, inside) = (&self.callers[self.births[load].caller], Some(load));
        let seed = leader.seed ^ leader.loads.len() as u64 ^ u64::from(key + 1) << 32;
        self.add(Caller { inside, ..Caller::new(key, kind, seed) })
    }

    /// Adds a call that is made when all is done.
    pub(crate) fn called_at_last(&mut self, key: u32, kind: Kind) -> usize {
        self.add(Caller::new(key, kind, 0))
    }

    fn add(&mut self, caller: Caller) -> usize {
        self.callers.push(caller);
        self.callers.len() - 1
    }

    /// A caller has an answer for a key, which has to be its own.
    fn end_for(&mut self, caller: usize, ending: Ending, key: u32) {
        if matches!(ending, Ending::Answered(..)) && key != self.callers[caller].key {
            self.violate(|history| format!("{} is told of key {key}", history.name(caller)));
        }
        self.end(caller, ending);
    }
}

impl Caller {
    const fn new(key: u32, kind: Kind, seed: u64) -> Self {
        Self {
            key,
            kind,
            wishes: None,
            operation: None,
            inside: None,
            seed,
            polls: 0,
            site: 0,
            back: None,
            blocks: false,
            began: None,
            ended: None,
            ending: None,
            waited: false,
            stood_in: false,
            loads: Vec::new(),
            handed: None,
            inserts: None,
            met: None,
            change: (false, 0),
            exempt: Vec::new(),
        }
    }
}
