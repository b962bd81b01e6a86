//! Wakes all waiters of something.

use core::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::sync::{Arc, AtomicUsize, Mutex, Ordering};

use alloc::{task::Wake, vec::Vec};

/// Wakes all its listeners whenever it rings.
///
/// A waker may do anything, so none is cloned, woken or dropped under the lock.
pub(crate) struct Bell {
    /// How often it has rung. Changed under the lock.
    rings: AtomicUsize,
    seats: Mutex<Seats>,
}

/// The wakers of the listeners, each in a seat, until the next ring.
struct Seats {
    seats: Vec<Seat>,
    /// The seat that was left last; with none left, the number of seats.
    free: usize,
}

enum Seat {
    Taken(Waker),
    /// With the seat that was left before.
    Free(usize),
}

/// Waits for the first ring after it was made.
pub(crate) struct Listener {
    bell: Arc<Bell>,
    rings: usize,
    seat: Option<usize>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        Self { rings: AtomicUsize::new(0), seats: Mutex::new(Seats { seats: Vec::new(), free: 0 }) }
    }

    /// Listens for the next ring. Look at the state after this, as it may have changed before.
    pub(crate) fn listen(self: Arc<Self>) -> Listener {
        let rings = self.rings();
        Listener { bell: self, rings, seat: None }
    }

    fn rings(&self) -> usize {
        self.rings.load(Ordering::SeqCst)
    }

    /// Wakes all listeners, and clears the seats.
    pub(crate) fn ring(&self) {
        let seats = self.seats.with(|seats| {
            self.rings.store(self.rings().wrapping_add(1), Ordering::SeqCst);
            seats.free = 0;
            mem::take(&mut seats.seats)
        });
        for seat in seats {
            if let Seat::Taken(waker) = seat {
                waker.wake();
            }
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

impl Seats {
    /// Takes a seat, and returns its number.
    fn take(&mut self, waker: Waker) -> usize {
        let number = self.free;
        match self.seats.get_mut(number) {
            Some(seat) => {
                if let Seat::Free(next) = mem::replace(seat, Seat::Taken(waker)) {
                    self.free = next;
                }
            }
            None => {
                self.seats.push(Seat::Taken(waker));
                self.free = self.seats.len();
            }
        }
        number
    }

    /// Leaves a seat, and returns its contents.
    fn leave(&mut self, number: usize) -> Option<Seat> {
        let seat = self.seats.get_mut(number)?;
        let left = mem::replace(seat, Seat::Free(self.free));
        self.free = number;
        Some(left)
    }

    fn would_wake(&self, number: usize, waker: &Waker) -> bool {
        matches!(self.seats.get(number), Some(Seat::Taken(own)) if own.will_wake(waker))
    }
}

impl Future for Listener {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { bell, rings, seat } = &mut *self;
        if bell.rings() != *rings {
            return Poll::Ready(());
        }
        let waker = cx.waker();
        if seat.is_some_and(|number| bell.seats.with(|seats| seats.would_wake(number, waker))) {
            // It has not rung since, or the seat would be gone.
            return if bell.rings() == *rings { Poll::Pending } else { Poll::Ready(()) };
        }
        let mut waker = Some(waker.clone());
        let (rung, left) = bell.seats.with(|seats| {
            if bell.rings() != *rings {
                return (true, None);
            }
            let left = seat.take().and_then(|number| seats.leave(number));
            *seat = waker.take().map(|waker| seats.take(waker));
            (false, left)
        });
        drop((left, waker));
        if rung { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Self { bell, rings, seat } = self;
        let Some(number) = seat.take() else { return };
        let left = bell.seats.with(|seats| match bell.rings() == *rings {
            true => seats.leave(number),
            // All seats have gone, and this number may be another listener's.
            false => None,
        });
        drop(left);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}
