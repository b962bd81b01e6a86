//! What a call asks by: arguments in hand, or borrowed ones.

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    eviction::EvictionStrategy,
    key::{KeyExtractor, Lookup, Seek, Sought},
    parts::Parts,
    storage::{CacheStorage, Found, Glance, Look},
    time::Instant,
};

/// The arguments of a call.
pub(crate) trait Asked<P: Parts> {
    fn seek<S: Seek<P::Key>>(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        seek: S,
    ) -> Sought<P::Key, S::Found>;

    /// Makes the key anew, for a strategy that wants to hear of a hit.
    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key;

    fn into_arguments(self) -> P::Arguments;
}

/// Arguments in hand.
pub(crate) struct Owned<A>(pub(crate) A);

impl<P: Parts> Asked<P> for Owned<P::Arguments> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn seek<S: Seek<P::Key>>(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        seek: S,
    ) -> Sought<P::Key, S::Found> {
        configuration.key_extractor().find_now(engine.settings.method, &self.0, seek)
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn seek<S: Seek<P::Key>>(
        &self,
        engine: &Engine<P>,
        configuration: &P::Current,
        seek: S,
    ) -> Sought<P::Key, S::Found> {
        configuration.key_extractor().find_now_by(engine.settings.method, &self.0, seek)
    }

    fn key(&self, engine: &Engine<P>, configuration: &P::Current) -> P::Key {
        configuration.key_extractor().key(engine.settings.method, &self.0.to_key())
    }

    fn into_arguments(self) -> P::Arguments {
        self.0.to_key()
    }
}

/// Looks into the storage at a glance; brings the key's hash too, if the flights use the storage's.
pub(super) struct AtAGlance<'a, P: Parts> {
    pub(super) engine: &'a Engine<P>,
    pub(super) configuration: &'a P::Current,
    pub(super) dated: bool,
}

impl<P: Parts> Seek<P::Key> for AtAGlance<'_, P> {
    type Found = (Look<P::Value>, Option<u64>);

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn seek<Q: Lookup<P::Key> + ?Sized>(self, key: &Q) -> Self::Found {
        let Self { engine, configuration, dated } = self;
        let storage = configuration.storage();
        let hash = storage.hash_of(key);
        // Where storages are exchanged, one may hold what an earlier one could not clear.
        if !P::Source::FIXED && engine.cleared.ever() {
            return (Look::Unclear, None);
        }
        let glance = Glance { runtime: &engine.runtime, tallied: engine.tallied, dated };
        (storage.look(key, hash, &glance), if P::Source::FIXED { hash } else { None })
    }
}

/// Reads what a storage has that need not wait.
pub(super) struct Closely<'a, P: Parts> {
    pub(super) configuration: &'a P::Current,
    pub(super) now: Instant,
}

impl<P: Parts> Seek<P::Key> for Closely<'_, P> {
    type Found = Option<Found<P::Value, P::StorageError>>;

    fn seek<Q: Lookup<P::Key> + ?Sized>(self, key: &Q) -> Self::Found {
        self.configuration.storage().get_now(key, self.now)
    }
}

/// Tells a strategy that wants to hear of it of a hit.
#[cfg_attr(not(debug_assertions), inline(always))]
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
