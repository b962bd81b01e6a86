//! A caller who waits for a flight.

use core::{
    future::{Future, poll_fn},
    mem,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use super::{inline::Polled, request::Request};
use crate::{
    engine::{Abandon, Engine},
    entry::CacheEntry,
    error::Failure,
    flights::{Driven, Flight, is_deep},
    load::{Departure, LoadContext, Past, due, expire},
    planted::{self, Fault},
    runtime::{AnyAsk, AnyClock, Domain, Threading, ValueOf},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// How soon a waiter looks again at an overdue load that another task is polling.
const AGAIN: Duration = Duration::from_millis(100);

/// How soon a waiter looks again whose timer has ended before the deadline.
const SOON: Duration = Duration::from_millis(1);

/// A caller who leads or has joined a flight, until dropped.
///
/// A leader who goes leaves the load to the runtime, or takes it along if no other caller waits and
/// the cache is set to abort.
pub(crate) struct Waiter<M: Threading> {
    pub(super) flight: Arc<Flight<M>>,
    engine: Arc<Engine<M>>,
    role: Role,
    /// Sees to it that the flight ends at its deadline, by a timer of this domain.
    watches: Option<Option<Domain>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Leading,
    Joined,
    /// Has led a load to its end.
    Arrived,
}

/// A caller who leads a flight that has no load yet. Dropped, the flight ends.
pub(super) struct Preparing<'a, M: Threading> {
    engine: &'a Arc<Engine<M>>,
    pub(super) flight: Arc<Flight<M>>,
    over: bool,
}

impl<'a, M: Threading> Preparing<'a, M> {
    pub(super) const fn new(engine: &'a Arc<Engine<M>>, flight: Arc<Flight<M>>) -> Self {
        Self { engine, flight, over: false }
    }

    /// Ends the flight with an entry that is stored already.
    pub(super) fn retire(mut self, entry: CacheEntry<ValueOf<M>>) -> Arc<Flight<M>> {
        self.over = true;
        self.engine.flights.leave(&self.flight);
        self.flight.landing.land(Ok(entry));
        self.flight.clone()
    }

    /// Notes that the flight is over.
    pub(super) fn arrive(mut self) {
        self.over = true;
    }

    /// Gives the flight its load, which begins now; with a context it is polled, too.
    pub(super) fn start(
        self,
        mut request: Request<M>,
        now: Instant,
        ask: &mut dyn AnyAsk<M>,
        cx: Option<&mut Context<'_>>,
    ) -> (Waiter<M>, Driven) {
        let prompt = cx.is_some().then_some(now);
        let task = task(self.engine, &self.flight, &mut request, ask, None, prompt);
        // Asked of the caller's own runtime: the flight's is the same, or the one in its context.
        let driven = match cx {
            Some(cx) if self.engine.runtime.entered() && !is_deep() => {
                match self.flight.start_polled(task, cx) {
                    // It has a permit or is queued for one: others wait for it, and it must not
                    // depend on a leader who may not be polled.
                    Driven::Waits if self.engine.permits.is_some() => {
                        self.flight.hand_over();
                        Driven::HandedOver
                    }
                    driven => driven,
                }
            }
            None if self.engine.runtime.entered() => {
                self.flight.start(task);
                Driven::Waits
            }
            _ => {
                self.flight.start(task);
                self.flight.hand_over_alone();
                Driven::HandedOver
            }
        };
        self.waiting(driven)
    }

    /// Gives the flight a load that has been polled here already.
    pub(super) fn start_polled(
        self,
        polled: Polled<M>,
        cx: &mut Context<'_>,
    ) -> (Waiter<M>, Driven) {
        bind(self.engine, &self.flight);
        let task = polled.into_task(self.engine, &self.flight);
        let driven = self.flight.start_polled(task, cx);
        self.waiting(driven)
    }

    fn waiting(mut self, driven: Driven) -> (Waiter<M>, Driven) {
        self.over = true;
        let role = if driven == Driven::Ended { Role::Arrived } else { Role::Leading };
        let (flight, engine) = (self.flight.clone(), self.engine.clone());
        (Waiter { flight, engine, role, watches: None }, driven)
    }
}

impl<M: Threading> Drop for Preparing<'_, M> {
    fn drop(&mut self) {
        if !self.over {
            self.engine.flights.leave(&self.flight);
            self.flight.landing.land(Err(Failure::Abandoned));
        }
    }
}

/// Binds a load that is about to wait to the runtime in whose context it has begun a moment ago.
pub(super) fn bind<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) {
    let runtime = &engine.runtime;
    flight.bind(runtime.bind().unwrap_or_else(|| runtime.clone()));
}

/// Makes the task of a flight's load.
pub(super) fn task<M: Threading>(
    engine: &Arc<Engine<M>>,
    flight: &Arc<Flight<M>>,
    request: &mut Request<M>,
    ask: &mut dyn AnyAsk<M>,
    ticket: Option<M::Ticket>,
    prompt: Option<Instant>,
) -> M::Task {
    let departure = Departure::new(engine.clone(), flight.clone(), ticket);
    let load = request.load(ask);
    let context = LoadContext {
        departure,
        first: mem::replace(&mut request.first, crate::load::First::Nothing),
        snapshot: request.snapshot.clone(),
        old: request.old.take(),
        sweeps: request.tasks.sweeps,
        prompt,
        polled: false,
        waits: request.waits,
    };
    (request.tasks.load)(context, load)
}

