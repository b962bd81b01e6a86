//! What a call asks by: arguments in hand, or borrowed ones.

use crate::{
    configuration::CacheConfiguration,
    engine::Engine,
    eviction::EvictionStrategy,
    key::{KeyExtractor, Lookup, Sought},
    parts::Parts,
    time::Instant,
};

/// The arguments of a call.
pub(crate) trait Asked<P: Parts> {
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        now: Instant,
    ) -> Sought<P::Key, P::Value, P::StorageError>;

    /// Makes the key anew, for a strategy that wants to hear of a hit.
    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key;

    fn into_arguments(self) -> P::Arguments;
}

/// Arguments in hand.
pub(crate) struct Owned<A>(pub(crate) A);

impl<P: Parts> Asked<P> for Owned<P::Arguments> {
    #[inline]
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        now: Instant,
    ) -> Sought<P::Key, P::Value, P::StorageError> {
        let extractor = configuration.key_extractor();
        extractor.find_now(engine.settings.method, &self.0, configuration.storage(), now)
    }

    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key {
        configuration.key_extractor().key(engine.settings.method, &self.0)
    }

    fn into_arguments(self) -> P::Arguments {
        self.0
    }
}

/// Borrowed arguments, owned on a miss only.
pub(crate) struct Borrowed<Q>(pub(crate) Q);

impl<P: Parts, Q: Lookup<P::Arguments>> Asked<P> for Borrowed<Q> {
    #[inline]
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        now: Instant,
    ) -> Sought<P::Key, P::Value, P::StorageError> {
        let extractor = configuration.key_extractor();
        extractor.find_now_by(engine.settings.method, &self.0, configuration.storage(), now)
    }

    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key {
        configuration.key_extractor().key(engine.settings.method, &self.0.to_key())
    }

    fn into_arguments(self) -> P::Arguments {
        self.0.to_key()
    }
}

/// Tells a strategy that wants to hear of it of a hit.
#[inline]
pub(super) fn mark_read<P: Parts, Q: Asked<P>>(
    engine: &Engine<P>,
    configuration: &P::Current,
    asked: &Q,
    key: Option<&P::Key>,
) {
    let strategy = configuration.eviction_strategy();
    if strategy.observes_reads() {
        match key {
            Some(key) => strategy.mark_read(key),
            None => strategy.mark_read(&asked.key(engine, configuration)),
        }
    }
}
