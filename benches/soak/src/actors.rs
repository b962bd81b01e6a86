//! What goes on in the background: resizes, exchanges, outages, clears.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use evermemo::{LeastRecentlyUpdatedEvictionStrategy, NoEvictionStrategy, Runtime};

use crate::{
    ask::Noted,
    backend::Timers,
    caches::{LEAST_METHOD_TIMEOUT, LIFE, METHOD_TIMEOUT, Map, World, slow},
    operations::clear,
    plan::CAPACITY,
    watchdog::Doing,
};

/// How many actors there are.
pub(crate) const ACTORS: usize = 4;

/// Plays one of the parts until the time is over; `number` counts on from the callers.
pub(crate) async fn actor<R: Runtime, T: Timers>(world: Arc<World<R, T>>, number: usize) {
    let shared = &*world.shared;
    let (working, mut rng) = (shared.working(), shared.rng(number));
    while !shared.is_over() {
        let rng = &mut rng;
        shared.slots.set(number, Doing::Acting, 0);
        match number - shared.callers {
            0 => resize(&world, rng).await,
            1 => exchange(&world, rng).await,
            2 => weather(&world, rng).await,
            _ => clear_one(&world, rng, number).await,
        }
    }
    shared.slots.set(number, Doing::Ended, 0);
    working.done();
}

fn milliseconds(rng: &mut fastrand::Rng, range: core::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.u64(range))
}

/// Changes the capacity of the memory cache, which holds from then on, at every moment.
async fn resize<R: Runtime, T: Timers>(world: &World<R, T>, rng: &mut fastrand::Rng) {
    let room = match rng.u32(0..20) {
        0 => 0,
        1 => rng.usize(1..100),
        _ => rng.usize(CAPACITY / 2..=CAPACITY),
    };
    world.room.store(usize::MAX, SeqCst);
    world.memory.memo.cache().set_capacity(room);
    world.room.store(room, SeqCst);
    for _ in 0..rng.u32(20..200) {
        world.check_bounds();
        world.timers.sleep(Duration::from_millis(1)).await;
    }
}

/// Exchanges a component of the mutable configuration.
async fn exchange<R: Runtime, T: Timers>(world: &World<R, T>, rng: &mut fastrand::Rng) {
    let (facts, configuration) = (&world.mutable.facts, &world.components);
    facts.exchanged();
    match rng.u32(0..8) {
        // Each storage is a new one: what a former one holds was never invalidated there.
        0 | 1 => {
            if facts.generation().is_memory() {
                facts.waits_for_its_storage();
                configuration.set_storage(slow(&world.shared, &world.timers, rng.bool()));
            } else {
                configuration.set_storage(Map::new(CAPACITY));
                facts.is_in_memory();
            }
        }
        2 | 3 => {
            let capacity = rng.usize(CAPACITY / 2..CAPACITY);
            match rng.bool() {
                true => configuration.set_eviction_strategy(NoEvictionStrategy),
                false => {
                    let strategy = LeastRecentlyUpdatedEvictionStrategy::new(capacity);
                    configuration.set_eviction_strategy(strategy)
                }
            };
        }
        4 | 5 => {
            let fresh_for = milliseconds(rng, 5..200);
            let life = fresh_for + milliseconds(rng, 0..LIFE.as_millis() as u64);
            configuration.set_entry_builder(Noted { fresh_for, life });
        }
        6 => {
            let timeout = LEAST_METHOD_TIMEOUT + milliseconds(rng, 0..50);
            configuration.set_method_timeout(timeout.max(METHOD_TIMEOUT / 2));
        }
        _ => {
            configuration.set_configured(false);
            world.timers.sleep(Duration::from_millis(2)).await;
            configuration.set_configured(true);
        }
    }
    world.timers.sleep(milliseconds(rng, 50..500)).await;
}

/// Every few seconds the backend is down for a while, and so is the storage, by itself.
async fn weather<R: Runtime, T: Timers>(world: &World<R, T>, rng: &mut fastrand::Rng) {
    let weather = &world.shared.weather;
    let down = if rng.u32(0..3) > 0 { &weather.backend_down } else { &weather.storage_down };
    world.timers.sleep(milliseconds(rng, 1_000..3_000)).await;
    down.store(true, SeqCst);
    world.timers.sleep(milliseconds(rng, 200..1_200)).await;
    down.store(false, SeqCst);
}

async fn clear_one<R: Runtime, T: Timers>(
    world: &World<R, T>,
    rng: &mut fastrand::Rng,
    number: usize,
) {
    world.timers.sleep(milliseconds(rng, 500..1_500)).await;
    world.shared.slots.set(number, Doing::Clearing, 0);
    match rng.u32(0..4) {
        0 => clear(&world.memory).await,
        1 => clear(&world.storage).await,
        2 => clear(&world.strategy).await,
        _ => clear(&world.mutable).await,
    }
}
