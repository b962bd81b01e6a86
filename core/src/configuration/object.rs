//! A configuration whose type is hidden.

use core::{
    any::{Any, TypeId},
    hash::Hash,
    marker::PhantomData,
    time::Duration,
};

use super::{CacheConfiguration, same::is};
use crate::{
    entry::CacheEntry,
    entry_builder::ProvidedLifeSpanCacheEntryBuilder,
    error::{StorageError, hidden},
    eviction::{EvictionStrategy, NoEvictionStrategy},
    freshness::Freshness,
    key::{
        ArgumentsKeyExtractor, Asked, By, KeyExtractor, Lookup, MethodName, Seek, Sought, Whole,
    },
    postprocessing::{NoPostprocessing, Postprocessing},
    storage::{
        Bounds, CacheStorage, Change, Departures, FastLook, Found, Glance, Sweep, Table, Usage,
    },
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::boxed::Box;

/// A configuration of any type with its components, for the engine; `K` and `V` are the engine's
/// keys and values, `G` is the future of a look-up, `D` that of a change.
///
/// The components meet behind this one object, with their own types.
#[doc(hidden)]
pub trait AnyConfiguration<K, V, G, D> {
    fn is_configured(&self) -> bool;
    fn is_current(&self) -> bool;
    /// Returns which storage this is, of those that have replaced each other.
    fn storage_number(&self) -> usize;
    fn method_timeout(&self) -> Option<Duration>;
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V>;
    fn keeps(&self, key: &K, value: &V) -> bool;
    fn apply(&self, value: V) -> V;

    // The storage.

    /// Returns whether no operation ever waits or fails.
    fn is_immediate(&self) -> bool;
    fn get(&self, key: &K, now: Instant) -> G;
    fn get_now(
        &self,
        key: &K,
        now: Instant,
        quietly: Option<&mut Usage>,
    ) -> Option<Found<V, StorageError>>;
    fn offer(
        &self,
        key: &K,
        hash: Option<u64>,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Change<D>>;
    fn release(&self, key: &K) -> Change<D>;
    fn clear(&self) -> Option<Change<D>>;
    /// Calls `each` with the stored entries, if the storage can list them, and returns whether it
    /// can. It cannot if it is memory of ours without a strategy: that has shards.
    fn visit(&self, each: &mut dyn FnMut(K, CacheEntry<V>)) -> bool;
    /// Returns how entries are stored, for the rare code that knows the types, and is compiled
    /// where it is used.
    fn stored(&self) -> StoredAs<'_>;
    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize>;
    fn hash_of(&self, key: &K) -> Option<u64>;
    fn is_untouched(&self, hash: Option<u64>, writes: usize) -> bool;
    fn start_tally(&self) -> bool;
    fn tally(&self) -> usize;
    fn departures(&self) -> Departures;
    fn measure(&self, capacity: Option<usize>) -> Bounds;

    // The eviction strategy.

    /// Returns whether there is a strategy that ever returns a victim.
    fn bounds(&self) -> bool;
    fn mark_read(&self, key: &K);
    fn mark_written(&self, key: &K, entry: &CacheEntry<V>);
    fn mark_released(&self, key: &K);
    fn next_to_release(&self) -> Option<K>;
}

/// The types of what is stored.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct StoredAs<'a> {
    /// The type of the keys.
    pub key: TypeId,
    /// The [shards](CacheStorage::shards) of entries in memory, with their types.
    pub shards: Option<&'a dyn Any>,
}

/// A configuration of any type, for a first look.
#[doc(hidden)]
pub trait GlanceAt<A, V> {
    /// Looks at a glance if there is a configuration. It reports a fresh entry to a strategy that
    /// observes reads, and returns the postprocessed value and when it was created.
    ///
    /// If there is none, the stage says so, and keeps a key that was made.
    fn look(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
        stage: &mut Stage,
    ) -> Option<(V, Instant)>;
}

/// A configuration of any type, for a closer look.
#[doc(hidden)]
pub trait TypedConfiguration<A, K, V> {
    fn configured(&self) -> bool;
    fn key(&self, method: MethodName, arguments: &A) -> K;

    /// Reads from a storage that need not wait, by the key if there is one already.
    fn read(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        key: Option<K>,
        now: Instant,
    ) -> Sought<K, Option<Found<V, StorageError>>>;

    /// Reports to a strategy that observes reads that an entry was read.
    fn note_read(&self, method: MethodName, asked: Asked<'_, A>, key: Option<&K>);

    /// Returns the entries in memory, if looking into them is all that a hit needs.
    fn hot(&self) -> Option<Arc<Table<K, V>>>;

    /// Returns how a load that is ready at once is stored with its types, if that can be done: into
    /// a storage that never waits and bounds itself, by the default entry builder.
    fn prompt(&self) -> Option<Prompt<'_>>;

    /// Returns the hash of a key, if the storage shares one.
    fn shared_hash(&self, key: &K) -> Option<u64>;

    /// Returns whether that part of the storage has had this number of writes, and no more.
    fn is_unwritten_since(&self, hash: u64, writes: usize) -> bool;

    /// Stores a value if it is `current` then, and leaves the value that it replaces in its place.
    fn store(
        &self,
        key: &K,
        hash: u64,
        times: &CacheEntry<()>,
        value: &mut Option<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    );

    fn postprocess(&self, value: V) -> V;
}

/// How a load that is ready at once is stored.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Prompt<'a> {
    pub builder: &'a ProvidedLifeSpanCacheEntryBuilder,
    pub method_timeout: Option<Duration>,
    /// Whether values are processed on their way out.
    pub processes: bool,
}

/// The stage of a call.
#[doc(hidden)]
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is hidden")]
pub enum Stage {
    /// No look has been made.
    Start,
    /// No entry is certainly fresh.
    Missed {
        /// The hash of the key, if the storage shares one.
        hash: Option<u64>,
        /// The number of writes before the look, if there was no entry at all; otherwise it takes a
        /// closer look.
        nothing: Option<usize>,
        /// How many removals had ended before the look, if it was a close one.
        removals: Option<usize>,
        /// The results that the look [leaves](Left) for the rest of the call, if there are any.
        left: Option<Box<dyn Any>>,
    },
}

/// The results of a first look.
#[doc(hidden)]
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Left<K, V> {
    /// The key, if one was made.
    pub key: Option<K>,
    /// The result of a closer look, if there was one; the inner `Option` is `None` if the storage
    /// has to be waited for.
    pub found: Option<Option<Found<V, StorageError>>>,
}

impl<K: 'static, V: 'static> Left<K, V> {
    /// Takes the results of a look.
    pub(crate) fn of(left: Option<Box<dyn Any>>) -> Self {
        let left = left.and_then(|left| left.downcast().ok());
        left.map_or(Self { key: None, found: None }, |left| *left)
    }
}

/// A configuration that can be hidden, and stays as it is.
#[doc(hidden)]
pub trait Behind: 'static {
    type Arguments: 'static;
    type Value: Clone + 'static;
    type Configuration: CacheConfiguration<Self::Arguments, Self::Value>;

    fn behind(&self) -> &Self::Configuration;

    /// Returns whether its storage is still the current one.
    fn is_the_current_one(&self) -> bool;

    /// Returns how many storages this one has succeeded.
    fn storage_number(&self) -> usize {
        0
    }
}

