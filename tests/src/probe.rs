//! A storage that waits, fails and hangs when it is told to, and tells what was asked of it.

use evermemo::{
    BoxFuture, CacheEntry, CacheStorage, CountStorage, Found, Instant, LocalInMemoryCacheStorage,
};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    future::pending,
    hash::Hash,
    io,
    panic::resume_unwind,
    sync::{Arc, Mutex},
};

use crate::Gate;

/// An operation of a [`Probe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, clippy::exhaustive_enums, reason = "the operations of a storage")]
pub enum Operation {
    Get,
    Offer,
    Release,
    Clear,
}

/// What an operation does.
#[derive(Clone, Debug, Default)]
#[allow(clippy::exhaustive_enums, reason = "a test lists them all")]
pub enum Mode {
    /// Works.
    #[default]
    Pass,
    /// Fails with an error of this text.
    Fail(&'static str),
    /// Panics, when it is polled or at once, without a message on the screen.
    Panic {
        /// It panics where it is asked for, and there is nothing to be polled.
        at_once: bool,
    },
    /// Works once the gate is open.
    Wait(Gate),
    /// Never ends.
    Hang,
    /// Never ends, and takes effect with [`Probe::land_late`], even if it has been given up.
    Late,
}

/// When something happened to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, clippy::exhaustive_enums, reason = "a test lists them all")]
pub enum Moment {
    Began,
    Ended,
    Failed,
    /// Its future was dropped before its end.
    Dropped,
}

/// An operation, its key if it has one, and what happened to it.
pub type Event<K> = (Operation, Option<K>, Moment);

/// A storage that answers only after a wait, over memory without a bound. Clones share everything.
///
/// `get` reads when it is called and answers when its mode lets it; what changes something takes
/// effect at its end. It cannot clear unless [`allow_clear`](Probe::allow_clear) was called.
pub struct Probe<K, V> {
    within: Arc<LocalInMemoryCacheStorage<K, V>>,
    late: Arc<Mutex<Vec<Effect<K, V>>>>,
    state: Arc<Mutex<State<K>>>,
}

type Effect<K, V> = Box<dyn FnOnce(&LocalInMemoryCacheStorage<K, V>) + Send>;

struct State<K> {
    log: Vec<Event<K>>,
    modes: BTreeMap<Operation, Modes>,
    clears: bool,
}

#[derive(Default)]
struct Modes {
    usual: Mode,
    next: VecDeque<Mode>,
}

impl<K, V> Probe<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Makes an empty storage that works.
    #[must_use]
    pub fn new() -> Self {
        let state = State { log: Vec::new(), modes: BTreeMap::new(), clears: false };
        Self {
            within: Arc::new(LocalInMemoryCacheStorage::unbounded()),
            late: Arc::default(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Sets what an operation does from now on, where [`next`](Self::next) says nothing else.
    pub fn set(&self, operation: Operation, mode: Mode) {
        self.with(|state| state.modes.entry(operation).or_default().usual = mode);
    }

    /// Sets what the next operation of this kind does, after those that were set before.
    pub fn next(&self, operation: Operation, mode: Mode) {
        self.with(|state| state.modes.entry(operation).or_default().next.push_back(mode));
    }

    /// Lets the storage clear itself.
    pub fn allow_clear(&self) {
        self.with(|state| state.clears = true);
    }

    /// Has all that is [late](Mode::Late) take effect, in the order in which it was asked for, and
    /// returns how much that was.
    pub fn land_late(&self) -> usize {
        let late = std::mem::take(&mut *self.late.lock().expect("nothing panics in here"));
        let landed = late.len();
        late.into_iter().for_each(|effect| effect(&self.within));
        landed
    }

    /// Returns the memory below, which answers at once and is not logged.
    #[must_use]
    pub fn within(&self) -> &LocalInMemoryCacheStorage<K, V> {
        &self.within
    }

    /// Returns all that happened so far.
    #[must_use]
    pub fn log(&self) -> Vec<Event<K>> {
        self.with(|state| state.log.clone())
    }

    /// Returns how many operations of this kind came to `moment` so far.
    #[must_use]
    pub fn count(&self, operation: Operation, moment: Moment) -> usize {
        self.with(|state| {
            state.log.iter().filter(|event| (event.0, event.2) == (operation, moment)).count()
        })
    }

    fn run<O: Send + 'static>(
        &self,
        operation: Operation,
        key: Option<K>,
        effect: impl FnOnce(&LocalInMemoryCacheStorage<K, V>) -> O + Send + 'static,
    ) -> BoxFuture<'static, io::Result<O>> {
        let mode = self.with(|state| {
            let modes = state.modes.entry(operation).or_default();
            modes.next.pop_front().unwrap_or_else(|| modes.usual.clone())
        });
        let state = self.state.clone();
        let mut guard = Logged { state, operation, key, moment: Moment::Dropped };
        guard.log(Moment::Began);
        let within = self.within.clone();
        if matches!(mode, Mode::Late) {
            let late = Box::new(move |within: &_| drop(effect(within)));
            self.late.lock().expect("nothing panics in here").push(late);
            return Box::pin(async move {
                let _given_up = guard;
                pending().await
            });
        }
        let panics = || resume_unwind(Box::new("the storage panics"));
        if matches!(mode, Mode::Panic { at_once: true }) {
            panics();
        }
        Box::pin(async move {
            match mode {
                Mode::Pass => {}
                Mode::Panic { .. } => panics(),
                Mode::Fail(text) => {
                    guard.come_to(Moment::Failed);
                    return Err(io::Error::other(text));
                }
                Mode::Wait(gate) => gate.passed().await,
                Mode::Hang | Mode::Late => pending().await,
            }
            guard.come_to(Moment::Ended);
            Ok(effect(&within))
        })
    }

    fn with<O>(&self, f: impl FnOnce(&mut State<K>) -> O) -> O {
        f(&mut self.state.lock().expect("nothing panics in here"))
    }
}

impl<K, V> CacheStorage<K, V> for Probe<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    type Error = io::Error;
    type Get = BoxFuture<'static, Found<V, io::Error>>;
    type Done = BoxFuture<'static, io::Result<()>>;

