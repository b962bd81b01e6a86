//! Evictions by a strategy.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Waker},
};

use crate::{
    configuration::AnyConfiguration,
    engine::{Engine, Fate},
    flights::Flight,
    future::contained,
    observer::{Event, Operation},
    reading::waits,
    runtime::{AnyClock, Threading},
    sync::{Arc, Ordering},
};

/// Asks for victims where a dropped flight ends. No wait is possible there: where the storage would
/// have to, a task of the runtime does; if that drops it, the end of the next flight asks.
pub(crate) fn evict_at_once<M: Threading>(engine: &Arc<Engine<M>>, flight: &Flight<M>) {
    let (configuration, runtime) = (engine.snapshot(), flight.runtime());
    if !configuration.bounds() {
        return;
    }
    engine.victim_stayed.store(true, Ordering::Release);
    if !waits(engine, &*configuration, &flight.key) {
        let evicting = pin!(evict(engine, &*configuration, Some(&*runtime)));
        let _ended = evicting.poll(&mut Context::from_waker(Waker::noop()));
    } else if let (Some(evictions), Some(runtime)) = (&engine.evictions, runtime.bind()) {
        let evicting = (evictions.evict)(engine.clone(), configuration, runtime.clone());
        drop(contained(|| runtime.spawn(evicting)));
    }
}

/// Releases the strategy's victims until it has none, or one that has to stay.
///
/// A key that is being loaded, written or released stays, and the strategy is asked again when the
/// next flight ends. A strategy that returns the key again that has just left is not asked further.
/// If this is dropped during a release, the victim may have left the storage or not; the strategy
/// still has it and returns it again.
pub(crate) async fn evict<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    timer: Option<&M::Clock>,
) {
    let strategy = configuration;
    let Some(writes) = engine.writes.as_ref().filter(|_| strategy.bounds()) else { return };
    engine.victim_stayed.store(false, Ordering::Release);
    let mut last = None;
    loop {
        let released = writes.released.load(Ordering::Acquire);
        let Ok(Some(victim)) = contained(|| strategy.next_to_release()) else { return };
        if last.as_ref() == Some(&victim) {
            return;
        }
        let enter = || match engine.is_in_flight(configuration, &victim) {
            true => None,
            false => writes.lanes.try_enter(&victim),
        };
        let Some(place) = enter() else {
            engine.victim_stayed.store(true, Ordering::Release);
            // The flight that kept it may have ended before the note, and no other would ask again.
            if enter().is_none() {
                return;
            }
            continue;
        };
        // Another task may have released it since it was chosen, and it may have been written anew.
        if writes.released.load(Ordering::Acquire) != released {
            continue;
        }
        let patience = engine.settings.storage_timeout;
        let done = match contained(|| configuration.release(&victim)) {
            Ok(release) => place.perform(patience, timer, release, None).await.is_ok(),
            Err(_) => false,
        };
        if !done {
            // It would be chosen again at once; the next write asks anew.
            engine.storage_failed(Some(&victim), Operation::Release);
            return;
        };
        writes.note(Fate::Hidden(&victim));
        engine.failures.forget(&victim, engine.hash(configuration, &victim));
        drop(contained(|| strategy.mark_released(&victim)));
        writes.released.fetch_add(1, Ordering::AcqRel);
        drop(place);
        engine.counters.evicted.count();
        engine.tell(|| Event::Evicted { key: &victim });
        last = Some(victim);
    }
}
