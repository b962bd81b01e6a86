//! A result that many callers wait for.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
};

use super::Landed;
use crate::{
    future::{Bell, Listener},
    planted::{self, Fault},
    sync::{Arc, AtomicBool, Mutex, Ordering},
};

/// Takes the result of one load, once, and hands it to all waiters.
pub(crate) struct Landing<V, E> {
    state: Mutex<LandingState<V, E>>,
    /// The result is there; looking at this takes no lock.
    landed: AtomicBool,
}

struct LandingState<V, E> {
    result: Option<Held<V, E>>,
    /// Wakes the listeners; made for the first of them, as a solo flight has none.
    bell: Option<Arc<Bell>>,
}

/// A result is shared once a waiter asks for a share; a leader that is alone with it takes it as it
/// is.
enum Held<V, E> {
    Whole(Landed<V, E>),
    Shared(Arc<Landed<V, E>>),
    Taken,
}

impl<V, E> Landing<V, E> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(LandingState { result: None, bell: None }),
            landed: AtomicBool::new(false),
        }
    }

    /// Stores the result, unless there is one already, and wakes all waiters.
    pub(crate) fn land(&self, landed: Landed<V, E>) {
        let (refused, bell) = self.state.with(|state| {
            let refused = match state.result {
                Some(_) if !planted::is(Fault::LandsTwice) => Some(landed),
                _ => {
                    state.result = Some(Held::Whole(landed));
                    self.landed.store(true, Ordering::Release);
                    None
                }
            };
            (refused, state.bell.clone())
        });
        drop(refused);
        if let Some(bell) = bell
            && !planted::is(Fault::LostWake)
        {
            bell.ring();
        }
    }

    /// Wakes all listeners to look again.
    pub(crate) fn wake(&self) {
        if let Some(bell) = self.state.with(|state| state.bell.clone()) {
            bell.ring();
        }
    }

    /// Makes a waker that wakes all listeners.
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(self.bell())
    }

    pub(crate) fn has_landed(&self) -> bool {
        self.landed.load(Ordering::Acquire)
    }

    /// Returns a share of the result; `None` also if the leader has taken it.
    pub(crate) fn landed(&self) -> Option<Arc<Landed<V, E>>> {
        if self.has_landed() { self.share() } else { None }
    }

    #[inline(never)]
    fn share(&self) -> Option<Arc<Landed<V, E>>> {
        self.state.with(|state| {
            let result = state.result.as_mut()?;
            let shared = match core::mem::replace(result, Held::Taken) {
                Held::Whole(landed) => Arc::new(landed),
                Held::Shared(shared) => shared,
                Held::Taken => return None,
            };
            *result = Held::Shared(shared.clone());
            Some(shared)
        })
    }

    /// Takes the result, for a leader that is alone with it; `None` if it is shared already.
    pub(crate) fn take(&self) -> Option<Landed<V, E>> {
        self.state.with(|state| match state.result.take()? {
            Held::Whole(landed) => {
                state.result = Some(Held::Taken);
                Some(landed)
            }
            held => {
                state.result = Some(held);
                None
            }
        })
    }

    /// Listens for the next [`wake`](Self::wake). Look at the state after this, as it may have
    /// changed before.
    pub(crate) fn listen(&self) -> Listener {
        self.bell().listen()
    }

    fn bell(&self) -> Arc<Bell> {
        self.state.with(|state| {
            let bell = state.bell.get_or_insert_with(|| Arc::new(Bell::new()));
            bell.clone()
        })
    }
}

impl<V, E> fmt::Debug for Landing<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing").field("landed", &self.has_landed()).finish()
    }
}

/// Waits for the result of an update. Dropping it disturbs no other waiter.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, InMemoryLocks, InMemoryWait, Instant, Turn, UpdateStatuses};
///
/// /// Returns the value that an update brings, if it brings one.
/// async fn value(update: InMemoryWait<u32, ()>) -> Option<u32> {
///     update.await.ok().map(|entry| entry.value)
/// }
///
/// # evermemo_core::testing::run(async |_| {
/// let (locks, now) = (InMemoryLocks::<u32, u32, ()>::default(), Instant::ZERO);
/// let first = locks.mark_being_updated(&7, now);
/// let second = locks.mark_being_updated(&7, now);
/// let (Turn::Lead(ticket, own), Turn::Join(joined)) = (first, second) else {
///     unreachable!("the first one leads");
/// };
/// locks.mark_updated(&7, &ticket, CacheEntry::new(49, now));
/// assert_eq!((value(own).await, value(joined).await), (Some(49), Some(49)));
/// # });
/// ```
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
            // A result that lands between the look and the listening is found by the next look.
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
