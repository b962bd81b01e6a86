//! A load that asks a registry of the user's first: it leads an update, or waits for the load of
//! another holder of the key.

use core::{future::poll_fn, mem, task::Poll};

use hashbrown::HashMap;

use super::{
    AgainFn, Ending, First, LoadContext,
    run::{begun_after, evicting, run},
};
use crate::{
    engine::{Engine, Tickets},
    error::Failure,
    flights::{Flight, is_deep_to_wait},
    future::{contained, contained_future, drop_contained, until},
    hidden::AsAny,
    observer::Event,
    planted::{self, Fault},
    runtime::{AnyClock, Load, Threading},
    statuses::{AnyRegistry, Turn},
    sync::{Arc, Mutex},
    time::Instant,
    types::{FutureOf, LandedOf},
};

use alloc::boxed::Box;

/// How often a load asks again because the other holder was dropped.
const ATTEMPTS: usize = 16;

/// How a load that leads, by the registry, looks into the storage before it begins.
pub(crate) struct Looks<M: Threading> {
    /// Looks again: another cache may have stored the entry before it gave the key up.
    pub(crate) again: AgainFn<M>,
    /// Does not look.
    pub(crate) never: AgainFn<M>,
}

/// The registry's answers to the loads of a cache, by the names of their flights.
pub(crate) struct Registered<M: Threading> {
    marks: Mutex<HashMap<usize, Mark<M>>>,
}

struct Mark<M: Threading> {
    /// The ticket, if the load leads.
    ticket: Option<M::Ticket>,
    /// How often anything had been superseded before the registry was asked.
    superseded: usize,
}

impl<M: Threading> Clone for Mark<M> {
    fn clone(&self) -> Self {
        Self { ticket: self.ticket.clone(), superseded: self.superseded }
    }
}

/// The answer of the registry.
enum RegistryAnswer<M: Threading> {
    /// The load leads; without a ticket its result is for its own callers alone.
    Leads(Option<M::Ticket>),
    Waits(FutureOf<M, LandedOf<M>>),
}

/// Asks the registry, and then loads, or lands the result of another holder of the key.
///
/// Dropped at any point, the flight ends, as with [`run`].
pub(crate) async fn run_registered<M: Threading>(
    mut context: LoadContext<M>,
    load: Load<M>,
    looks: Looks<M>,
) {
    let (engine, flight) = (context.departure.engine.clone(), context.departure.flight.clone());
    let snapshot = context.snapshot.clone();
    let _counted = Counted { engine: &engine, flight: &flight };
    if context.prompt.is_some() {
        handed_over(&flight).await;
    }
    let (mut now, mut deadline) = (engine.runtime.now(), flight.deadline);
    let queued = matches!(context.first, First::Wait(_));
    context.first = match mem::replace(&mut context.first, First::Nothing) {
        // A load that is overdue when it is to begin does not begin.
        _ if !queued && deadline != Instant::NEVER && deadline <= now => {
            if flight.is_refresh() {
                engine.counters.refreshes.count();
            }
            context.prompt = None;
            return run(context, load).await;
        }
        First::Wait(first) => {
            if !Box::pin(begun_after(&engine, &flight, &first)).await {
                return;
            }
            (now, deadline) = engine.begin(&snapshot);
            First::Look(looks.never)
        }
        First::Nothing if flight.may_find() && !context.waits => First::Look(looks.again),
        First::Nothing => First::Look(looks.never),
        looks => looks,
    };
    let marked = Marked::of(&engine, &flight);
    let mut left = ATTEMPTS;
    let landed = loop {
        let wait = match contained(|| marked.ask(now, queued && left == ATTEMPTS)) {
            Ok(RegistryAnswer::Leads(ticket)) => {
                flight.set_elsewhere(false);
                context.departure.hold(ticket);
                if engine.flights.is_closed() {
                    return;
                }
                return run(context, load).await;
            }
            Ok(RegistryAnswer::Waits(wait)) => wait,
            Err(panic) => break Err(Failure::Panicked(panic)),
        };
        if flight.is_refresh() && engine.flights.leave_if_deserted(&flight) {
            return;
        }
        flight.set_elsewhere(true);
        if !flight.is_refresh() && flight.begin() {
            engine.counters.joins.count();
            engine.tell(|| Event::Joined { key: &flight.key });
        }
        let waited = contained_future(|| wait);
        let runtime = flight.runtime();
        let landed = match until::<_, M>(deadline, now, &runtime, waited, false).await {
            Ok(Ok(landed)) => landed,
            Ok(Err(panic)) => Err(Failure::Panicked(panic)),
            Err(_) => Err(Failure::TimedOut),
        };
        left -= 1;
        // The other holder was dropped, and this load takes over for its callers.
        if left == 0 || !matches!(landed, Err(Failure::Abandoned)) {
            break landed;
        }
        if !flight.is_kept() && engine.flights.leave_if_deserted(&flight) {
            return;
        }
        now = engine.runtime.now();
    };
    drop_contained(load);
    drop(context.departure.start());
    Ending::new(&engine, &flight, None).land(landed);
    drop(marked);
    // A victim may have had to stay for this very flight.
    if let Some(evicting) = evicting(&engine, &snapshot, &flight.runtime(), false) {
        evicting.await;
    }
}

