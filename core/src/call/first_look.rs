//! Calls that the storage has no fresh entry for, and forced ones, which do not look.

use core::ops::ControlFlow;

use super::{
    aboard::Caller,
    attempt::Attempt,
    decide::judge,
    request::Request,
    take_off::{board, join},
    waiter::Waiter,
    waiting::{Look, LookFns},
};
use crate::{
    configuration::AnyConfiguration,
    engine::{ALL, Engine},
    flights::{Demand, Flight, Noted},
    form::Wants,
    limits::Limits,
    load::{First, TaskFns},
    reading::{self, Seen, waits},
    runtime::{AnyAnswer, AnyClock, Missed, Threading},
    sync::Arc,
};

/// Functions of calls that are not compiled into every program, and those that make tasks.
pub(crate) struct CallFns<M: Threading> {
    pub(crate) tasks: TaskFns<M>,
    pub(crate) looks: Option<LookFns<M>>,
}

impl<M: Threading> Clone for CallFns<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for CallFns<M> {}

/// Goes on where the first look found no entry that is certainly fresh.
///
/// A load that is ready at its first poll is the answer at once. Everything else is waited for.
pub(crate) fn begin<M: Threading>(
    engine: &Arc<Engine<M>>,
    fns: CallFns<M>,
    missed: Missed<M>,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>, Option<Look<M>>> {
    let Missed { configuration, key, hash, nothing, found, removals } = missed;
    let Wants { dated, limits, .. } = caller.ask.wants();
    let seen = match nothing {
        Some(_) => Some(Seen::Nothing),
        // The sight has to be known before the look.
        None if found.is_some() && engine.owes_any() => {
            reading::at_once(engine, &configuration, &key, limits)
        }
        None => {
            let now = engine.runtime.now();
            let now = (now, limits);
            found.map(|found| reading::judged(engine, &configuration, &key, found, ALL, now))
        }
    };
    let hash = hash.unwrap_or_else(|| engine.hash(&configuration, &key));
    let (looks, first) = (fns.looks.filter(|_| seen.is_none()), First::Nothing);
    let (waits, old) = (looks.is_some(), None);
    let (snapshot, removals) = (configuration, removals.map(Noted::All));
    let tasks = fns.tasks;
    let limits = limits.map(Limits::boxed);
    let again = fns.looks.map(|looks| looks.again);
    let request = Request {
        snapshot,
        hash,
        waits,
        dated,
        limits,
        first,
        nothing,
        removals,
        old,
        tasks,
        again,
    };
    match (seen, looks) {
        (None, Some(looks)) => {
            ControlFlow::Continue(Some((looks.first)(engine.clone(), request, key)))
        }
        (seen, _) => {
            let seen = seen.unwrap_or(Seen::Nothing);
            if !matches!(seen, Seen::Nothing) {
                request.snapshot.mark_read(&key);
            }
            judge(engine, request, key, seen, 0, caller).map_continue(|()| None)
        }
    }
}

/// Goes on where the first look found nothing, and the caller has joined the load of another.
pub(crate) fn wait_for<M: Threading>(
    engine: &Arc<Engine<M>>,
    fns: CallFns<M>,
    flight: Arc<Flight<M>>,
    snapshot: Arc<M::Configuration>,
    (nothing, removals): (Option<usize>, Option<usize>),
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>> {
    let (hash, waiter) = (flight.hash, Waiter::joined(engine, flight));
    let (tasks, again) = (fns.tasks, fns.looks.map(|looks| looks.again));
    let (dated, removals) = (caller.ask.wants().dated, removals.map(Noted::All));
    let (waits, first, old, limits) = (false, First::Nothing, None, None);
    let request = Request {
        snapshot,
        hash,
        waits,
        dated,
        limits,
        first,
        nothing,
        removals,
        old,
        tasks,
        again,
    };
    join(engine, request, Attempt::new(Demand::Value, 0), waiter, caller)
}

/// Ignores the stored entry: the value's load begins after this call.
pub(crate) fn force<M: Threading>(
    engine: &Arc<Engine<M>>,
    fns: CallFns<M>,
    missed: Missed<M>,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>, Option<Look<M>>> {
    let Missed { configuration: snapshot, key, .. } = missed;
    let hash = engine.hash(&snapshot, &key);
    engine.failures.forget(&key, hash);
    let waits = waits(engine, &snapshot, &key);
    let (demand, first) = (engine.flights.after_now(hash), First::Nothing);
    let dated = caller.ask.wants().dated;
    let (limits, nothing, removals, old) = (None, None, None, None);
    let CallFns { tasks, looks } = fns;
    let again = looks.map(|looks| looks.again);
    let request = Request {
        snapshot,
        hash,
        waits,
        dated,
        limits,
        first,
        nothing,
        removals,
        old,
        tasks,
        again,
    };
    // A caller that refuses an older value is not answered with one by a failure, either.
    board(engine, request, key, Attempt::new(demand, 0), caller).map_continue(|()| None)
}
