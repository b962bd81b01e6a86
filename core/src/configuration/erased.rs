//! Objects of configurations and components whose types are hidden.

use core::{
    any::{Any, TypeId},
    error::Error,
    future::Future,
    time::Duration,
};

use super::{AnyConfiguration, Behind, CacheConfiguration, StoredAs, same::is};
use crate::{
    entry::CacheEntry,
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    error::{StorageError, hidden},
    eviction::{EvictionStrategy, NoEvictionStrategy},
    freshness::is_dead_at_birth,
    key::Whole,
    postprocessing::{NoPostprocessing, Postprocessing},
    runtime::{BoxFuture, KeyOf, LocalBoxFuture, MultiThreaded, SingleThreaded, ValueOf},
    storage::{Bounds, CacheStorage, Change, Departures, Found, Sweep, Usage, mapped},
    time::Instant,
};

use alloc::boxed::Box;

/// The value of a cache, of type `V`.
type ErasedValue<W> = <W as Behind>::Value;

/// The key of a cache.
type Key<W> = <<W as Behind>::Configuration as CacheConfiguration<
    <W as Behind>::Arguments,
    <W as Behind>::Value,
>>::Key;

/// The postprocessing of a cache.
type PostprocessingOf<W> = <<W as Behind>::Configuration as CacheConfiguration<
    <W as Behind>::Arguments,
    <W as Behind>::Value,
>>::Postprocessing;

/// The eviction strategy of a cache.
type StrategyOf<W> = <<W as Behind>::Configuration as CacheConfiguration<
    <W as Behind>::Arguments,
    <W as Behind>::Value,
>>::EvictionStrategy;

/// The storage of a cache.
type Storage<W> = <<W as Behind>::Configuration as CacheConfiguration<
    <W as Behind>::Arguments,
    <W as Behind>::Value,
>>::Storage;

/// A change that is over at once if no operation of the storage ever waits.
macro_rules! change {
    ($behind:ident, $done:ident) => {
        match Storage::<$behind>::IMMEDIATE {
            true => Change::Over,
            false => Change::Waits(Box::pin(waited($done))),
        }
    };
}