/// A caller that leads counts as such even if the load is dropped before it has asked.
struct Counted<'a, M: Threading> {
    engine: &'a Engine<M>,
    flight: &'a Flight<M>,
}

impl<M: Threading> Drop for Counted<'_, M> {
    fn drop(&mut self) {
        if !self.flight.is_refresh() && !self.flight.was_found() && self.flight.begin() {
            self.engine.counters.loads.count();
        }
    }
}

/// Leaves the load to a task, beside its leader: others may join it through the registry, and must
/// not depend on a leader that may not be polled.
async fn handed_over<M: Threading>(flight: &Arc<Flight<M>>) {
    let mut handed_over = false;
    poll_fn(|cx| {
        if mem::replace(&mut handed_over, true) {
            return Poll::Ready(());
        }
        match is_deep_to_wait() {
            true => flight.hand_over_alone(),
            false => flight.hand_over(),
        }
        // If a task drives it already, that goes on.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A load that asks or has asked the registry, until dropped.
struct Marked<'a, M: Threading> {
    engine: &'a Engine<M>,
    flight: &'a Flight<M>,
}

impl<'a, M: Threading> Marked<'a, M> {
    fn of(engine: &'a Engine<M>, flight: &'a Flight<M>) -> Self {
        Self { engine, flight }
    }

    /// Decides, by the registry, whether the load leads. A load that was `queued` makes sure that
    /// no caller joins an update from before it.
    fn ask(&self, now: Instant, queued: bool) -> RegistryAnswer<M> {
        let Self { engine, flight } = *self;
        let Some(registry) = engine.own_registry() else { return RegistryAnswer::Leads(None) };
        // Superseded before it began, it answers its own callers.
        if !flight.is_current() {
            return RegistryAnswer::Leads(None);
        }
        let key = &flight.key;
        if queued && flight.replaces() && !planted::is(Fault::ForcedJoinsHolder) {
            registry.supersede(Some(key));
        }
        self.note(Some(Mark { ticket: None, superseded: registry.superseded() }));
        match registry.mark_being_updated(key, now) {
            Turn::Join(wait) => RegistryAnswer::Waits(wait),
            Turn::Lead(ticket, _) if flight.is_current() => {
                let superseded = registry.superseded();
                self.note(Some(Mark { ticket: Some(ticket.clone()), superseded }));
                RegistryAnswer::Leads(Some(ticket))
            }
            // It may have been superseded before the mark, and then no caller may join it.
            Turn::Lead(ticket, _) => {
                registry.mark_update_aborted(key, &ticket, Failure::Abandoned);
                RegistryAnswer::Leads(None)
            }
        }
    }

    fn note(&self, mark: Option<Mark<M>>) {
        let Some(registered) = registered(self.engine) else { return };
        let name = self.flight.name();
        let replaced = registered.marks.with(|marks| match mark {
            Some(mark) => marks.insert(name, mark),
            None => marks.remove(&name),
        });
        drop(replaced);
    }
}

impl<M: Threading> Drop for Marked<'_, M> {
    fn drop(&mut self) {
        self.note(None);
    }
}

impl<M: Threading> Registered<M> {
    pub(crate) fn new() -> Self {
        Self { marks: Mutex::new(HashMap::with_hasher(Default::default())) }
    }
}

/// Returns how the tickets of a cache, which its loads have `held`, are handled.
pub(crate) fn tickets<M: Threading>(held: Arc<M::Any>) -> Tickets<M> {
    Tickets { held, end, is_outdated }
}

/// Reports to the registry how an update has ended. A registry that panics cannot be told again.
fn end<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
    ticket: &M::Ticket,
    landed: &LandedOf<M>,
) {
    let Some(registry) = engine.own_registry() else { return };
    if planted::is(Fault::UpdateUnended) {
        return;
    }
    // A load that a waiter has ended is dropped after its callers have been told why.
    let told = flight.landing.landed();
    let landed = told.as_deref().unwrap_or(landed);
    let told = contained(|| match landed.clone() {
        Ok(entry) => registry.mark_updated(&flight.key, ticket, entry),
        // Only this cache is closed: another holder of the key may load.
        Err(Failure::Closed) => {
            registry.mark_update_aborted(&flight.key, ticket, Failure::Abandoned);
        }
        Err(failure) => registry.mark_update_aborted(&flight.key, ticket, failure),
    });
    drop(told);
}

/// Returns whether the flight's result is out of date for a caller that comes now: another cache
/// may have superseded it, which this cache's table of flights does not know.
fn is_outdated<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) -> bool {
    let (Some(registry), Some(registered)) = (engine.own_registry(), registered(engine)) else {
        return false;
    };
    let key = &flight.key;
    match registered.marks.with(|marks| marks.get(&flight.name()).cloned()) {
        // It has not asked yet, or has landed.
        None => false,
        Some(_) if flight.landing.has_landed() => false,
        Some(Mark { ticket: Some(ticket), .. }) => !registry.is_current(key, &ticket),
        // The registry does not tell whether the other holder is still current.
        Some(Mark { superseded, .. }) => {
            registry.superseded() != superseded
                || flight.is_elsewhere() && !registry.is_being_updated(key)
        }
    }
}

fn registered<M: Threading>(engine: &Engine<M>) -> Option<&Registered<M>> {
    engine.tickets.as_ref().and_then(|tickets| tickets.held.as_any().downcast_ref())
}