impl<M: Threading> Waiter<M> {
    pub(super) fn joined(engine: &Arc<Engine<M>>, flight: Arc<Flight<M>>) -> Self {
        // Its leader may not be polled any more: from now on the runtime drives it, too.
        flight.hand_over();
        if let Some(permits) = engine.permits.as_ref().filter(|_| flight.is_refresh()) {
            (permits.joined)(&permits.pool, &flight);
        }
        Self { flight, engine: engine.clone(), role: Role::Joined, watches: None }
    }

    /// Waits until the flight has landed; `old` is what the caller has otherwise, by its times.
    ///
    /// Of the waiters in one domain, one has a timer, which wakes all waiters. So they are told at
    /// the deadline even if nothing drives the load any more: its runtime may be alive and never
    /// run, and the waiter that has the timer need not be polled.
    pub(super) async fn landed(&mut self, old: Past<ValueOf<M>>) -> Arc<LandedOf<M>> {
        let (mut timer, mut may_watch, mut woken) = (None, true, false);
        loop {
            if let Some(landed) = self.flight.landing.landed() {
                return landed;
            }
            // A timer may ring at once for nothing, until the executor has had a turn: tokio's does so
            // in a task that has done much in one poll.
            if woken {
                given_way().await;
            }
            let domain = self.engine.runtime.domain();
            let listener = self.flight.landing.listen();
            if let Some(landed) = self.flight.landing.landed() {
                return landed;
            }
            // A caller who has only just come has not waited too long.
            if mem::replace(&mut woken, true) && self.is_overdue() {
                if expire(&self.engine, &self.flight, old.as_deref()) {
                    continue;
                }
                // Another driver polls the load just now.
                timer = self.timer(AGAIN);
            } else if may_watch && self.watches != Some(domain) {
                may_watch = self.take_watch(domain, &mut timer);
            }
            let waker = timer.is_some().then(|| self.flight.landing.waker());
            if let (Some(sleep), Some(waker)) = (&mut timer, waker)
                && Pin::new(sleep).poll(&mut Context::from_waker(&waker)).is_ready()
            {
                // It may be a little early.
                timer = self.timer(SOON);
                continue;
            }
            let mut listener = pin!(listener);
            poll_fn(|cx| match listener.as_mut().poll(cx) {
                // Polled by another runtime, it has to have a timer there.
                Poll::Pending if self.engine.runtime.domain() == domain => Poll::Pending,
                _ => Poll::Ready(()),
            })
            .await;
        }
    }

    /// Takes a timer, if no other caller has one that will do; `false` if there is none to take.
    #[inline(never)]
    fn take_watch(&mut self, domain: Option<Domain>, timer: &mut Option<M::Task>) -> bool {
        // The caller may have come from another runtime, whose timer it leaves there.
        if let Some(left) = self.watches.take() {
            self.flight.watch_no_more(left);
            *timer = None;
        }
        if !self.flight.watch(domain) {
            return true;
        }
        *timer = self.timer(Duration::ZERO);
        self.watches = timer.is_some().then_some(domain);
        // A caller who comes later may have one.
        if timer.is_none() {
            self.flight.watch_no_more(domain);
        }
        timer.is_some()
    }

    /// A timer that ends at the deadline, but not before so long from now.
    #[inline(never)]
    fn timer(&self, from_now: Duration) -> Option<M::Task> {
        let deadline = due(&self.engine, &self.flight);
        let bounded = deadline != Instant::NEVER && !planted::is(Fault::WaitersUnbounded);
        let runtime = self.engine.runtime.bind().filter(|_| bounded)?;
        let left = deadline.saturating_since(runtime.now()).max(from_now);
        Some(runtime.sleep(left))
    }

    fn is_overdue(&self) -> bool {
        let deadline = due(&self.engine, &self.flight);
        deadline != Instant::NEVER && deadline <= self.engine.runtime.now()
    }

    /// Polls the load, where this leader drives it. A leader who has left the runtime leaves it the
    /// load.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> Driven {
        if !self.flight.runtime().entered() {
            self.flight.hand_over_alone();
            return Driven::HandedOver;
        }
        let driven = self.flight.drive(cx);
        if driven == Driven::Ended {
            self.role = Role::Arrived;
        }
        driven
    }
}

/// Gives the executor a turn.
async fn given_way() {
    let mut given = false;
    poll_fn(|cx| {
        if mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<M: Threading> Drop for Waiter<M> {
    fn drop(&mut self) {
        let flight = &self.flight;
        if let Some(domain) = self.watches.filter(|_| !flight.landing.has_landed()) {
            flight.watch_no_more(domain);
            // Another waiter takes over.
            flight.landing.wake();
        }
        match self.role {
            Role::Arrived => return,
            Role::Joined if flight.landing.has_landed() => return,
            Role::Leading | Role::Joined => {}
        }
        let last = !flight.is_refresh() && flight.desert() && !flight.is_kept();
        let aborts = self.engine.settings.abandon == Abandon::Abort;
        if aborts && last && !flight.landing.has_landed() {
            if self.engine.flights.leave_if_deserted(flight) {
                flight.abort();
            }
        } else if self.role == Role::Leading {
            flight.hand_over_alone();
        }
    }
}
