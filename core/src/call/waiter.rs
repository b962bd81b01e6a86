//! A caller that waits for a flight.

use core::{
    mem,
    task::{Context, Poll},
};

use super::{request::Request, soft_timeout::SoftTimeout, watch::Watch};
use crate::{
    engine::{Abandon, Engine},
    entry::CacheEntry,
    error::Failure,
    flights::{Driven, Flight, is_deep},
    load::{Departure, First, LoadContext, TaskFns},
    planted::{self, Fault},
    runtime::{AnyAsk, AnyClock, Load, Threading, ValueOf},
    statuses::AnyRegistry,
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// A caller that leads or has joined a flight, until dropped.
///
/// A leader that goes leaves the load to the runtime, or takes it along if no other caller waits
/// and the cache is set to abort.
pub(crate) struct Waiter<M: Threading> {
    pub(super) flight: Arc<Flight<M>>,
    engine: Arc<Engine<M>>,
    role: WaiterRole,
    watch: Watch<M>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WaiterRole {
    Leading,
    Joined,
    /// Has led a load to its end.
    Arrived,
}

/// A caller that leads a flight without a load yet. Dropped, the flight ends.
pub(super) struct Preparing<'a, M: Threading> {
    engine: &'a Arc<Engine<M>>,
    pub(super) flight: Arc<Flight<M>>,
    over: bool,
}

impl<'a, M: Threading> Preparing<'a, M> {
    /// A registry of the user's is told at once if its update of the key is out of date: the load
    /// may be lost before it asks.
    pub(super) fn new(engine: &'a Arc<Engine<M>>, flight: Arc<Flight<M>>) -> Self {
        let preparing = Self { engine, flight, over: false };
        if let Some(registry) = engine.own_registry()
            && preparing.flight.replaces()
            && !planted::is(Fault::ForcedJoinsHolder)
        {
            registry.supersede(Some(&preparing.flight.key));
        }
        preparing
    }

    /// Ends the flight with an entry that is stored already.
    pub(super) fn retire(mut self, entry: CacheEntry<ValueOf<M>>) -> Arc<Flight<M>> {
        self.over = true;
        self.flight.find();
        self.engine.flights.leave(&self.flight);
        self.flight.landing.land(Ok(entry));
        self.flight.clone()
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
        let task = task(self.engine, &self.flight, &mut request, ask, prompt);
        // Asked of the caller's own runtime: the flight's is the same, or the one in its context.
        let driven = match cx {
            Some(cx) if self.engine.runtime.entered() && !is_deep() => {
                match self.flight.start_polled(task, cx) {
                    // It has a permit or is queued for one: others wait for it, and it must not
                    // depend on a leader that may not be polled.
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
        let role = if driven == Driven::Ended { WaiterRole::Arrived } else { WaiterRole::Leading };
        let (flight, engine) = (self.flight.clone(), self.engine.clone());
        (Waiter { flight, engine, role, watch: Watch::new() }, driven)
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

/// A load that has been polled once, with the functions that make a task of it.
pub(crate) struct Polled<M: Threading> {
    pub(crate) load: Load<M>,
    pub(crate) tasks: TaskFns<M>,
    pub(crate) snapshot: Arc<M::Configuration>,
}

impl<M: Threading> Polled<M> {
    /// Makes the task that goes on, which is polled next for its timer.
    fn into_task(self, engine: &Arc<Engine<M>>, flight: &Arc<Flight<M>>) -> M::Task {
        let Self { load, tasks, snapshot } = self;
        let context = LoadContext {
            departure: Departure::new(engine.clone(), flight.clone()),
            first: First::Nothing,
            snapshot,
            old: None,
            limits: None,
            // Read anew: the time of the load counts from here.
            prompt: Some(engine.runtime.now()),
            polled: true,
            waits: false,
        };
        (tasks.load)(context, load)
    }
}

/// Binds a load that is about to wait to the runtime in whose context it began a moment ago.
fn bind<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) {
    let runtime = &engine.runtime;
    flight.bind(runtime.bind().unwrap_or_else(|| runtime.clone()));
}

/// Makes the task of a flight's load.
fn task<M: Threading>(
    engine: &Arc<Engine<M>>,
    flight: &Arc<Flight<M>>,
    request: &mut Request<M>,
    ask: &mut dyn AnyAsk<M>,
    prompt: Option<Instant>,
) -> M::Task {
    let departure = Departure::new(engine.clone(), flight.clone());
    let load = request.load(ask);
    let context = LoadContext {
        departure,
        first: mem::replace(&mut request.first, First::Nothing),
        snapshot: request.snapshot.clone(),
        old: request.old.take(),
        limits: request.limits.take(),
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
        Self { flight, engine: engine.clone(), role: WaiterRole::Joined, watch: Watch::new() }
    }

    /// Waits until the flight has landed; `soft` is the caller's alternative.
    pub(super) fn poll_landed(
        &mut self,
        soft: &SoftTimeout<M>,
        cx: &mut Context<'_>,
    ) -> Poll<Arc<LandedOf<M>>> {
        self.watch.poll(&self.engine, &self.flight, soft, cx)
    }

    /// Polls the load, where this leader drives it. A leader that has left the runtime leaves it
    /// the load.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> Driven {
        if !self.flight.runtime().entered() {
            self.flight.hand_over_alone();
            return Driven::HandedOver;
        }
        let driven = self.flight.drive(cx);
        if driven == Driven::Ended {
            self.role = WaiterRole::Arrived;
        }
        driven
    }
}

impl<M: Threading> Drop for Waiter<M> {
    fn drop(&mut self) {
        self.watch.leave(&self.flight);
        let flight = &self.flight;
        match self.role {
            WaiterRole::Arrived => return,
            WaiterRole::Joined if flight.landing.has_landed() => return,
            WaiterRole::Leading | WaiterRole::Joined => {}
        }
        let last = !flight.is_refresh() && flight.desert() && !flight.is_kept();
        // The load of another holder goes on without this flight.
        let aborts = self.engine.settings.abandon == Abandon::Abort || flight.is_elsewhere();
        if aborts && last && !flight.landing.has_landed() {
            if self.engine.flights.leave_if_deserted(flight) {
                flight.abort();
            }
        } else if self.role == WaiterRole::Leading {
            flight.hand_over_alone();
        }
    }
}
