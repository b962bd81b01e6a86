//! How a waiter waits for its flight to land, and makes sure that it does.

use core::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::soft_timeout::SoftTimeout;
use crate::{
    engine::Engine,
    flights::Flight,
    future::Listener,
    load::{due, expire},
    planted::{self, Fault},
    runtime::{AnyClock, Domain, Threading},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// How soon a waiter re-checks an overdue load that another task is polling.
const AGAIN: Duration = Duration::from_millis(100);

/// How soon a waiter looks again whose timer has ended before the deadline.
const SOON: Duration = Duration::from_millis(1);

/// The state of a waiter's wait.
///
/// Of the waiters in one domain, one has a timer, which wakes all waiters. So they are told at the
/// deadline even if nothing drives the load any more: its runtime may be alive and never run, and
/// the waiter that has the timer need not be polled.
pub(super) struct Watch<M: Threading> {
    /// It ends the flight at its deadline, by a timer of this domain.
    domain: Option<Option<Domain>>,
    timer: Option<M::Task>,
    may_have_one: bool,
    /// The waiter has listened before.
    woken: bool,
    /// It has given way since it was woken.
    gave_way: bool,
    /// The listener of the flight's bell, and the domain in which it listens.
    listener: Option<(Listener, Option<Domain>)>,
}

impl<M: Threading> Watch<M> {
    pub(super) const fn new() -> Self {
        Self {
            domain: None,
            timer: None,
            may_have_one: true,
            woken: false,
            gave_way: false,
            listener: None,
        }
    }

    /// Leaves the watch to another waiter.
    pub(super) fn leave(&mut self, flight: &Flight<M>) {
        self.listener = None;
        self.timer = None;
        if let Some(domain) = self.domain.filter(|_| !flight.landing.has_landed()) {
            flight.watch_no_more(domain);
            flight.landing.wake();
        }
    }

    /// Waits until the flight has landed; `soft` is the caller's alternative.
    pub(super) fn poll(
        &mut self,
        engine: &Engine<M>,
        flight: &Arc<Flight<M>>,
        soft: &SoftTimeout<M>,
        cx: &mut Context<'_>,
    ) -> Poll<Arc<LandedOf<M>>> {
        loop {
            if let Some((listener, domain)) = &mut self.listener {
                let is_silent = Pin::new(listener).poll(cx).is_pending();
                // Polled by another runtime, it has to have a timer there.
                if is_silent && engine.runtime.domain() == *domain {
                    return Poll::Pending;
                }
                self.listener = None;
            }
            if let Some(landed) = flight.landing.landed() {
                return Poll::Ready(landed);
            }
            // A timer may ring at once for nothing, until the executor has had a turn: tokio's does
            // so in a task that has done much in one poll.
            if self.woken && !mem::replace(&mut self.gave_way, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.gave_way = false;
            if let Some(landed) = self.listen(engine, flight, soft) {
                return Poll::Ready(landed);
            }
        }
    }

    /// Listens for a change, and has a timer if one is needed; or returns the result, or leaves the
    /// listener out where it has to look again.
    fn listen(
        &mut self,
        engine: &Engine<M>,
        flight: &Arc<Flight<M>>,
        soft: &SoftTimeout<M>,
    ) -> Option<Arc<LandedOf<M>>> {
        let domain = engine.runtime.domain();
        let listener = flight.landing.listen();
        if let Some(landed) = flight.landing.landed() {
            return Some(landed);
        }
        // A caller that has only just come has not waited too long.
        if mem::replace(&mut self.woken, true) && is_overdue(engine, flight) {
            if expire(engine, flight, soft.old().as_deref()) {
                return None;
            }
            // Another driver polls the load just now.
            self.timer = timer(engine, flight, AGAIN);
        } else if self.may_have_one && self.domain != Some(domain) {
            self.may_have_one = self.take(engine, flight, domain);
        }
        if let Some(sleep) = &mut self.timer {
            let waker = flight.landing.waker();
            let rings = |sleep: &mut M::Task| {
                Pin::new(sleep).poll(&mut Context::from_waker(&waker)).is_ready()
            };
            if rings(sleep) {
                // It may be a little early. The next one has to ring for the others even if this
                // waiter is not polled again.
                self.timer = timer(engine, flight, SOON);
                if self.timer.as_mut().is_none_or(rings) {
                    self.leave(flight);
                }
                return None;
            }
        }
        self.listener = Some((listener, domain));
        None
    }

    /// Takes a timer, if no other caller has one that serves; `false` if there is none to take.
    #[inline(never)]
    fn take(&mut self, engine: &Engine<M>, flight: &Flight<M>, domain: Option<Domain>) -> bool {
        // The caller may have come from another runtime, whose timer it leaves there.
        if let Some(left) = self.domain.take() {
            flight.watch_no_more(left);
            self.timer = None;
        }
        if !flight.watch(domain) {
            return true;
        }
        self.timer = timer(engine, flight, Duration::ZERO);
        let has_timer = self.timer.is_some();
        self.domain = has_timer.then_some(domain);
        // A later caller may have one.
        if !has_timer {
            flight.watch_no_more(domain);
        }
        has_timer
    }
}

/// Makes a timer that ends at the deadline, but not before a minimum from now.
#[inline(never)]
fn timer<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
    from_now: Duration,
) -> Option<M::Task> {
    let deadline = due(engine, flight);
    let bounded = deadline != Instant::NEVER && !planted::is(Fault::WaitersUnbounded);
    let runtime = engine.runtime.bind().filter(|_| bounded)?;
    let left = deadline.saturating_since(runtime.now()).max(from_now);
    Some(runtime.sleep(left))
}

fn is_overdue<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) -> bool {
    let deadline = due(engine, flight);
    deadline != Instant::NEVER && deadline <= engine.runtime.now()
}
