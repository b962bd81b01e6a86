//! A load that may be ready at its first poll.

use core::{
    pin::Pin,
    task::{Context, Poll},
};

use super::Going;
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    error::Failure,
    eviction::EvictionStrategy,
    flight::{Flight, TimedOut, contained, drop_contained},
    freshness::is_dead,
    load::{Called, Departure, First, Launchpad, Method, Ran, Resume, built, count},
    parts::Parts,
    runtime::Runtime,
    statuses::Landed,
    storage::CacheStorage,
    sync::Arc,
    time::Instant,
};

/// Returns whether a load can be followed from its first poll to its entry without a wait: by a
/// caller in the runtime's context, into a storage that is done at once and bounds itself.
pub(super) fn is_prompt<P: Parts, L>(
    engine: &Engine<P>,
    configuration: &P::Current,
    going: &Going<P, L>,
) -> bool {
    P::Storage::IMMEDIATE
        && !configuration.eviction_strategy().bounds()
        && matches!(going.first, First::Nothing)
        && engine.runtime.entered()
}

/// How a first poll ended.
pub(super) enum Prompt<P: Parts> {
    /// The flight is over, and this is for its leader; the others have theirs.
    Landed(Landed<P::Value, P::Error>),
    /// The load waits.
    Waits(Waiting<P>),
}

/// A load that has been polled once, and what makes a seated one of it.
pub(super) struct Waiting<P: Parts> {
    called: Called<P>,
    resume: Resume<P>,
    snapshot: P::Snapshot,
    now: Instant,
}

/// Calls the method and polls it once, in place of a load in its seat, which costs more.
///
/// What is done with the value is what [`run`](crate::load) does with it.
pub(super) fn prompt<P, L>(
    engine: &Arc<Engine<P>>,
    flight: &Arc<Flight<P>>,
    going: Going<P, L>,
    now: Instant,
    cx: &mut Context<'_>,
) -> Prompt<P>
where
    P: Parts,
    L: Method<P>,
{
    let Going { snapshot, arguments, method, .. } = going;
    let resume = method.resume();
    let ran = if flight.deadline <= now {
        Err(TimedOut)
    } else {
        let _inside = flight.inside();
        let ran = match contained(|| method.start(arguments)) {
            Err(panic) => Err(panic),
            Ok(mut called) => match contained(|| Pin::new(&mut called).poll(cx)) {
                Ok(Poll::Pending) => {
                    return Prompt::Waits(Waiting { called, resume, snapshot, now });
                }
                Ok(Poll::Ready(result)) => {
                    drop_contained(Some(called));
                    Ok(result)
                }
                Err(panic) => {
                    drop_contained(Some(called));
                    Err(panic)
                }
            },
        };
        Ok(ran)
    };
    Prompt::Landed(landed(engine, engine.source.current(&snapshot), flight, ran))
}

fn landed<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    flight: &Arc<Flight<P>>,
    ran: Ran<Result<P::Value, P::Error>>,
) -> Landed<P::Value, P::Error> {
    let now = flight.runtime().now();
    let landed = built(configuration, flight, ran, now);
    match &landed {
        // An answer to those who wait and to nobody else.
        Ok(entry) if is_dead(entry, entry.created) => {}
        Ok(entry) => {
            let (storage, hash) =
                (configuration.storage(), P::Source::FIXED.then_some(flight.hash));
            let (key, current) = (&flight.key, || flight.is_current());
            let offered = contained(|| storage.offer_hashed(key, hash, entry, now, &current));
            if offered.is_err() {
                engine.counters.storage_errors.count();
            }
        }
        Err(failure) => count(engine, flight, failure),
    }
    if engine.flights.leave(flight) {
        return landed;
    }
    flight.landing.land(landed);
    flight.landing.landed().map_or(Err(Failure::Abandoned), |landed| Landed::clone(&landed))
}

impl<P: Parts> Waiting<P> {
    /// Makes the load that goes on, and polls it for its timer.
    pub(super) fn embark(
        self,
        engine: &Arc<Engine<P>>,
        flight: &Arc<Flight<P>>,
        cx: &mut Context<'_>,
    ) -> crate::flight::Driven {
        let Self { called, resume, snapshot, now } = self;
        let departure = Departure::new(engine.clone(), flight.clone(), None);
        let (first, prompt) = (First::Nothing, Some(now));
        let pad = Launchpad { departure, first, snapshot, prompt, polled: true, waits: false };
        flight.embark(resume(pad, called), cx)
    }
}
