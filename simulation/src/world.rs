//! What all parts of a run share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use evermemo_core::{BoxFuture, CacheEntry, Cause, Error, Instant, Opaque};

use crate::{
    between::Between,
    dice::Dice,
    history::{History, Times},
    scenario::{Scenario, Setup},
    subject::Stored,
};

/// What a call is made with. Only the key decides the answer; who asks decides what a load does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) key: u32,
    /// Its number in the history.
    pub(crate) caller: usize,
}

/// What is loaded and inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) key: u32,
    /// Its number in the history.
    pub(crate) number: usize,
}

/// The error of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Down {
    pub(crate) number: usize,
}

impl Cause<Opaque> for Down {}

/// The clock and the timers of a run, for those that may move between threads.
pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Instant;

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Moves time to the next timer; `false` if there is none, or time moves by itself.
    fn skip(&self) -> bool {
        false
    }
}

/// Calls the cache from inside a load.
pub(crate) type Nest =
    Arc<dyn Fn(Asked) -> BoxFuture<'static, Result<Value, Error<Down>>> + Send + Sync>;

/// What all parts of a run share.
pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) seed: u64,
    pub(crate) clock: Box<dyn Clock>,
    history: Mutex<History>,
    nest: Mutex<Option<Nest>>,
    between: Mutex<Option<Arc<Between>>>,
    stored: Mutex<Option<Stored>>,
    lives: Mutex<(Duration, Duration)>,
    /// Nothing takes time or fails any more.
    calm: AtomicBool,
}

impl World {
    pub(crate) fn new(scenario: &Scenario, clock: Box<dyn Clock>, history: History) -> Arc<Self> {
        let setup = scenario.setup.clone();
        let lives = Mutex::new((setup.update_after, setup.expire_after));
        Arc::new(Self {
            setup,
            seed: scenario.seed,
            clock,
            history: Mutex::new(history),
            nest: Mutex::new(None),
            between: Mutex::new(None),
            stored: Mutex::new(None),
            lives,
            calm: AtomicBool::new(false),
        })
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an event at the time it happens.
    pub(crate) fn note<O>(&self, event: impl FnOnce(&mut History) -> O) -> O {
        let now = self.clock.now();
        let mut history = self.history();
        history.tick(now);
        history.judge_idle();
        history.judge_hung();
        let output = event(&mut history);
        history.note_idle();
        output
    }

    pub(crate) fn set_nest(&self, nest: Option<Nest>) {
        *self.nest.lock().unwrap_or_else(PoisonError::into_inner) = nest;
    }

    pub(crate) fn nest(&self) -> Option<Nest> {
        self.nest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_between(&self, between: Option<Arc<Between>>) {
        *self.between.lock().unwrap_or_else(PoisonError::into_inner) = between;
    }

    /// The cache between loads and the calls that they make, if there is one.
    pub(crate) fn between(&self) -> Option<Arc<Between>> {
        self.between.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_stored(&self, stored: Option<Stored>) {
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = stored;
    }

    /// The times of what is stored under a key.
    pub(crate) fn peek(&self, key: u32) -> Option<Times> {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stored.and_then(|stored| stored.times(key))
    }

    /// Lets go of what would hold the world in turn.
    pub(crate) fn end(&self) {
        self.set_nest(None);
        self.set_between(None);
        self.set_stored(None);
    }

    pub(crate) fn set_lives(&self, update_after: Duration, expire_after: Duration) {
        *self.lives.lock().unwrap_or_else(PoisonError::into_inner) = (update_after, expire_after);
    }

    /// Builds an entry, and notes its times.
    pub(crate) fn entry(&self, value: Value, now: Instant) -> CacheEntry<Value> {
        let (update_after, expire_after) =
            *self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = CacheEntry::new(value, now)
            .update_after(now + update_after)
            .expires_after(now + expire_after);
        self.history().built(&entry);
        entry
    }

    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Relaxed)
    }

    /// Numbers for something that happens now, whatever has happened before.
    pub(crate) fn dice_now(&self, what: u64, key: u32) -> Dice {
        let now = self.clock.now().saturating_since(self.history().start);
        Dice::of(&[self.seed, what, key.into(), now.as_nanos() as u64])
    }
}
