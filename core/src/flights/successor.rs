//! The successor of a flight in its line, and the stage of the flight itself.

use core::mem;

use crate::sync::{Arc, AtomicBool, Mutex, Ordering};

/// The next one of a line, and whether the present one waits or has ended.
pub(super) struct Successor<T> {
    next: Mutex<Option<Arc<T>>>,
    /// Whether there ever was a next one. Set under the lock of the key's shard.
    followed: AtomicBool,
    /// The load waits for the flight before to be over; a caller that comes now gets a newer value.
    waiting: AtomicBool,
    /// The flight has ended.
    gone: AtomicBool,
}

impl<T> Successor<T> {
    pub(super) fn new() -> Self {
        Self {
            next: Mutex::new(None),
            followed: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        }
    }

    /// Puts a next one in line, and returns the previous next one.
    pub(super) fn follow(&self, next: &Arc<T>) -> Option<Arc<T>> {
        self.followed.store(true, Ordering::Release);
        self.next.with(|place| place.replace(next.clone()))
    }

    /// Lets others see the flight's end, as if another one followed.
    pub(super) fn be_followed(&self) {
        self.followed.store(true, Ordering::Release);
    }

    /// Sets the next one, and returns the previous next one.
    pub(super) fn replace(&self, after: Option<Arc<T>>) -> Option<Arc<T>> {
        self.next.with(|place| mem::replace(place, after))
    }

    pub(super) fn was_followed(&self) -> bool {
        self.followed.load(Ordering::Acquire)
    }

    pub(super) fn next(&self) -> Option<Arc<T>> {
        if !self.was_followed() {
            return None;
        }
        self.next.with(|next| next.clone())
    }

    pub(super) fn take(&self) -> Option<Arc<T>> {
        if !self.was_followed() {
            return None;
        }
        self.next.with(Option::take)
    }

    pub(super) fn wait(&self, waiting: bool) {
        self.waiting.store(waiting, Ordering::Release);
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }
}