impl<A, V, W> GlanceAt<A, V> for W
where
    A: 'static,
    V: Clone + 'static,
    W: Behind<Arguments = A, Value = V>,
{
    fn look(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
        stage: &mut Stage,
    ) -> Option<(V, Instant)> {
        let configuration = self.behind();
        if !configuration.configured() {
            return None;
        }
        // A constant block, so that unneeded code is not even compiled.
        if const { !StorageOf::<W>::GLANCES } {
            return read(self, method, asked, glance, stage);
        }
        let eyes = AtAGlance { storage: configuration.storage(), glance, value: PhantomData };
        let Sought { found: (look, hash), key } =
            sought(configuration.key_extractor(), method, asked, eyes);
        let nothing = match look {
            FastLook::Fresh { value, created } => {
                note_read(configuration, method, asked, key.as_ref());
                return Some((configuration.postprocessing().apply(value), created));
            }
            FastLook::Nothing(writes) => Some(writes),
            FastLook::Unclear => None,
        };
        let left = key
            .map(|key| -> Box<dyn Any> { Box::new(Left::<_, V> { key: Some(key), found: None }) });
        *stage = Stage::Missed { hash, nothing, removals: None, left };
        None
    }
}

/// The storage of a hidden configuration.
type StorageOf<W> = <<W as Behind>::Configuration as CacheConfiguration<
    <W as Behind>::Arguments,
    <W as Behind>::Value,
