//! What a caller does, again and again.

use std::{pin::pin, sync::Arc, time::Duration};

use evermemo::{Error, Outcome, Runtime};
use futures_util::future::{Either, join_all, poll_immediate, select};

use crate::{
    ask::{Origin, Payload, Value},
    backend::{Fault, Timers},
    caches::{Source, Subject, World},
    facts::{Answer, Asked, Facts},
    ledger::Ledger,
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
    async fn step<R: Runtime, C: Source>(&self, subject: &Subject<R, C>, rng: &mut fastrand::Rng) {
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
    async fn hold<R: Runtime, C: Source>(
        &self,
        subject: &Subject<R, C>,
        key: u32,
        rng: &mut fastrand::Rng,
    ) {
        let mut call = pin!(call(subject, key, How::Outcome));
        if poll_immediate(call.as_mut()).await.is_none() {
            self.timers.sleep(Duration::from_millis(rng.u64(0..80))).await;
            if rng.bool() {
                call.await;
            }
        }
    }
}

/// How a caller asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Value,
    Borrowed,
    Outcome,
}

impl How {
    fn of<R: Runtime, C: Source>(rng: &mut fastrand::Rng, subject: &Subject<R, C>) -> Self {
        match rng.u32(0..4) {
            0 if !subject.facts.promises.patient => Self::Value,
            1 if !subject.facts.promises.patient => Self::Borrowed,
            _ => Self::Outcome,
        }
    }
}

pub(crate) async fn call<R: Runtime, C: Source>(subject: &Subject<R, C>, key: u32, how: How) {
    let Subject { memo, facts } = subject;
    let (asked, ask) = Asked::now(facts, key);
    let plain = |value: Value| Answer { value, outcome: None };
    let answer: Result<Answer, Error<Fault>> = match how {
        How::Value => counted(facts, key, memo.call(ask)).await.map(plain),
        How::Borrowed => counted(facts, key, memo.call_ref(&ask)).await.map(plain),
        How::Outcome => counted(facts, key, memo.outcome(ask)).await.map(
            |Outcome { value, source, age, .. }| Answer { value, outcome: Some((source, age)) },
        ),
    };
    asked.judge(facts, answer);
}

pub(crate) async fn force<R: Runtime, C: Source>(subject: &Subject<R, C>, key: u32) {
    let Subject { memo, facts } = subject;
    let forced = facts.ledger.superseding(key);
    let (asked, ask) = Asked::by_force(facts, key, &forced);
    let answer = counted(facts, key, memo.force_refresh(ask)).await;
    asked.judge(facts, answer.map(|value| Answer { value, outcome: None }));
}

pub(crate) async fn invalidate<R: Runtime, C: Source>(subject: &Subject<R, C>, key: u32) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change(key);
    // A storage that could not release it may still have it.
    if memo.invalidate(&facts.ledger.ask(key)).await.is_ok() {
        change.settle();
    }
}

pub(crate) async fn clear<R: Runtime, C: Source>(subject: &Subject<R, C>) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change_all();
    if memo.clear().await.is_ok() {
        change.settle();
    }
}

pub(crate) async fn insert<R: Runtime, C: Source>(subject: &Subject<R, C>, key: u32) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change(key);
    let before = facts.generation();
    let value = Payload::new(key, Origin::Inserted);
    let inserting = Inserting { value: value.clone(), ledger: &facts.ledger, key };
    let inserted = memo.insert(facts.ledger.ask(key), value).await;
    let value = inserting.end();
    // An insertion says that it has ended, and not always that the storage took it in time.
    let kept = value.is_stored() || before.is_memory() && facts.generation() == before;
    // A removal that came later may have kept it out, and be under way.
    if inserted.is_ok() && kept && change.undisputed() {
        change.settle();
    }
}

/// An insertion under way. What it brings is as new as its end.
struct Inserting<'a> {
    value: Value,
    ledger: &'a Ledger,
    key: u32,
}

impl Inserting<'_> {
    fn end(self) -> Value {
        self.value.clone()
    }
}

impl Drop for Inserting<'_> {
    fn drop(&mut self) {
        self.value.settle(self.ledger.truth(self.key));
    }
}

/// Makes a call, and counts it if it is dropped between its first poll and its end.
async fn counted<F: Future>(facts: &Facts, key: u32, call: F) -> F::Output {
    // They are dropped in turn: the first one declared after the call.
    let after = Leaving { facts, key, call_is_gone: true };
    let mut call = pin!(call);
    let before = Leaving { facts, key, call_is_gone: false };
    let output = call.as_mut().await;
    std::mem::forget((before, after));
    output
}

/// A call that is being dropped. Where that aborts the load, it is as if it were superseded.
struct Leaving<'a> {
    facts: &'a Facts,
    key: u32,
    call_is_gone: bool,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let Facts { promises, ledger, counts, .. } = self.facts;
        if !self.call_is_gone {
            counts.dropped.one();
        }
        match (promises.aborts, self.call_is_gone) {
            (true, false) => std::mem::forget(ledger.superseding(self.key)),
            (true, true) => ledger.superseded_by_leaving(self.key),
            (false, _) => {}
        }
    }
}
