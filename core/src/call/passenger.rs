//! A caller aboard a flight.

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{Going, prompt::Waiting};
use crate::{
    engine::{Abandon, Engine},
    entry::CacheEntry,
    error::Failure,
    flight::{Driven, Flight, Load, drop_contained},
    load::{Departure, Launchpad, Method, Past, conclude},
    parts::Parts,
    runtime::Runtime,
    statuses::Landed,
    storage::CacheStorage,
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// After what time somebody looks again who finds a load past its deadline in the middle of a poll.
const AGAIN: Duration = Duration::from_millis(100);

/// After what time somebody looks again whose timer has ended before the deadline.
const SOON: Duration = Duration::from_millis(1);

/// A caller who leads or has joined a flight, until dropped.
///
/// A leader who goes leaves the load to the runtime, or takes it along if nobody else waits and the
/// cache is set to abort.
pub(super) struct Passenger<'a, P: Parts> {
    pub(super) flight: Arc<Flight<P>>,
    engine: &'a Arc<Engine<P>>,
    role: Role,
    /// Sees to it that the flight ends at its deadline.
    watches: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Leads a flight that has no load yet.
    Preparing,
    Leading,
    Joined,
    /// Has led a load to its end.
    Arrived,
}

impl<'a, P: Parts> Passenger<'a, P> {
    pub(super) const fn leading(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        Self { flight, engine, role: Role::Preparing, watches: false }
    }

    pub(super) fn joined(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        // Its leader may not be polled any more: from now on the runtime drives it.
        flight.hand_over();
        Self { flight, engine, role: Role::Joined, watches: false }
    }

    /// Waits until the flight has landed; `old` is what the caller has otherwise, by its times.
    ///
    /// One of those who wait has a timer, which wakes all of them, so that they are told at the deadline
    /// even if nothing drives the load any more: its runtime may be alive and never run, and whoever has
    /// the timer need not be polled.
    pub(super) async fn landed(&mut self, old: Past<P::Value>) -> Arc<Landed<P::Value, P::Error>> {
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
            let listener = self.flight.landing.listen();
            if let Some(landed) = self.flight.landing.landed() {
                return landed;
            }
            // Whoever has only just come has not waited too long.
            if core::mem::replace(&mut woken, true) && self.is_overdue() {
                if self.give_up(&old) {
                    continue;
                }
                // Somebody polls the load just now.
                timer = self.timer(AGAIN);
            } else if may_watch && !self.watches && self.flight.watch() {
                timer = self.timer(Duration::ZERO);
                (self.watches, may_watch) = (timer.is_some(), timer.is_some());
                // Somebody who comes later may have a timer.
                if !may_watch {
                    self.flight.watch_no_more();
                }
            }
            let waker = timer.is_some().then(|| self.flight.landing.waker());
            if let (Some(sleep), Some(waker)) = (&mut timer, waker)
                && sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
            {
                // It may be a little early.
                timer = self.timer(SOON);
                continue;
            }
            listener.await;
        }
    }

    /// A timer that ends at the deadline, but not before so long from now.
    fn timer(&self, from_now: Duration) -> Option<Pin<Box<<P::Runtime as Runtime>::Sleep>>> {
        let deadline = self.deadline();
        let runtime = self.engine.runtime.bind().filter(|_| deadline != Instant::NEVER)?;
        let left = deadline.saturating_since(runtime.now()).max(from_now);
        Some(Box::pin(runtime.sleep(left)))
    }

    fn is_overdue(&self) -> bool {
        let deadline = self.deadline();
        deadline != Instant::NEVER && deadline <= self.engine.runtime.now()
    }

    /// By when the flight has landed if anything drives it.
    fn deadline(&self) -> Instant {
        // A storage that waits may be looked into before the load begins, and waited for after it.
        let storage = match P::Storage::IMMEDIATE {
            true => Duration::ZERO,
            false => self.engine.settings.storage_timeout.saturating_mul(2),
        };
        self.flight.deadline + storage
    }

    /// Ends the flight, which has had its time; `false` if somebody polls the load just now.
    fn give_up(&self, old: &Past<P::Value>) -> bool {
        let (engine, flight) = (self.engine, &self.flight);
        let Some(load) = flight.unseat() else { return flight.landing.has_landed() };
        // Whoever has the load, and nobody else, can say how it ended.
        let (timed_out, now) = (Err(Failure::TimedOut), engine.runtime.now());
        conclude(engine, flight, &timed_out, old.as_deref(), now, Duration::ZERO);
        engine.flights.leave(flight);
        flight.supersede();
        flight.landing.land(timed_out);
        drop_contained(Some(load));
        true
    }

    /// Seats the load, which begins now; with a context it is polled, too.
    pub(super) fn depart<L>(
        &mut self,
        engine: &Arc<Engine<P>>,
        going: Going<P, L>,
        now: Instant,
        cx: Option<&mut Context<'_>>,
    ) -> Driven
    where
        L: Method<P>,
    {
        self.role = Role::Leading;
        let prompt = cx.is_some().then_some(now);
        let load = load(engine, &self.flight, going, None, prompt);
        // Asked of the caller's own runtime: the flight's is the same, or the one in its context.
        match cx {
            Some(cx) if engine.runtime.entered() => {
                let driven = self.flight.embark(load, cx);
                self.note(driven)
            }
            None if engine.runtime.entered() => {
                self.flight.seat(load);
                Driven::Waits
            }
            _ => {
                self.flight.seat(load);
                self.flight.hand_over();
                Driven::HandedOver
            }
        }
    }

    /// Seats a load that has been polled here already.
    pub(super) fn embark(
        &mut self,
        engine: &Arc<Engine<P>>,
        waiting: Waiting<P>,
        cx: &mut Context<'_>,
    ) -> Driven {
        self.role = Role::Leading;
        let driven = waiting.embark(engine, &self.flight, cx);
        self.note(driven)
    }

    /// Notes that the flight is over.
    pub(super) const fn arrive(&mut self) {
        self.role = Role::Arrived;
    }

    /// Polls the load.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> Driven {
        let driven = self.flight.drive(cx);
        self.note(driven)
    }

    fn note(&mut self, driven: Driven) -> Driven {
        if driven == Driven::Ended {
            self.role = Role::Arrived;
        }
        driven
    }

    /// Ends the flight with an entry that is stored already.
    pub(super) fn retire(&mut self, entry: CacheEntry<P::Value>) {
        self.engine.flights.leave(&self.flight);
        self.flight.landing.land(Ok(entry));
        self.role = Role::Arrived;
    }
}