>>::Storage;

/// Reads the entry, where the storage cannot be looked into at a glance.
fn read<W: Behind>(
    behind: &W,
    method: MethodName,
    asked: Asked<'_, W::Arguments>,
    glance: &Glance<'_, dyn CoarseClock + '_>,
    stage: &mut Stage,
) -> Option<(W::Value, Instant)> {
    let (configuration, now) = (behind.behind(), glance.runtime.exact());
    let eyes = Closely { storage: configuration.storage(), now, value: PhantomData };
    let Sought { found, key } = sought(configuration.key_extractor(), method, asked, eyes);
    match found {
        Some(Ok(Some(entry))) if Freshness::of(&entry, now) == Freshness::Fresh => {
            note_read(configuration, method, asked, key.as_ref());
            Some((configuration.postprocessing().apply(entry.value), entry.created))
        }
        found => {
            let left = Some(Box::new(Left { key, found: Some(found) }) as Box<dyn Any>);
            *stage = Stage::Missed { hash: None, nothing: None, removals: None, left };
            None
        }
    }
}

impl<A, K, V, W> TypedConfiguration<A, K, V> for W
where
    A: 'static,
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    W: Behind<Arguments = A, Value = V, Configuration: CacheConfiguration<A, V, Key = K>>,
{
    fn configured(&self) -> bool {
        self.behind().configured()
    }

    fn key(&self, method: MethodName, arguments: &A) -> K {
        self.behind().key_extractor().key(method, arguments)
    }

    fn read(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        key: Option<K>,
        now: Instant,
    ) -> Sought<K, Option<Found<V, StorageError>>> {
        let eyes = Closely { storage: self.behind().storage(), now, value: PhantomData };
        if let Some(key) = key {
            return Sought { found: eyes.seek(&Whole(&key)), key: Some(key) };
        }
        sought(self.behind().key_extractor(), method, asked, eyes)
    }

    fn note_read(&self, method: MethodName, asked: Asked<'_, A>, key: Option<&K>) {
        note_read(self.behind(), method, asked, key);
    }

    fn hot(&self) -> Option<Arc<Table<K, V>>> {
        let alone = is::<
            <W::Configuration as CacheConfiguration<A, V>>::KeyExtractor,
            ArgumentsKeyExtractor,
        >() && is::<
            <W::Configuration as CacheConfiguration<A, V>>::Postprocessing,
            NoPostprocessing,
        >() && is::<
            <W::Configuration as CacheConfiguration<A, V>>::EvictionStrategy,
            NoEvictionStrategy,
        >();
        if alone { self.behind().storage().memory() } else { None }
    }

    fn prompt(&self) -> Option<Prompt<'_>> {
        let configuration = self.behind();
        let at_once = const { StorageOf::<W>::IMMEDIATE }
            && is::<
                <W::Configuration as CacheConfiguration<A, V>>::EvictionStrategy,
                NoEvictionStrategy,
            >();
        if !at_once {
            return None;
        }
        let builder = (configuration.entry_builder() as &dyn Any).downcast_ref()?;
        let method_timeout = configuration.method_timeout();
        let processes = !is::<
            <W::Configuration as CacheConfiguration<A, V>>::Postprocessing,
            NoPostprocessing,
        >();
        Some(Prompt { builder, method_timeout, processes })
    }

    fn shared_hash(&self, key: &K) -> Option<u64> {
        self.behind().storage().hash_of(&Whole(key))
    }

    fn is_unwritten_since(&self, hash: u64, writes: usize) -> bool {
        self.behind().storage().is_untouched(Some(hash), writes)
    }

    fn store(
        &self,
        key: &K,
        hash: u64,
        times: &CacheEntry<()>,
        value: &mut Option<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) {
        let storage = self.behind().storage();
        drop(storage.offer_owned(key, Some(hash), times, value, now, current));
    }

    fn postprocess(&self, value: V) -> V {
        self.behind().postprocessing().apply(value)
    }
}

