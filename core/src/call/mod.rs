//! One call, from its arguments to its answer.

mod asked;
mod flying;
mod lazy;
mod outcome;
mod passenger;
mod refresh;

pub use self::outcome::{Outcome, Source};
pub(crate) use self::{
    asked::{Asked, Borrowed, Owned},
    lazy::IntoValue,
};

use core::future::Future;

use self::{asked::mark_read, flying::fly, lazy::Lazy, outcome::answer, refresh::refresh};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    error::{Error, Failure},
    flight::Ask,
    key::KeyExtractor,
    load::{First, Launchpad},
    parts::Parts,
    reading::{self, Seen, waits},
    runtime::{Runtime, Task},
    sync::Arc,
};

/// What a call comes to.
pub(crate) type Answer<P> = Result<Outcome<<P as Parts>::Value>, Error<<P as Parts>::Error>>;

/// What a call goes on with when the answer is not at hand.
struct Going<P: Parts, L> {
    snapshot: P::Snapshot,
    key: P::Key,
    arguments: P::Arguments,
    launch: L,
    /// Whether the storage answers only after a wait.
    waits: bool,
    /// What has to come before the load.
    first: First<P>,
}

/// Answers from the storage, or makes a load answer.
///
/// A fresh entry of a storage that need not wait is the answer at the first poll, without a task or
/// an allocation. Everything else is boxed.
pub(crate) fn call<P, Q, L>(
    engine: &Arc<Engine<P>>,
    asked: Q,
    launch: L,
) -> impl Future<Output = Answer<P>>
where
    P: Parts,
    Q: Asked<P>,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    Lazy::new(move || {
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        if !configuration.configured() {
            return Ok(refuse(engine, Failure::NotConfigured));
        }
        let now = engine.runtime.now();
        let sought = asked.seek(engine, configuration, now);
        let waits = sought.found.is_none();
        let seen = match sought.found {
            None => None,
            Some(found) => match reading::judged(engine, found, now) {
                Seen::Fresh(entry) => {
                    mark_read(engine, configuration, &asked, sought.key.as_ref());
                    engine.counters.hits.count();
                    return Ok(Ok(answer(configuration, entry, Source::Hit, now)));
                }
                seen => Some(seen),
            },
        };
        let arguments = asked.into_arguments();
        let extractor = configuration.key_extractor();
        let key = sought.key.unwrap_or_else(|| extractor.key(engine.settings.method, &arguments));
        Err(miss(
            engine,
            Going { snapshot, key, arguments, launch, waits, first: First::Nothing },
            seen,
        ))
    })
}

/// Goes past what is stored: the value's load begins after this call.
pub(crate) fn force<P, Q, L>(
    engine: &Arc<Engine<P>>,
    asked: Q,
    launch: L,
) -> impl Future<Output = Answer<P>>
where
    P: Parts,
    Q: Asked<P>,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    Lazy::new(move || {
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        if !configuration.configured() {
            return Ok(refuse(engine, Failure::NotConfigured));
        }
        let arguments = asked.into_arguments();
        let key = configuration.key_extractor().key(engine.settings.method, &arguments);
        let ask = engine.flights.after_now();
        let waits = waits(engine, configuration, &key);
        let going = Going { snapshot, key, arguments, launch, waits, first: First::Nothing };
        Err(fly(engine, going, ask, 0))
    })
}

/// Goes on where the first look brought no fresh entry; `None`: the storage has to be waited for.
async fn miss<P, L>(
    engine: &Arc<Engine<P>>,
    going: Going<P, L>,
    seen: Option<Seen<P::Value>>,
) -> Answer<P>
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    // What ends between a slow look and the decision to load may have stored what is missing.
    let endings = engine.flights.endings();
    let configuration = engine.source.current(&going.snapshot);
    let seen = match seen {
        Some(seen) => {
            if !matches!(seen, Seen::Nothing) {
                reading::mark_read_of(configuration, &going.key);
            }
            seen
        }
        None => {
            if let Some(landed) = engine.flights.landed(&going.key)
                && let Some(answer) = outcome::landed(engine, configuration, &landed)
            {
                return Ok(answer);
            }
            reading::waited(engine, configuration, &going.key).await
        }
    };
    match seen {
        Seen::Fresh(entry) => {
            engine.counters.hits.count();
            Ok(answer(configuration, entry, Source::Hit, engine.runtime.now()))
        }
        Seen::Stale(entry) => Ok(refresh(engine, going, entry, endings)),
        Seen::Expired | Seen::Nothing => fly(engine, going, Ask::Value, endings).await,
    }
}

/// Fails without a load.
fn refuse<P: Parts>(engine: &Engine<P>, failure: Failure<P::Error>) -> Answer<P> {
    engine.counters.rejected.count();
    Err(Error::led(failure))
}
