//! The next step of a call, by the age of the entry that was found.

use core::ops::ControlFlow;

use super::{
    aboard::Caller,
    answer::answer,
    attempt::Attempt,
    refresh::refresh,
    request::Request,
    soft_timeout::SoftTimeout,
    stand_in::{StandIn, remembered, stood_in},
    take_off::board,
};
use crate::{
    engine::Engine,
    entry::CacheEntry,
    flights::Demand,
    outcome::Source,
    planted::{self, Fault},
    reading::Seen,
    runtime::{AnyAnswer, KeyOf, Threading, ValueOf},
    sync::Arc,
};

use alloc::boxed::Box;

/// Answers with the entry that was found, or takes off.
pub(super) fn judge<M: Threading>(
    engine: &Arc<Engine<M>>,
    request: Request<M>,
    key: KeyOf<M>,
    seen: Seen<ValueOf<M>>,
    endings: usize,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>> {
    match seen {
        Seen::Fresh(entry) => {
            engine.counters.hits.count();
            let Request { snapshot, dated, .. } = &request;
            ControlFlow::Break(answer(engine, snapshot, entry, Source::Hit, *dated))
        }
        Seen::Stale(entry) => {
            ControlFlow::Break(refresh(engine, request, key, entry, endings, caller.ask))
        }
        Seen::Expired(entry) => need(engine, request, key, Some(entry), endings, caller),
        Seen::Nothing => need(engine, request, key, None, endings, caller),
    }
}

/// Takes off for want of an answer, unless an earlier failure makes an expired entry the answer.
#[inline]
fn need<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    expired: Option<CacheEntry<ValueOf<M>>>,
    endings: usize,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>> {
    let mut stand_in = expired.and_then(|expired| {
        replace(engine, &mut request, &key, expired, caller.ask.wants_previous())
    });
    if engine.failures.any()
        && let Some(answer) = remembered(engine, &key, request.hash, &mut stand_in)
    {
        return ControlFlow::Break(answer);
    }
    let demand = match &request.limits {
        Some(limits) if limits.fresh && planted::is(Fault::LoadBesideRefresh) => {
            engine.flights.after_now(request.hash)
        }
        _ => Demand::Value,
    };
    let attempt = Attempt::new(demand, endings);
    let gone = board(engine, request, key, attempt, caller);
    if stand_in.is_none() {
        return gone;
    }
    match gone {
        ControlFlow::Break(answer) => ControlFlow::Break(stood_in(engine, answer, stand_in)),
        ControlFlow::Continue(()) => {
            caller.wait.soft = SoftTimeout::of(engine, stand_in);
            ControlFlow::Continue(())
        }
    }
}

/// Notes the entry that the load is to replace, and returns it if it may stand in.
#[cold]
fn replace<M: Threading>(
    engine: &Engine<M>,
    request: &mut Request<M>,
    key: &KeyOf<M>,
    expired: CacheEntry<ValueOf<M>>,
    wanted: bool,
) -> Option<Box<StandIn<M>>> {
    let old = expired.with(wanted.then(|| expired.value.clone()));
    let stand_in = StandIn::of(engine, request, key, expired);
    if wanted || stand_in.is_some() {
        request.old = Some(Box::new(old));
    }
    stand_in
}
