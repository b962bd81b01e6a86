//! The types that a cache is made of, as one.

use core::{fmt, future::Future, hash::Hash, marker::PhantomData};

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    entry_builder::CacheEntryBuilder,
    eviction::EvictionStrategy,
    key::KeyExtractor,
    postprocessing::Postprocessing,
    runtime::Runtime,
    statuses::{Landed, UpdateStatuses},
    storage::{CacheStorage, Found},
};

/// Every type of a cache, so that the engine carries one parameter instead of six.
///
/// The types that follow from others are named too, so that [`SendParts`] can bound them.
pub trait Parts: 'static {
    /// What a call is made with.
    type Arguments: 'static;
    /// What it answers.
    type Value: Clone + 'static;
    /// What a load may fail with.
    type Error: 'static;
    /// What loads run on.
    type Runtime: Runtime;
    /// Where calls find their configuration.
    type Source: ConfigurationSource<
            Self::Arguments,
            Self::Value,
            Current = Self::Current,
            Snapshot = Self::Snapshot,
        >;
    /// The registry of updates.
    type Statuses: UpdateStatuses<
            Self::Key,
            Self::Value,
            Self::Error,
            Ticket = Self::Ticket,
            Wait = Self::Wait,
        >;

    /// What entries are stored under.
    type Key: Hash + Eq + Clone + 'static;
    /// What a call holds of the source.
    type Snapshot: Clone + 'static;
    /// The configuration.
    type Current: CacheConfiguration<
            Self::Arguments,
            Self::Value,
            Key = Self::Key,
            Storage = Self::Storage,
            KeyExtractor = Self::KeyExtractor,
            EntryBuilder = Self::EntryBuilder,
            EvictionStrategy = Self::EvictionStrategy,
            Postprocessing = Self::Postprocessing,
        >;
    /// Where entries are stored.
    type Storage: CacheStorage<
            Self::Key,
            Self::Value,
            Error = Self::StorageError,
            Get = Self::Get,
            Done = Self::Done,
        >;
    /// The storage's error.
    type StorageError: core::error::Error + Send + Sync + 'static;
    /// The storage's look-up.
    type Get: Future<Output = Found<Self::Value, Self::StorageError>> + 'static;
    /// The storage's change.
    type Done: Future<Output = Result<(), Self::StorageError>> + 'static;
    /// Makes keys.
    type KeyExtractor: KeyExtractor<Self::Arguments, Key = Self::Key>;
    /// Gives entries their times.
    type EntryBuilder: CacheEntryBuilder<Self::Key, Self::Value>;
    /// Bounds the storage from outside.
    type EvictionStrategy: EvictionStrategy<Self::Key, Self::Value>;
    /// Is applied to each answer.
    type Postprocessing: Postprocessing<Self::Value>;
    /// Stands for an update in the registry.
    type Ticket: 'static;
    /// Ends with an update.
    type Wait: Future<Output = Landed<Self::Value, Self::Error>> + 'static;
}

/// The parts of a cache whose loads may move between threads.
pub trait SendParts:
    Parts<
        Arguments: Send,
        Value: Send + Sync,
        Error: Send + Sync,
        Source: Send + Sync,
        Statuses: Send + Sync,
        Key: Send + Sync,
        Snapshot: Send + Sync,
        Current: Sync,
        Storage: Sync,
        Get: Send,
        Done: Send,
        KeyExtractor: Sync,
        EntryBuilder: Sync,
        EvictionStrategy: Sync,
        Postprocessing: Sync,
        Ticket: Send + Sync,
        Wait: Send,
    >
{
}

impl<P> SendParts for P where
    P: Parts<
            Arguments: Send,
            Value: Send + Sync,
            Error: Send + Sync,
            Source: Send + Sync,
            Statuses: Send + Sync,
            Key: Send + Sync,
            Snapshot: Send + Sync,
            Current: Sync,
            Storage: Sync,
            Get: Send,
            Done: Send,
            KeyExtractor: Sync,
            EntryBuilder: Sync,
            EvictionStrategy: Sync,
            Postprocessing: Sync,
            Ticket: Send + Sync,
            Wait: Send,
        >
{
}

/// The parts of a `Cache<A, V, E, R, C, U>`.
pub struct Of<A, V, E, R, C, U>(PhantomData<fn() -> (A, V, E, R, C, U)>);

impl<A, V, E, R, C, U> fmt::Debug for Of<A, V, E, R, C, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Of")
    }
}

/// The key under which a configuration `C` stores the answer to arguments `A`.
pub type Key<A, V, C> =
    <<C as ConfigurationSource<A, V>>::Current as CacheConfiguration<A, V>>::Key;

type Storage<A, V, C> =
    <<C as ConfigurationSource<A, V>>::Current as CacheConfiguration<A, V>>::Storage;

impl<A, V, E, R, C, U> Parts for Of<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    type Arguments = A;
    type Value = V;
    type Error = E;
    type Runtime = R;
    type Source = C;
    type Statuses = U;

    type Key = Key<A, V, C>;
    type Snapshot = C::Snapshot;
    type Current = C::Current;
    type Storage = Storage<A, V, C>;
    type StorageError = <Storage<A, V, C> as CacheStorage<Self::Key, V>>::Error;
    type Get = <Storage<A, V, C> as CacheStorage<Self::Key, V>>::Get;
    type Done = <Storage<A, V, C> as CacheStorage<Self::Key, V>>::Done;
    type KeyExtractor = <C::Current as CacheConfiguration<A, V>>::KeyExtractor;
    type EntryBuilder = <C::Current as CacheConfiguration<A, V>>::EntryBuilder;
    type EvictionStrategy = <C::Current as CacheConfiguration<A, V>>::EvictionStrategy;
    type Postprocessing = <C::Current as CacheConfiguration<A, V>>::Postprocessing;
    type Ticket = U::Ticket;
    type Wait = U::Wait;
}
