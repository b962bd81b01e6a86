//! One call, from its arguments to its answer.

mod asked;
mod flying;
mod lazy;
mod leader;
mod outcome;
mod passenger;
mod patience;
mod prompt;
mod refresh;
mod registered;
mod stand_in;

pub use self::outcome::{Outcome, Source};
pub(crate) use self::{
    asked::{Asked, Borrowed, Owned},
    lazy::Formed,
    outcome::{Form, Full, Value},
};

use core::{future::Future, marker::PhantomData, pin::Pin, task::Context};

use self::{
    asked::{AtAGlance, Closely, mark_read},
    flying::{Flown, fly, take_off},
    lazy::{Lazy, Start},
    outcome::{answer, outcome},
    refresh::refresh,
    stand_in::{StandIn, remembered, stood_in},
};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    error::{Error, Failure},
    flight::{Ask, is_nested},
    key::{KeyExtractor, Seek, Sought, Whole},
    load::{First, Method, Past},
    observer::Event,
    parts::Parts,
    reading::{self, Seen, waits},
    runtime::Runtime,
    storage::Look,
    sync::Arc,
};

use alloc::boxed::Box;

/// What a call comes to.
pub(crate) type Answer<P> = Result<Outcome<<P as Parts>::Value>, Error<<P as Parts>::Error>>;

/// What a call goes on with when the answer is not at hand.
struct Going<P: Parts, L> {
    snapshot: P::Snapshot,
    hash: u64,
    arguments: P::Arguments,
    method: L,
    /// Whether the storage answers only after a wait.
    waits: bool,
    /// Whether the caller wants to know the age of the answer.
    dated: bool,
    /// What has to come before the load.
    first: First<P>,
    /// How often that part of the storage had been written in which there was nothing.
    nothing: Option<usize>,
    /// What the load is to replace.
    old: Past<P::Value>,
    /// Another load waits for this call.
    nested: bool,
}

/// What is left to wait for.
enum Rest<'a, P: Parts, L> {
    /// The storage has to be waited for.
    Look(Going<P, L>, P::Key),
    /// A load has to end.
    Fly(Flown<'a, P, L>),
}

/// Answers from the storage, or makes a load answer.
///
/// A fresh entry of a storage that need not wait is the answer at the first poll, without a task or
/// an allocation; a load that is ready at its own first poll is the answer there too. Everything
/// else is boxed.
pub(crate) fn call<P, Q, L, W>(
    engine: &Arc<Engine<P>>,
    asked: Q,
    method: L,
) -> impl Future<Output = Formed<P, W>>
where
    P: Parts,
    Q: Asked<P>,
    L: Method<P>,
    W: Form<P::Value>,
{
    let call = Call { engine, asked, method, form: PhantomData::<W> };
    Lazy::new(call, |Call { engine, asked, method, .. }, missed, cx| {
        unfresh(engine, asked, missed, method, W::DATED, cx)
    })
}

/// A call that has only been made.
struct Call<'a, P: Parts, Q, L, W> {
    engine: &'a Arc<Engine<P>>,
    asked: Q,
    method: L,
    form: PhantomData<W>,
}

/// What a first look leaves to whoever goes on.
struct Missed<P: Parts> {
    snapshot: P::Snapshot,
    /// The key, if one was made.
    key: Option<P::Key>,
    /// Its hash, if the flights use the storage's.
    hash: Option<u64>,
    /// There was nothing for sure, by so many writes; else it takes a closer look.
    nothing: Option<usize>,
}

impl<P: Parts, Q: Asked<P>, L, W: Form<P::Value>> Start for Call<'_, P, Q, L, W> {
    type Parts = P;
    type Form = W;
    type Missed = Missed<P>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look(&self) -> Result<Formed<P, W>, Self::Missed> {
        let engine = self.engine;
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        if !configuration.configured() {
            return Ok(Err(refusal(engine, Failure::NotConfigured)));
        }
        let eyes = AtAGlance { engine, configuration, dated: W::DATED };
        let Sought { found: (look, hash), key } = self.asked.seek(engine, configuration, eyes);
        let (value, created) = match look {
            Look::Fresh { value, created } => (value, created),
            Look::Nothing(writes) => {
                return Err(Missed { snapshot, key, hash, nothing: Some(writes) });
            }
            Look::Unclear => return Err(Missed { snapshot, key, hash, nothing: None }),
        };
        if !engine.tallied {
            engine.counters.hits.count();
        }
        mark_read(engine, configuration, &self.asked, key.as_ref());
        let created = W::DATED.then_some(created);
        Ok(Ok(W::of(outcome(engine, configuration, value, Source::Hit, created))))
    }
}