    fn get(&self, key: &K, now: Instant) -> Self::Get {
        let found = self.within.get_now(&key, now).expect("memory does not wait");
        self.run(Operation::Get, Some(key.clone()), move |_| found.expect("memory does not fail"))
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done {
        let (offered, entry) = (key.clone(), entry.clone());
        self.run(Operation::Offer, Some(key.clone()), move |within| {
            let _offered = within.offer(&offered, &entry, now);
        })
    }

    fn release(&self, key: &K) -> Self::Done {
        let released = key.clone();
        self.run(Operation::Release, Some(key.clone()), move |within| {
            let _released = within.release(&released);
        })
    }

    fn as_counted(&self) -> Option<&dyn CountStorage> {
        Some(self)
    }

    fn clear(&self) -> Option<Self::Done> {
        let clears = self.with(|state| state.clears);
        clears.then(|| {
            self.run(Operation::Clear, None, |within| {
                let _cleared = within.clear();
            })
        })
    }
}

impl<K, V> CountStorage for Probe<K, V>
where
    LocalInMemoryCacheStorage<K, V>: CountStorage,
{
    fn len(&self) -> usize {
        self.within.len()
    }
}

impl<K, V> Default for Probe<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Clone for Probe<K, V> {
    fn clone(&self) -> Self {
        Self { within: self.within.clone(), late: self.late.clone(), state: self.state.clone() }
    }
}

impl<K, V> fmt::Debug for Probe<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

/// Writes the end of an operation down when it comes, whichever it is.
struct Logged<K> {
    state: Arc<Mutex<State<K>>>,
    operation: Operation,
    key: Option<K>,
    moment: Moment,
}

impl<K> Logged<K> {
    fn log(&self, moment: Moment)
    where
        K: Clone,
    {
        let event = (self.operation, self.key.clone(), moment);
        self.state.lock().expect("nothing panics in here").log.push(event);
    }

    // A method, so that the future owns the whole of this and not a copy of the field.
    fn come_to(&mut self, moment: Moment) {
        self.moment = moment;
    }
}

impl<K> Drop for Logged<K> {
    fn drop(&mut self) {
        let event = (self.operation, self.key.take(), self.moment);
        self.state.lock().expect("nothing panics in here").log.push(event);
    }
}
