//! A result that many wait for.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use event_listener::{Event, EventListener};

use super::Landed;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, fence};

/// A place where one load lands, once.
pub(crate) struct Landing<V, E> {
    landed: Mutex<Option<Arc<Landed<V, E>>>>,
    event: Event,
    /// Somebody has listened. A solo flight wakes nobody, and an event allocates even then.
    heard: AtomicBool,
}

impl<V, E> Landing<V, E> {
    pub(crate) fn new() -> Self {
        Self { landed: Mutex::new(None), event: Event::new(), heard: AtomicBool::new(false) }
    }

    /// Lands, unless something has landed already, and wakes everybody.
    pub(crate) fn land(&self, landed: Landed<V, E>) -> bool {
        let landed = Arc::new(landed);
        let refused = self.landed.with(|place| match place {
            Some(_) => Some(landed),
            None => {
                *place = Some(landed);
                None
            }
        });
        self.wake();
        refused.is_none()
    }

    /// Wakes everybody to look again.
    pub(crate) fn wake(&self) {
        // Either the listener sees what has changed before this, or this sees the listener.
        fence(Ordering::SeqCst);
        if self.heard.load(Ordering::Relaxed) {
            self.event.notify(usize::MAX);
        }
    }

    pub(crate) fn landed(&self) -> Option<Arc<Landed<V, E>>> {
        self.landed.with(|landed| landed.clone())
    }

    /// Listens for the next [`wake`](Self::wake). What has changed before is to be looked at after.
    pub(crate) fn listen(&self) -> EventListener {
        self.heard.store(true, Ordering::Relaxed);
        let listener = self.event.listen();
        fence(Ordering::SeqCst);
        listener
    }
}

impl<V, E> fmt::Debug for Landing<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing").field("landed", &self.landed().is_some()).finish()
    }
}

/// Waits for the result of an update. Dropping it disturbs nobody else.
pub struct InMemoryWait<V, E> {
    landing: Arc<Landing<V, E>>,
    listener: Option<EventListener>,
}

impl<V, E> InMemoryWait<V, E> {
    pub(crate) const fn new(landing: Arc<Landing<V, E>>) -> Self {
        Self { landing, listener: None }
    }
}

impl<V: Clone, E> Future for InMemoryWait<V, E> {
    type Output = Landed<V, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if let Some(landed) = self.landing.landed() {
                return Poll::Ready(Landed::clone(&landed));
            }
            // What lands between the look and the listening is seen at the next look.
            if self.listener.is_none() {
                self.listener = Some(self.landing.listen());
                continue;
            }
            if let Some(listener) = &mut self.listener {
                ready!(Pin::new(listener).poll(cx));
                self.listener = None;
            }
        }
    }
}

impl<V, E> fmt::Debug for InMemoryWait<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryWait").field("landing", &self.landing).finish()
    }
}