/// Goes past what is stored: the value's load begins after this call.
pub(crate) fn force<P, Q, L, W>(
    engine: &Arc<Engine<P>>,
    asked: Q,
    method: L,
) -> impl Future<Output = Formed<P, W>>
where
    P: Parts,
    Q: Asked<P>,
    L: Method<P>,
    W: Form<P::Value>,
{
    let forced = Forced(Call { engine, asked, method, form: PhantomData::<W> });
    Lazy::new(forced, |Forced(Call { engine, asked, method, .. }), (), cx| {
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        if !configuration.configured() {
            return Ok(Err(refusal(engine, Failure::NotConfigured)));
        }
        let arguments = asked.into_arguments();
        let key = configuration.key_extractor().key(engine.settings.method, &arguments);
        let hash = engine.hash(configuration, &key);
        engine.failures.forget(&key, hash);
        let waits = waits(engine, configuration, &key);
        let (ask, first, dated) = (engine.flights.after_now(hash), First::Nothing, W::DATED);
        let nested = engine.places.is_some() && is_nested();
        let (nothing, old) = (None, None);
        let going =
            Going { snapshot, hash, arguments, method, waits, dated, first, nothing, old, nested };
        // Who will not have what was there before is not answered with it either.
        take_off(engine, going, key, ask, 0, Some(cx))
            .map_err(|aboard| Box::pin(rest(engine, Rest::Fly(Flown { aboard, stand_in: None }))))
    })
}

/// A call that does not look.
struct Forced<C>(C);

impl<C: Start> Start for Forced<C> {
    type Parts = C::Parts;
    type Form = C::Form;
    type Missed = ();

    fn look(&self) -> Result<Formed<C::Parts, C::Form>, ()> {
        Err(())
    }
}

/// Goes on where the first look brought nothing that is fresh without doubt.
fn unfresh<'a, P, Q, L>(
    engine: &'a Arc<Engine<P>>,
    asked: Q,
    missed: Missed<P>,
    method: L,
    dated: bool,
    cx: &mut Context<'_>,
) -> Result<Answer<P>, Pin<Box<impl Future<Output = Answer<P>> + use<'a, P, Q, L>>>>
where
    P: Parts,
    Q: Asked<P>,
    L: Method<P>,
{
    let Missed { snapshot, mut key, hash, nothing } = missed;
    let configuration = engine.source.current(&snapshot);
    let seen = if nothing.is_none() {
        let now = engine.runtime.now();
        let eyes = Closely::<P> { configuration, now };
        let found = match &key {
            Some(key) => eyes.seek(&Whole(key)),
            None => {
                let sought = asked.seek(engine, configuration, eyes);
                key = sought.key;
                sought.found
            }
        };
        found.map(|found| reading::judged(engine, key.as_ref(), found, now))
    } else {
        Some(Seen::Nothing)
    };
    if let Some(Seen::Fresh(entry)) = seen {
        mark_read(engine, configuration, &asked, key.as_ref());
        engine.counters.hits.count();
        return Ok(answer(engine, configuration, entry, Source::Hit, dated));
    }
    let arguments = asked.into_arguments();
    let key = key
        .unwrap_or_else(|| configuration.key_extractor().key(engine.settings.method, &arguments));
    let hash = hash.unwrap_or_else(|| engine.hash(configuration, &key));
    let (waits, first) = (seen.is_none(), First::Nothing);
    let (old, nested) = (None, engine.places.is_some() && is_nested());
    let going =
        Going { snapshot, hash, arguments, method, waits, dated, first, nothing, old, nested };
    let left = match seen {
        None => Rest::Look(going, key),
        Some(seen) => {
            if !matches!(seen, Seen::Nothing) {
                reading::mark_read_of(engine.source.current(&going.snapshot), &key);
            }
            match judge(engine, going, key, seen, 0, Some(cx)) {
                Ok(answer) => return Ok(answer),
                Err(flown) => Rest::Fly(flown),
            }
        }
    };
    Err(Box::pin(rest(engine, left)))
}

