//! What follows from the age of what was found.

use core::{ops::ControlFlow, task::Context};

use super::{
    answer::answer,
    attempt::Attempt,
    refresh::refresh,
    request::Request,
    stand_in::{StandIn, remembered, stood_in},
    take_off::{Flown, board},
};
use crate::{
    engine::Engine,
    entry::CacheEntry,
    flights::Demand,
    outcome::Source,
    reading::Seen,
    runtime::{AnyAnswer, AnyAsk, KeyOf, Threading, ValueOf},
    sync::Arc,
};

use alloc::boxed::Box;

/// Answers with what has been found, or takes off.
pub(super) fn judge<M: Threading>(
    engine: &Arc<Engine<M>>,
    request: Request<M>,
    key: KeyOf<M>,
    seen: Seen<ValueOf<M>>,
    endings: usize,
    ask: &mut dyn AnyAsk<M>,
    cx: &mut Context<'_>,
) -> ControlFlow<AnyAnswer<M>, Flown<M>> {
    match seen {
        Seen::Fresh(entry) => {
            engine.counters.hits.count();
            let Request { snapshot, dated, .. } = &request;
            ControlFlow::Break(answer(engine, snapshot, entry, Source::Hit, *dated))
        }
        Seen::Stale(entry) => {
            ControlFlow::Break(refresh(engine, request, key, entry, endings, ask))
        }
        Seen::Expired(entry) => need(engine, request, key, Some(entry), endings, ask, cx),
        Seen::Nothing => need(engine, request, key, None, endings, ask, cx),
    }
}

/// Takes off for want of an answer, unless an earlier failure makes one of what has expired.
#[inline]
fn need<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    expired: Option<CacheEntry<ValueOf<M>>>,
    endings: usize,
    ask: &mut dyn AnyAsk<M>,
    cx: &mut Context<'_>,
) -> ControlFlow<AnyAnswer<M>, Flown<M>> {
    let mut stand_in = expired
        .and_then(|expired| replace(engine, &mut request, &key, expired, ask.wants_previous()));
    if engine.failures.any()
        && let Some(answer) = remembered(engine, &key, request.hash, &mut stand_in)
    {
        return ControlFlow::Break(answer);
    }
    let attempt = Attempt::new(Demand::Value, endings);
    match board(engine, request, key, attempt, ask, cx) {
        ControlFlow::Break(answer) if stand_in.is_none() => ControlFlow::Break(answer),
        ControlFlow::Break(answer) => ControlFlow::Break(stood_in(engine, answer, stand_in)),
        ControlFlow::Continue(aboard) => ControlFlow::Continue(Flown { aboard, stand_in }),
    }
}

/// Notes what the load is to replace, and returns it if it may stand in.
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
