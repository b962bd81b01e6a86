//! What is done with a cache, noted before and judged after.

use std::pin::pin;

use evermemo::{Error, Outcome, Runtime};

use crate::{
    ask::{Origin, Payload, Value},
    backend::Fault,
    caches::Subject,
    facts::Facts,
    judging::{Answer, Asked},
    ledger::Ledger,
};

/// How a caller asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Value,
    Borrowed,
    Outcome,
}

impl How {
    pub(crate) fn of<R: Runtime>(rng: &mut fastrand::Rng, subject: &Subject<R>) -> Self {
        match rng.u32(0..4) {
            0 if !subject.facts.promises.patient => Self::Value,
            1 if !subject.facts.promises.patient => Self::Borrowed,
            _ => Self::Outcome,
        }
    }
}

pub(crate) async fn call<R: Runtime>(subject: &Subject<R>, key: u32, how: How) {
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

pub(crate) async fn force<R: Runtime>(subject: &Subject<R>, key: u32) {
    let Subject { memo, facts } = subject;
    let forced = facts.ledger.superseding(key);
    let (asked, ask) = Asked::by_force(facts, key, &forced);
    let answer = counted(facts, key, memo.force_refresh(ask)).await;
    asked.judge(facts, answer.map(|value| Answer { value, outcome: None }));
}

pub(crate) async fn invalidate<R: Runtime>(subject: &Subject<R>, key: u32) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change(key);
    // A storage that could not release it may still have it.
    if memo.try_invalidate(&facts.ledger.ask(key)).await.is_ok() {
        change.settle();
    }
}

pub(crate) async fn clear<R: Runtime>(subject: &Subject<R>) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change_all();
    if memo.try_clear().await.is_ok() {
        change.settle();
    }
}

pub(crate) async fn insert<R: Runtime>(subject: &Subject<R>, key: u32) {
    let Subject { memo, facts } = subject;
    let change = facts.ledger.change(key);
    let before = facts.generation();
    let value = Payload::new(key, Origin::Inserted);
    let inserting = Inserting { value: value.clone(), ledger: &facts.ledger, key };
    let inserted = memo.try_insert(facts.ledger.ask(key), value).await;
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