/// Answers with what has been found, or takes off.
fn judge<'a, P, L>(
    engine: &'a Arc<Engine<P>>,
    going: Going<P, L>,
    key: P::Key,
    seen: Seen<P::Value>,
    endings: usize,
    cx: Option<&mut Context<'_>>,
) -> Result<Answer<P>, Flown<'a, P, L>>
where
    P: Parts,
    L: Method<P>,
{
    match seen {
        Seen::Fresh(entry) => {
            engine.counters.hits.count();
            let configuration = engine.source.current(&going.snapshot);
            Ok(answer(engine, configuration, entry, Source::Hit, going.dated))
        }
        Seen::Stale(entry) => Ok(refresh(engine, going, key, entry, endings)),
        Seen::Expired(entry) => need(engine, going, key, Some(entry), endings, cx),
        Seen::Nothing => need(engine, going, key, None, endings, cx),
    }
}

/// Takes off for want of an answer, unless an earlier failure makes one of what has expired.
#[inline]
fn need<'a, P, L>(
    engine: &'a Arc<Engine<P>>,
    mut going: Going<P, L>,
    key: P::Key,
    expired: Option<CacheEntry<P::Value>>,
    endings: usize,
    cx: Option<&mut Context<'_>>,
) -> Result<Answer<P>, Flown<'a, P, L>>
where
    P: Parts,
    L: Method<P>,
{
    let mut stand_in = expired.and_then(|expired| replace(engine, &mut going, &key, expired));
    if engine.failures.any()
        && let Some(answer) = remembered(engine, &key, going.hash, &mut stand_in)
    {
        return Ok(answer);
    }
    match take_off(engine, going, key, Ask::Value, endings, cx) {
        Ok(answer) if stand_in.is_none() => Ok(answer),
        Ok(answer) => Ok(stood_in(engine, answer, stand_in)),
        Err(aboard) => Err(Flown { aboard, stand_in }),
    }
}

/// Notes what the load is to replace, and returns it if it may stand in.
#[cold]
fn replace<P: Parts, L: Method<P>>(
    engine: &Engine<P>,
    going: &mut Going<P, L>,
    key: &P::Key,
    expired: CacheEntry<P::Value>,
) -> Option<Box<StandIn<P>>> {
    let wanted = going.method.wants_previous();
    let old = expired.with(wanted.then(|| expired.value.clone()));
    let stand_in = StandIn::of(engine, going, key, expired);
    if wanted || stand_in.is_some() {
        going.old = Some(Box::new(old));
    }
    stand_in
}

/// Waits for what is left to wait for. Dropped, a caller leaves its flight.
async fn rest<P, L>(engine: &Arc<Engine<P>>, rest: Rest<'_, P, L>) -> Answer<P>
where
    P: Parts,
    L: Method<P>,
{
    let (going, key) = match rest {
        Rest::Fly(flown) => return fly(engine, flown).await,
        Rest::Look(going, key) => (going, key),
    };
    let configuration = engine.source.current(&going.snapshot);
    // What ends between a slow look and the decision to load may have stored what is missing.
    let endings = engine.flights.endings();
    if let Some(landed) = engine.flights.landed(&key, going.hash)
        && let Some(answer) = outcome::landed(engine, configuration, &landed, false, going.dated)
    {
        return answer;
    }
    // Boxed, as a joiner's future has no room for it to spare.
    let seen = Box::pin(reading::waited(engine, configuration, &key)).await;
    match judge(engine, going, key, seen, endings, None) {
        Ok(answer) => answer,
        Err(flown) => fly(engine, flown).await,
    }
}

/// Counts a call that fails without a load.
fn refusal<P: Parts>(engine: &Engine<P>, failure: Failure<P::Error>) -> Error<P::Error> {
    engine.counters.rejected.count();
    engine.tell(|| Event::Rejected { failure: &failure });
    Error::led(failure)
}