/// Gives the executor a turn.
async fn given_way() {
    let mut given = false;
    poll_fn(|cx| {
        if core::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Makes the load of a flight.
pub(super) fn load<P, L>(
    engine: &Arc<Engine<P>>,
    flight: &Arc<Flight<P>>,
    going: Going<P, L>,
    ticket: Option<P::Ticket>,
    prompt: Option<Instant>,
) -> Load<P>
where
    P: Parts,
    L: Method<P>,
{
    let Going { snapshot, arguments, method, waits, first, old, nested, .. } = going;
    let departure = Departure::new(engine.clone(), flight.clone(), ticket);
    let (sweeps, polled) = (method.resume().sweeps, false);
    let pad = Launchpad { departure, first, snapshot, old, sweeps, nested, prompt, polled, waits };
    method.launch(pad, arguments)
}

impl<P: Parts> Drop for Passenger<'_, P> {
    fn drop(&mut self) {
        let flight = &self.flight;
        if self.watches && !flight.landing.has_landed() {
            flight.watch_no_more();
            // Another one of those who wait takes over.
            flight.landing.wake();
        }
        match self.role {
            Role::Arrived => return,
            Role::Joined if flight.landing.has_landed() => return,
            Role::Preparing => {
                self.engine.flights.leave(flight);
                flight.landing.land(Err(Failure::Abandoned));
                return;
            }
            Role::Leading | Role::Joined => {}
        }
        let last = !flight.is_refresh() && flight.desert() && !flight.is_kept();
        let aborts = self.engine.settings.abandon == Abandon::Abort;
        if aborts && last && !flight.landing.has_landed() {
            if self.engine.flights.leave_if_deserted(flight) {
                flight.abort();
            }
        } else if self.role == Role::Leading {
            flight.hand_over();
        }
    }
}
