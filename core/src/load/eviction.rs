//! Victims of an eviction strategy leave.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Waker},
};

use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    flights::Flight,
    future::{contained, contained_future, within},
    observer::{Event, Operation},
    reading::waits,
    runtime::Threading,
    sync::Ordering,
};

/// Asks for victims where a flight ends that was dropped. No wait is possible there for a storage that
/// would have to: the end of the next flight asks for those.
pub(crate) fn evict_at_once<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) {
    let configuration = &*engine.snapshot();
    if !configuration.bounds() {
        return;
    }
    engine.victim_stayed.store(true, Ordering::Release);
    if !waits(engine, configuration, &flight.key) {
        let evicting = pin!(evict(engine, configuration, flight.runtime()));
        let _ended = evicting.poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// Releases what the strategy names until it names nothing, or something that has to stay.
///
/// A key that is being loaded, written or released stays, and the strategy is asked again when the
/// next flight ends. A strategy that names the key again that has just left is not asked further.
/// Dropped during a release, the victim may have left the storage or not; the strategy still has it
/// and names it again.
pub(crate) async fn evict<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    runtime: &M::Clock,
) {
    let strategy = configuration;
    if !strategy.bounds() {
        return;
    }
    engine.victim_stayed.store(false, Ordering::Release);
    let mut last = None;
    while let Ok(Some(victim)) = contained(|| strategy.next_to_release()) {
        if last.as_ref() == Some(&victim) {
            return;
        }
        let enter = || match engine.is_in_flight(configuration, &victim) {
            true => None,
            false => engine.lanes.try_enter(&victim),
        };
        let Some(lane) = enter() else {
            engine.victim_stayed.store(true, Ordering::Release);
            // What kept it may have ended before the note, and nobody else would ask again.
            if enter().is_none() {
                return;
            }
            continue;
        };
        let storage = configuration;
        let release = contained_future(|| storage.release(&victim));
        let released = within::<_, M>(engine.settings.storage_timeout, runtime, release).await;
        let Ok(Ok(Ok(()))) = released else {
            // It would be named again at once; the next write asks anew.
            engine.storage_failed(Some(&victim), Operation::Release);
            return;
        };
        engine.failures.forget(&victim, engine.hash(configuration, &victim));
        drop(contained(|| strategy.mark_released(&victim)));
        drop(lane);
        engine.counters.evicted.count();
        engine.tell(|| Event::Evicted { key: &victim });
        last = Some(victim);
    }
}