macro_rules! erased {
    ($family:ident, $future:ident $(, $send:ident, $sync:ident)?) => {
        impl<W>
            AnyConfiguration<
                KeyOf<$family>,
                ValueOf<$family>,
                $future<'static, Found<ValueOf<$family>, StorageError>>,
                $future<'static, Result<(), StorageError>>,
            > for W
        where
            W: Behind,
            $(ErasedValue<W>: $send + $sync,
            Key<W>: $send + $sync,
            Storage<W>: CacheStorage<Key<W>, ErasedValue<W>, Get: $send, Done: $send>,)?
        {
            fn is_configured(&self) -> bool {
                self.behind().configured()
            }

            fn is_current(&self) -> bool {
                self.is_the_current_one()
            }

            fn storage_number(&self) -> usize {
                Behind::storage_number(self)
            }

            fn method_timeout(&self) -> Option<Duration> {
                self.behind().method_timeout()
            }

            fn keeps(&self, key: &KeyOf<$family>, value: &ValueOf<$family>) -> bool {
                let builder = self.behind().entry_builder();
                // The default builder stores every value.
                (builder as &dyn Any).is::<ProvidedLifeSpanCacheEntryBuilder>()
                    || builder.keeps(key.get(), value.get::<ErasedValue<W>>())
            }

            fn build(
                &self,
                key: &KeyOf<$family>,
                value: ValueOf<$family>,
                now: Instant,
            ) -> CacheEntry<ValueOf<$family>> {
                let builder = self.behind().entry_builder();
                // The default builder uses neither key nor value, which need no types then.
                let usual = (builder as &dyn Any).downcast_ref();
                if let Some(usual) = usual {
                    let usual: &ProvidedLifeSpanCacheEntryBuilder = usual;
                    return usual.build(&(), value, now);
                }
                let entry = builder.build(key.get(), value.into_value::<ErasedValue<W>>(), now);
                entry.map(<ValueOf<$family>>::hide)
            }

            fn apply(&self, value: ValueOf<$family>) -> ValueOf<$family> {
                if is::<
                    PostprocessingOf<W>,
                    NoPostprocessing,
                >() {
                    return value;
                }
                let value = value.into_value::<ErasedValue<W>>();
                <ValueOf<$family>>::hide(self.behind().postprocessing().apply(value))
            }

            fn is_immediate(&self) -> bool {
                Storage::<W>::IMMEDIATE
            }

            fn get(
                &self,
                key: &KeyOf<$family>,
                now: Instant,
            ) -> $future<'static, Found<ValueOf<$family>, StorageError>> {
                let get = self.behind().storage().get(key.get(), now);
                Box::pin(async { mapped(get.await, <ValueOf<$family>>::hide, hidden) })
            }

            fn get_now(
                &self,
                key: &KeyOf<$family>,
                now: Instant,
                quietly: Option<&mut Usage>,
            ) -> Option<Found<ValueOf<$family>, StorageError>> {
                let key = Whole(key.get());
                let found = self.behind().storage().read_now(&key, now, quietly)?;
                Some(mapped(found, <ValueOf<$family>>::hide, hidden))
            }

            fn offer(
                &self,
                key: &KeyOf<$family>,
                hash: Option<u64>,
                entry: &CacheEntry<ValueOf<$family>>,
                now: Instant,
                current: &dyn Fn() -> bool,
            ) -> Option<Change<$future<'static, Result<(), StorageError>>>> {
                let storage = self.behind().storage();
                // Memory removes it itself, under its lock.
                let done = if !Storage::<W>::IMMEDIATE && is_dead_at_birth(entry, now) {
                    current().then(|| storage.release(key.get()))?
                } else {
                    let mut value = entry.value.option::<ErasedValue<W>>().clone();
                    let times = entry.with(());
                    storage.offer_owned(key.get(), hash, &times, &mut value, now, current)?
                };
                Some(change!(W, done))
            }

            fn release(
                &self,
                key: &KeyOf<$family>,
            ) -> Change<$future<'static, Result<(), StorageError>>> {
                let done = self.behind().storage().release(key.get());
                change!(W, done)
            }

            fn clear(&self) -> Option<Change<$future<'static, Result<(), StorageError>>>> {
                let done = self.behind().storage().clear()?;
                Some(change!(W, done))
            }

            fn visit(
                &self,
                each: &mut dyn FnMut(KeyOf<$family>, CacheEntry<ValueOf<$family>>),
            ) -> bool {
                let alone = is::<
                    StrategyOf<W>,
                    NoEvictionStrategy,
                >();
                if Storage::<W>::IMMEDIATE && alone {
                    return false;
                }
                let mut hide = |key: &Key<W>, entry: &CacheEntry<ErasedValue<W>>| {
                    let value = <ValueOf<$family>>::hide(entry.value.clone());
                    each(<KeyOf<$family>>::hide(key.clone()), entry.with(value));
                };
                self.behind().storage().visit(&mut |key, entry| hide(key, entry))
            }

            fn stored(&self) -> StoredAs<'_> {
                StoredAs { key: TypeId::of::<Key<W>>(), shards: self.behind().storage().shards() }
            }

            fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
                self.behind().storage().sweep_some(sweep, now)
            }

            fn hash_of(&self, key: &KeyOf<$family>) -> Option<u64> {
                self.behind().storage().hash_of(&Whole(key.get()))
            }

            fn is_untouched(&self, hash: Option<u64>, writes: usize) -> bool {
                self.behind().storage().is_untouched(hash, writes)
            }

            fn start_tally(&self) -> bool {
                self.behind().storage().start_tally()
            }

            fn tally(&self) -> usize {
                self.behind().storage().tally()
            }

            fn departures(&self) -> Departures {
                self.behind().storage().departures()
            }

            fn measure(&self, capacity: Option<usize>) -> Bounds {
                self.behind().storage().bounds(capacity)
            }

            fn bounds(&self) -> bool {
                self.behind().eviction_strategy().bounds()
            }

            fn mark_read(&self, key: &KeyOf<$family>) {
                let strategy = self.behind().eviction_strategy();
                if strategy.observes_reads() {
                    strategy.mark_read(key.get());
                }
            }

            fn mark_written(&self, key: &KeyOf<$family>, entry: &CacheEntry<ValueOf<$family>>) {
                let entry = entry.with(entry.value.get::<ErasedValue<W>>().clone());
                self.behind().eviction_strategy().mark_written(key.get(), &entry);
            }

            fn mark_released(&self, key: &KeyOf<$family>) {
                self.behind().eviction_strategy().mark_released(key.get());
            }

            fn next_to_release(&self) -> Option<KeyOf<$family>> {
                let victim = self.behind().eviction_strategy().next_to_release()?;
                Some(<KeyOf<$family>>::hide(victim))
            }
        }
    };
}

erased!(MultiThreaded, BoxFuture, Send, Sync);
erased!(SingleThreaded, LocalBoxFuture);

async fn waited<E: Error + Send + Sync + 'static>(
    done: impl Future<Output = Result<(), E>>,
) -> Result<(), StorageError> {
    done.await.map_err(hidden)
}
