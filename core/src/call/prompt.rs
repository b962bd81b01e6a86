//! A load that may be ready at its first poll.

use core::{
    pin::Pin,
    task::{Context, Poll},
};

use super::Going;
use crate::{
    cached::Cached,
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    error::Failure,
    eviction::EvictionStrategy,
    flight::{Flight, TimedOut, contained, drop_contained},
    freshness::is_dead,
    load::{
        Called, Departure, First, Launchpad, Method, Past, Ran, Resume, built, conclude, started,
        sweep,
    },
    observer::Operation,
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
        && engine.places.is_none()
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
    old: Past<P::Value>,
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
    let Going { snapshot, arguments, method, mut old, .. } = going;
    let resume = method.resume();
    let ran = if flight.deadline <= now {
        Err(TimedOut)
    } else {
        let _inside = flight.inside();
        let previous = old.as_mut().and_then(|old| old.value.take().map(|value| old.with(value)));
        started(engine, flight);
        let ran = match contained(|| method.start(arguments, previous)) {
            Err(panic) => Err(panic),
            Ok(mut called) => match contained(|| Pin::new(&mut called).poll(cx)) {
                Ok(Poll::Pending) => {
                    return Prompt::Waits(Waiting { called, resume, snapshot, old });
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
    let old = old.as_deref();
    let landed = landed(engine, engine.source.current(&snapshot), flight, ran, old, now);
    sweep(engine, flight.runtime(), resume.sweeps);
    Prompt::Landed(landed)
}

fn landed<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    flight: &Arc<Flight<P>>,
    ran: Ran<Result<Cached<P::Value>, P::Error>>,
    old: Option<&CacheEntry<Option<P::Value>>>,
    begun: Instant,
) -> Landed<P::Value, P::Error> {
    let now = flight.runtime().now();
    let took = now.saturating_since(begun);
    let landed = built(engine, configuration, flight, ran, now, took);
    conclude(engine, flight, &landed, old, now, took);
    match &landed {
        // An answer to those who wait and to nobody else.
        Ok(entry) if is_dead(entry, entry.created) => {}
        Ok(entry) => {
            let (storage, hash) =
                (configuration.storage(), P::Source::FIXED.then_some(flight.hash));
            let (key, current) = (&flight.key, || flight.is_current());
            let offered = contained(|| storage.offer_hashed(key, hash, entry, now, &current));
            if offered.is_err() {
                engine.storage_failed(Some(key), Operation::Offer);
            }
        }
        Err(_) => {}
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
        let Self { called, resume, snapshot, old } = self;
        let pad = Launchpad {
            departure: Departure::new(engine.clone(), flight.clone(), None),
            first: First::Nothing,
            snapshot,
            old,
            sweeps: resume.sweeps,
            nested: false,
            // Read anew: how long the load takes is reckoned from here.
            prompt: Some(flight.runtime().now()),
            polled: true,
            waits: false,
        };
        flight.embark((resume.load)(pad, called), cx)
    }
}
