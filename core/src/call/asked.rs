//! What a call asks by: arguments in hand, or borrowed ones.

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    eviction::EvictionStrategy,
    key::{KeyExtractor, Lookup, Seek, Sought},
    parts::Parts,
    storage::{CacheStorage, Glance, Look},
};

/// The arguments of a call.
pub(crate) trait Asked<P: Parts> {
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        dated: bool,
    ) -> Sought<P::Key, Looked<P>>;

    /// Makes the key anew, for a strategy that wants to hear of a hit.
    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key;

    fn into_arguments(self) -> P::Arguments;
}

/// Arguments in hand.
pub(crate) struct Owned<A>(pub(crate) A);

impl<P: Parts> Asked<P> for Owned<P::Arguments> {
    #[inline(always)]
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        dated: bool,
    ) -> Sought<P::Key, Looked<P>> {
        let eyes = Eyes { engine, configuration, dated };
        configuration.key_extractor().find_now(engine.settings.method, &self.0, eyes)
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
    #[inline(always)]
    fn seek(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        dated: bool,
    ) -> Sought<P::Key, Looked<P>> {
        let eyes = Eyes { engine, configuration, dated };
        configuration.key_extractor().find_now_by(engine.settings.method, &self.0, eyes)
    }

    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key {
        configuration.key_extractor().key(engine.settings.method, &self.0.to_key())
    }

    fn into_arguments(self) -> P::Arguments {
        self.0.to_key()
    }
}

/// What a first look brings.
pub(crate) struct Looked<P: Parts> {
    /// `None`: the storage has to be waited for.
    pub(super) look: Option<Look<P::Value, P::StorageError>>,
    /// The key's hash, if the flights use the storage's.
    pub(super) hash: Option<u64>,
}

/// Looks into the storage as a call does.
struct Eyes<'a, P: Parts> {
    engine: &'a Engine<P>,
    configuration: &'a P::Current,
    dated: bool,
}

impl<P: Parts> Seek<P::Key> for Eyes<'_, P> {
    type Found = Looked<P>;

    #[inline(always)]
    fn seek<Q: Lookup<P::Key> + ?Sized>(self, key: &Q) -> Looked<P> {
        let Self { engine, configuration, dated } = self;
        let storage = configuration.storage();
        let hash = storage.hash_of(key);
        let glance = Glance { runtime: &engine.runtime, tallied: engine.tallied, dated };
        let look = storage.look(key, hash, &glance);
        Looked { look, hash: if P::Source::FIXED { hash } else { None } }
    }
}

/// Tells a strategy that wants to hear of it of a hit.
#[inline(always)]
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