/// Looks an entry up by the arguments of a call.
#[cfg_attr(not(debug_assertions), inline(always))]
fn sought<A, X: KeyExtractor<A>, S: Seek<X::Key>>(
    extractor: &X,
    method: MethodName,
    asked: Asked<'_, A>,
    eyes: S,
) -> Sought<X::Key, S::Found> {
    match asked {
        Asked::Whole(arguments) => extractor.find_now(method, arguments, eyes),
        Asked::By(query) => extractor.find_now_by(method, &By(query), eyes),
    }
}

/// Reports to a strategy that observes reads that an entry was read.
#[inline]
fn note_read<A, V, C: CacheConfiguration<A, V> + ?Sized>(
    configuration: &C,
    method: MethodName,
    asked: Asked<'_, A>,
    key: Option<&C::Key>,
) {
    if configuration.eviction_strategy().observes_reads() {
        mark_read(configuration, method, asked, key);
    }
}

#[inline(never)]
fn mark_read<A, V, C: CacheConfiguration<A, V> + ?Sized>(
    configuration: &C,
    method: MethodName,
    asked: Asked<'_, A>,
    key: Option<&C::Key>,
) {
    let strategy = configuration.eviction_strategy();
    match key {
        Some(key) => strategy.mark_read(key),
        None => strategy.mark_read(&key_of(configuration, method, asked)),
    }
}

/// Makes the key of a call's arguments.
fn key_of<A, V, C: CacheConfiguration<A, V> + ?Sized>(
    configuration: &C,
    method: MethodName,
    asked: Asked<'_, A>,
) -> C::Key {
    match asked {
        Asked::Whole(arguments) => configuration.key_extractor().key(method, arguments),
        Asked::By(query) => configuration.key_extractor().key(method, &query.make()),
    }
}

/// Looks into the storage at a glance, and returns the key's hash too, if the storage shares one.
struct AtAGlance<'a, S, V> {
    storage: &'a S,
    glance: &'a Glance<'a, dyn CoarseClock + 'a>,
    value: PhantomData<fn() -> V>,
}

impl<K, V, S: CacheStorage<K, V>> Seek<K> for AtAGlance<'_, S, V> {
    type Found = (FastLook<V>, Option<u64>);

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn seek<Q: Lookup<K> + ?Sized>(self, key: &Q) -> Self::Found {
        let hash = self.storage.hash_of(key);
        (self.storage.look(key, hash, self.glance), hash)
    }
}

/// Reads from a storage that need not wait.
struct Closely<'a, S, V> {
    storage: &'a S,
    now: Instant,
    value: PhantomData<fn() -> V>,
}

impl<K, V, S: CacheStorage<K, V>> Seek<K> for Closely<'_, S, V> {
    type Found = Option<Found<V, StorageError>>;

    fn seek<Q: Lookup<K> + ?Sized>(self, key: &Q) -> Self::Found {
        Some(self.storage.get_now(key, self.now)?.map_err(hidden))
    }
}
