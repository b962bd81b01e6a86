//! What a caller does, again and again.

use std::{pin::pin, sync::Arc, time::Duration};

use evermemo::Runtime;
use futures_util::future::{Either, join_all, poll_immediate, select};

use crate::{
    backend::Timers,
    caches::{Subject, World},
    operations::{How, call, force, insert, invalidate},
    plan::Shared,
    watchdog::Doing,
};

/// How many steps a caller makes before it rests.
const STEPS: u32 = 8;

/// Calls until the time is over.
pub(crate) async fn caller<R: Runtime, T: Timers>(world: Arc<World<R, T>>, number: usize) {
    let (shared, timers) = (&*world.shared, &world.timers);
    let (working, mut rng) = (shared.working(), shared.rng(number));
    while !shared.is_over() {
        for _ in 0..STEPS {
            let rng = &mut rng;
            let me = Me { shared, timers, number };
            match rng.u32(0..8) {
                0..3 => me.step(&world.memory, rng).await,
                3..4 => me.step(&world.storage, rng).await,
                4..6 => me.step(&world.strategy, rng).await,
                _ => me.step(&world.mutable, rng).await,
            }
        }
        shared.slots.set(number, Doing::Resting, 0);
        timers.sleep(Duration::from_micros(rng.u64(0..3_000))).await;
    }
    shared.slots.set(number, Doing::Ended, 0);
    working.done();
}

/// A caller in one step.
pub(crate) struct Me<'a, T> {
    pub(crate) shared: &'a Shared,
    pub(crate) timers: &'a T,
    pub(crate) number: usize,
}

impl<T: Timers> Me<'_, T> {
    async fn step<R: Runtime>(&self, subject: &Subject<R>, rng: &mut fastrand::Rng) {
        let key = self.shared.zipf.draw(rng);
        let patient = subject.facts.promises.patient;
        let patience = Duration::from_micros(rng.u64(0..30_000));
        match rng.u32(0..1_000) {
            0..60 if !patient => {
                self.set(Doing::CallingImpatiently, key);
                self.within(patience, call(subject, key, How::of(rng, subject))).await;
            }
            60..90 if !patient => {
                self.set(Doing::Selecting, key);
                let other = self.shared.zipf.draw(rng);
                let (how, other_how) = (How::of(rng, subject), How::of(rng, subject));
                let one = pin!(call(subject, key, how));
                select(one, pin!(call(subject, other, other_how))).await;
            }
            90..110 if !patient => {
                self.set(Doing::Holding, key);
                self.hold(subject, key, rng).await;
            }
            110..130 => {
                self.set(Doing::Forcing, key);
                force(subject, key).await;
            }
            130..145 if !patient => {
                self.set(Doing::Forcing, key);
                self.within(patience, force(subject, key)).await;
            }
            145..165 => {
                self.set(Doing::Invalidating, key);
                invalidate(subject, key).await;
            }
            165..175 => {
                self.set(Doing::Invalidating, key);
                self.within(patience / 4, invalidate(subject, key)).await;
            }
            175..195 => {
                self.set(Doing::Inserting, key);
                insert(subject, key).await;
            }
            195..205 => {
                self.set(Doing::Inserting, key);
                self.within(patience / 4, insert(subject, key)).await;
            }
            205..215 => {
                self.set(Doing::Bursting, key);
                let calls = (0..16).map(|_| call(subject, key, How::of(rng, subject)));
                join_all(calls.collect::<Vec<_>>()).await;
            }
            _ => {
                self.set(Doing::Calling, key);
                call(subject, key, How::of(rng, subject)).await;
            }
        }
    }

    fn set(&self, doing: Doing, key: u32) {
        self.shared.slots.set(self.number, doing, key);
    }

    /// Drops a step where it stands when patience is lost.
    async fn within(&self, patience: Duration, step: impl Future<Output = ()>) {
        match select(pin!(step), pin!(self.timers.sleep(patience))).await {
            Either::Left(_) | Either::Right(_) => {}
        }
    }

    /// Polls a call once, looks away, and then waits for it or drops it.
    async fn hold<R: Runtime>(&self, subject: &Subject<R>, key: u32, rng: &mut fastrand::Rng) {
        let mut call = pin!(call(subject, key, How::Outcome));
        if poll_immediate(call.as_mut()).await.is_none() {
            self.timers.sleep(Duration::from_millis(rng.u64(0..80))).await;
            if rng.bool() {
                call.await;
            }
        }
    }
}
