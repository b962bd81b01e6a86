//! A result that many wait for.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use super::{
    Landed,
    bell::{Bell, Listener},
};
use crate::{
    planted::{self, Fault},
    sync::{Arc, AtomicBool, Mutex, Ordering},
};

/// A place where one load lands, once.
pub(crate) struct Landing<V, E> {
    place: Mutex<Place<V, E>>,
    /// Something has landed; so that looking takes no lock.
    landed: AtomicBool,
}

struct Place<V, E> {
    result: Option<Held<V, E>>,
    /// Wakes those who listen, from the first one on: a solo flight has nobody to wake.
    bell: Option<Arc<Bell>>,
}

/// A result is shared once somebody asks for a share: who is alone with it takes it as it is.
enum Held<V, E> {
    Whole(Landed<V, E>),
    Shared(Arc<Landed<V, E>>),
    Taken,
}

impl<V, E> Landing<V, E> {
    pub(crate) fn new() -> Self {
        Self {
            place: Mutex::new(Place { result: None, bell: None }),
            landed: AtomicBool::new(false),
        }
    }

    /// Lands, unless something has landed already, and wakes everybody.
    pub(crate) fn land(&self, landed: Landed<V, E>) {
        let (refused, bell) = self.place.with(|place| {
            let refused = match place.result {
                Some(_) => Some(landed),
                None => {
                    place.result = Some(Held::Whole(landed));
                    self.landed.store(true, Ordering::Release);
                    None
                }
            };
            (refused, place.bell.clone())
        });
        drop(refused);
        if let Some(bell) = bell
            && !planted::is(Fault::LostWake)
        {
            bell.ring();
        }
    }

    /// Wakes everybody to look again.
    pub(crate) fn wake(&self) {
        if let Some(bell) = self.place.with(|place| place.bell.clone()) {
            bell.ring();
        }
    }

    /// What wakes everybody who listens, whoever is asked to.
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(self.bell())
    }

    pub(crate) fn has_landed(&self) -> bool {
        self.landed.load(Ordering::Acquire)
    }

    /// A share of what has landed; `None` too if somebody has taken it.
    pub(crate) fn landed(&self) -> Option<Arc<Landed<V, E>>> {
        if self.has_landed() { self.share() } else { None }
    }

    #[inline(never)]
    fn share(&self) -> Option<Arc<Landed<V, E>>> {
        self.place.with(|place| {
            let result = place.result.as_mut()?;
            let shared = match core::mem::replace(result, Held::Taken) {
                Held::Whole(landed) => Arc::new(landed),
                Held::Shared(shared) => shared,
                Held::Taken => return None,
            };
            *result = Held::Shared(shared.clone());
            Some(shared)
        })
    }

    /// What has landed, for somebody who is alone with it; `None` if it is shared already.
    pub(crate) fn take(&self) -> Option<Landed<V, E>> {
        self.place.with(|place| match place.result.take()? {
            Held::Whole(landed) => {
                place.result = Some(Held::Taken);
                Some(landed)
            }
            held => {
                place.result = Some(held);
                None
            }
        })
    }

    /// Listens for the next [`wake`](Self::wake). What has changed before is to be looked at after.
    pub(crate) fn listen(&self) -> Listener {
        self.bell().listen()
    }

    fn bell(&self) -> Arc<Bell> {
        self.place.with(|place| {
            let bell = place.bell.get_or_insert_with(|| Arc::new(Bell::new()));
            bell.clone()
        })
    }
}

impl<V, E> fmt::Debug for Landing<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing").field("landed", &self.has_landed()).finish()
    }
}

/// Waits for the result of an update. Dropping it disturbs nobody else.
pub struct InMemoryWait<V, E> {
    landing: Arc<Landing<V, E>>,
    listener: Option<Listener>,
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
