//! One write at a time for each key, where a storage or a strategy makes writes take time.

use core::hash::Hash;

use event_listener::Event;
use hashbrown::{DefaultHashBuilder, HashSet};

use crate::{
    planted::{self, Fault},
    runtime::BoxFuture,
    sync::Mutex,
};

use alloc::boxed::Box;

/// Keeps an offer and a release of one key apart, and a clear from all of them.
///
/// Whoever supersedes a flight and then enters the key's lane finds either that the flight's offer
/// has ended, or that it will never begin.
pub(crate) struct KeyLocks<K> {
    busy: Mutex<Busy<K>>,
    freed: Event,
}

struct Busy<K> {
    keys: HashSet<K, DefaultHashBuilder>,
    /// Somebody has all lanes, or waits for the last ones.
    all: bool,
}

/// A lane, until dropped.
pub(crate) struct KeyLock<'a, K: Hash + Eq> {
    locks: &'a KeyLocks<K>,
    /// `None` for all of them.
    key: Option<K>,
}

impl<K> KeyLocks<K> {
    pub(crate) fn new() -> Self {
        let keys = HashSet::with_hasher(DefaultHashBuilder::default());
        Self { busy: Mutex::new(Busy { keys, all: false }), freed: Event::new() }
    }
}

impl<K: Hash + Eq + Clone> KeyLocks<K> {
    /// Enters the lane of `key`, unless it is busy.
    pub(crate) fn try_enter(&self, key: &K) -> Option<KeyLock<'_, K>> {
        let (held, mut entering) = (key.clone(), Some(key.clone()));
        let entered = self.busy.with(|busy| {
            if busy.all || busy.keys.contains(key) {
                return false;
            }
            busy.keys.extend(entering.take());
            true
        });
        entered.then(|| KeyLock { locks: self, key: Some(held) })
    }

    /// Enters the lane of `key` once it is free. Dropped before, it has entered nothing.
    pub(crate) async fn enter(&self, key: &K) -> KeyLock<'_, K> {
        loop {
            if let Some(lane) = self.try_enter(key) {
                return lane;
            }
            let listener = heard(&self.freed);
            if let Some(lane) = self.try_enter(key) {
                return lane;
            }
            listener.await;
        }
    }

    /// Enters all lanes once they are free; from now on nobody else enters one.
    pub(crate) async fn enter_all(&self) -> KeyLock<'_, K> {
        let all = loop {
            let listener = heard(&self.freed);
            if !self.busy.with(|busy| core::mem::replace(&mut busy.all, true)) {
                break KeyLock { locks: self, key: None };
            }
            listener.await;
        };
        loop {
            let listener = heard(&self.freed);
            if self.busy.with(|busy| busy.keys.is_empty()) {
                return all;
            }
            listener.await;
        }
    }
}

/// Waits for the next notice, from now on. Behind a pointer, as its destructor is long and most
/// writes wait for nothing.
#[cold]
fn heard(event: &Event) -> BoxFuture<'static, ()> {
    Box::pin(event.listen())
}

impl<K: Hash + Eq> Drop for KeyLock<'_, K> {
    fn drop(&mut self) {
        if planted::is(Fault::LaneStaysBusy) {
            return;
        }
        let left = self.locks.busy.with(|busy| match &self.key {
            Some(key) => busy.keys.take(key),
            None => {
                busy.all = false;
                None
            }
        });
        drop(left);
        self.locks.freed.notify(usize::MAX);
    }
}
