//! The engine as an object, for each of the two families: compiled here, and not where caches are
//! made.

use core::{
    any::Any,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{
    changes::{HandedOut, clear, insert, invalidate, removed, removed_at_once},
    many::many,
    update::{
        Looking, UpdateFns, Writing, look_in_turn, update, update_at_once, written_as_inserted,
    },
};
use crate::{
    cached::Cached,
    call::{
        CallFns, Caller, Dated, FirstPoll, FirstPolled, Inserted, Look, LookFns, Polled, Retry,
        Store, Wait, Waiting, begin, force, get, insert_at_once, looked, peek, refusal, share,
        start_refresh, wait_for,
    },
    closing::{UnderWay, Unfinished, close},
    engine::{Engine, EngineParts, Evictions, Permits, Settings, Sweeps, Writes},
    entry::CacheEntry,
    entry_builder::ProvidedLifeSpanCacheEntryBuilder,
    error::{Error, Failure, StorageError},
    flights::{Claimant, ClaimedKeys, Driving, Flight},
    future::{Consultation, contained, detached},
    load::{
        Looks, Permitted, Registered, RegistryFns, Sweeping, TaskFns, evict, evict_at_once,
        found_meanwhile, run, run_registered, tickets, written,
    },
    observer::Operation,
    outcome::Refresh,
    runtime::{
        AnyAnswer, AnyAsk, AnyEngine, AnyGone, Compute, EngineOwner, ErrorOf, FlightView, KeyOf,
        Load, Make, Missed, MultiThreaded, OneOfMany, Resume, SingleThreaded, Threading, ValueOf,
        WaitOf, Waited,
    },
    stats::Stats,
    storage::{Bounds, Found, Usage},
    sync::{Arc, Mutex},
    types::LandedOf,
};

use alloc::{boxed::Box, vec::Vec};

/// An engine, and how its tasks are made.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Object<M: Threading> {
    engine: Arc<Engine<M>>,
    fns: CallFns<M>,
}

/// A call that goes on with the load that it has.
struct Again<M: Threading>(Retry<M>);

macro_rules! engine {
    ($family:ident, $make:ident, $wait:ident, $permits:ident, $goes_on:ident, $list:ident) => {
        /// Makes the engine of a cache.
        pub(crate) fn $make(
            made_of: EngineParts<$family>,
            evictions: Option<Evictions<$family>>,
            writes: Option<Writes<$family>>,
            registry: Option<RegistryFns<$family>>,
            looks: Option<LookFns<$family>>,
            keys: ClaimedKeys<$family>,
        ) -> Arc<<$family as Threading>::EngineOwner> {
            let bound = made_of.settings.resilience.max_loads;
            let permits = bound.map(|bound| (bound.$permits)(bound.loads));
            let sweeps = made_of.settings.resilience.sweep_every;
            let sweeps = sweeps.map(|sweeps| (sweeps.$permits)(sweeps.period));
            let drive = |flight| -> <$family as Threading>::Task { Box::pin(Driving::of(flight)) };
            let run_task: fn(_, _) -> _ =
                |context, load| -> <$family as Threading>::Task { Box::pin(run(context, load)) };
            let (load, tickets) = match registry {
                Some(RegistryFns { load, tickets }) => (load, Some(tickets)),
                None => (run_task, None),
            };
            let settings = made_of.settings;
            let engine =
                Engine::new(made_of, evictions, permits, tickets, writes, (drive, sweeps), keys);
            let tasks = TaskFns { load };
            let owner: Arc<<$family as Threading>::EngineOwner> =
                Arc::new(Object { engine, fns: CallFns { tasks, looks } });
            $list(&settings, &owner);
            owner
        }

        /// Lets a change that has to wait go on when its handle is dropped.
        fn $goes_on(
            engine: &Arc<Engine<$family>>,
            change: <$family as Threading>::Future<Result<(), StorageError>>,
        ) -> <$family as Threading>::Future<Result<(), StorageError>> {
            if engine.writes.is_none() {
                return change;
            }
            let runtime = engine.runtime.clone();
            Box::pin(async move {
                let task = |carrier| -> <$family as Threading>::Task { Box::pin(carrier) };
                detached::<_, $family>(&*runtime, change, task).await
            })
        }

        fn $wait(
            engine: Arc<Engine<$family>>,
            look: Option<Look<$family>>,
            wait: Wait<$family>,
        ) -> AnyGone<$family> {
            let waiting: WaitOf<$family> = Box::pin(Waiting::new(engine, look, wait));
            AnyGone::Wait(waiting)
        }

        impl Future for Waiting<$family> {
            type Output = Waited<$family>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                Poll::Ready(match ready!(self.poll_gone(cx)) {
                    ControlFlow::Break(answer) => Waited::Answer(answer),
                    ControlFlow::Continue(retry) => {
                        let again: Box<<$family as Threading>::Again> = Box::new(Again(retry));
                        Waited::Again(again)
                    }
                })
            }
        }

        impl Resume<$family> for Again<$family> {
            fn resume(
                self: Box<Self>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let mut wait = Wait::none();
                let (engine, gone) = self.0.resume(&mut Caller { ask, cx, wait: &mut wait });
                match gone {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    ControlFlow::Continue(()) => $wait(engine, None, wait),
                }
            }
        }

        // The untyped steps of a load that is followed from its first poll with its types.
        impl Object<$family> {
            pub(super) fn claim(
                &self,
                hash: u64,
                forced: bool,
                timeout: Option<Duration>,
                claimant: &mut dyn Claimant<$family>,
            ) -> Option<FirstPoll<'_, $family>> {
                FirstPoll::begin(&self.engine, hash, forced, timeout, claimant)
            }

            pub(super) fn poll_first(
                &self,
                first: &FirstPoll<'_, $family>,
                ask: &mut dyn Make<$family>,
                told: Option<&KeyOf<$family>>,
                cx: &mut Context<'_>,
                yielded: &mut dyn Any,
            ) -> FirstPolled<$family> {
                first.poll(ask, told, cx, yielded)
            }

            pub(super) fn date(
                &self,
                first: &FirstPoll<'_, $family>,
                builder: &ProvidedLifeSpanCacheEntryBuilder,
                own: Cached<()>,
                told: bool,
            ) -> Dated {
                first.date(builder, own, told)
            }

            #[cold]
            pub(super) fn tell_loaded(
                &self,
                first: &FirstPoll<'_, $family>,
                key: &KeyOf<$family>,
                value: ValueOf<$family>,
                dated: &Dated,
            ) {
                first.tell(key, value, dated);
            }

            pub(super) fn store(&self, told: Option<&KeyOf<$family>>, store: &mut dyn FnMut()) {
                if contained(store).is_err() {
                    self.engine.storage_failed(told, Operation::Offer);
                }
            }

            pub(super) fn insert_at_once(
                &self,
                (hash, claimant): (u64, &mut dyn Claimant<$family>),
                dates: (&ProvidedLifeSpanCacheEntryBuilder, &Cached<()>),
                store: &mut Store<'_>,
                key: &dyn Fn() -> KeyOf<$family>,
            ) -> Inserted {
                insert_at_once(&self.engine, hash, claimant, dates, (store, key))
            }

            /// Runs `act`, and returns whether none of the user's code has panicked.
            pub(super) fn is_calm(&self, act: &mut dyn FnMut()) -> bool {
                contained(act).is_ok()
            }

            #[cold]
            pub(super) fn offer_failed(&self, key: &KeyOf<$family>) {
                self.engine.storage_failed(Some(key), Operation::Offer);
            }

            pub(super) fn end(
                &self,
                first: &mut FirstPoll<'_, $family>,
                claimant: &mut dyn Claimant<$family>,
            ) -> Option<Arc<Flight<$family>>> {
                first.end(claimant)
            }

            #[cold]
            pub(super) fn fail(
                &self,
                first: &mut FirstPoll<'_, $family>,
                claimant: &mut dyn Claimant<$family>,
                key: &KeyOf<$family>,
                failure: Failure<ErrorOf<$family>>,
            ) -> AnyAnswer<$family> {
                first.fail(claimant, key, failure)
            }

            #[cold]
            pub(super) fn wait_for(
                &self,
                first: &mut FirstPoll<'_, $family>,
                claimant: &mut dyn Claimant<$family>,
                key: KeyOf<$family>,
                (load, configuration, dated): (
                    Load<$family>,
                    Arc<<$family as Threading>::Configuration>,
                    bool,
                ),
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let tasks = self.fns.tasks;
                let polled = Polled { load, tasks, snapshot: configuration };
                let mut wait = Wait::none();
                match first.wait(claimant, key, polled, dated, &mut wait, cx) {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    ControlFlow::Continue(()) => $wait(self.engine.clone(), None, wait),
                }
            }

            #[cold]
            pub(super) fn share(
                &self,
                flight: &Arc<Flight<$family>>,
                landed: LandedOf<$family>,
                configuration: &<$family as Threading>::Configuration,
                dated: bool,
            ) -> AnyAnswer<$family> {
                share(&self.engine, flight, landed, configuration, dated)
            }

            #[inline]
            pub(super) fn is_quiet(&self, hash: u64) -> bool {
                self.engine.flights.is_quiet(hash)
            }

            /// Joins a load of the claimant's key, unless a registry or a failure has a say in it.
            pub(super) fn join(
                &self,
                hash: u64,
                claimant: &dyn Claimant<$family>,
            ) -> Option<Arc<Flight<$family>>> {
                let Engine { tickets, failures, flights, runtime, .. } = &*self.engine;
                match tickets.is_some() || failures.any() {
                    true => None,
                    false => flights.join(hash, claimant, runtime.now()),
                }
            }

            /// Waits for a load that has been joined.
            pub(super) fn join_in(
                &self,
                flight: Arc<Flight<$family>>,
                configuration: Arc<<$family as Threading>::Configuration>,
                noted: (Option<usize>, Option<usize>),
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let mut wait = Wait::none();
                let mut caller = Caller { ask, cx, wait: &mut wait };
                match wait_for(&self.engine, self.fns, flight, configuration, noted, &mut caller) {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    ControlFlow::Continue(()) => $wait(self.engine.clone(), None, wait),
                }
            }

            pub(super) fn is_observed(&self) -> bool {
                self.engine.is_observed()
            }

            /// Returns whether an old entry may stand in for a load.
            pub(super) fn stands_in(&self) -> bool {
                !self.engine.settings.resilience.stale_if_error.is_zero()
            }
        }

        impl EngineOwner<$family> for Object<$family> {
            fn engine(&self) -> &Self {
                self
            }
        }

        impl AnyEngine<$family> for Object<$family> {
            fn call(
                &self,
                missed: Missed<$family>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let mut wait = Wait::none();
                let mut caller = Caller { ask, cx, wait: &mut wait };
                match begin(&self.engine, self.fns, missed, &mut caller) {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    ControlFlow::Continue(look) => $wait(self.engine.clone(), look, wait),
                }
            }

            fn go_on(
                &self,
                wait: &mut Option<WaitOf<$family>>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> Poll<AnyAnswer<$family>> {
                loop {
                    let Some(waiting) = wait else {
                        panic!("a call was polled after it had answered")
                    };
                    let waited = ready!(Pin::new(waiting).poll(cx));
                    *wait = None;
                    let again = match waited {
                        Waited::Answer(answer) => return Poll::Ready(answer),
                        Waited::Again(again) => again,
                    };
                    match again.resume(ask, cx) {
                        AnyGone::Ready(answer) => return Poll::Ready(answer),
                        AnyGone::Wait(waiting) => *wait = Some(waiting),
                    }
                }
            }

            fn force(
                &self,
                missed: Missed<$family>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let mut wait = Wait::none();
                let mut caller = Caller { ask, cx, wait: &mut wait };
                match force(&self.engine, self.fns, missed, &mut caller) {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    ControlFlow::Continue(look) => $wait(self.engine.clone(), look, wait),
                }
            }

            type Evictions = Evictions<$family>;
            type Permits = Permits<$family>;
            type Sweeps = Sweeps<$family>;
            type Writes = Writes<$family>;
            type RegistryFns = RegistryFns<$family>;
            type LookFns = LookFns<$family>;

            fn evictions() -> Self::Evictions {
                Evictions {
                    evict: |engine, configuration, runtime| -> <$family as Threading>::Task {
                        Box::pin(
                            async move { evict(&engine, &*configuration, Some(&*runtime)).await },
                        )
                    },
                    at_once: evict_at_once,
                }
            }

            fn look_fns() -> LookFns<$family> {
                LookFns {
                    first: |engine, request, key| -> <$family as Threading>::Future<_> {
                        Box::pin(async move { looked(&engine, request, key).await })
                    },
                    again: |engine, snapshot, flight| -> <$family as Threading>::Future<_> {
                        Box::pin(async move { found_meanwhile(&engine, &*snapshot, &flight).await })
                    },
                }
            }

            fn permits(loads: usize) -> Permits<$family> {
                Permits {
                    pool: Arc::new(Permitted::<$family>::new(loads)),
                    permitted: |pool, permitting| -> <$family as Threading>::Future<_> {
                        Box::pin(async move {
                            let Some(pool) = pool.downcast_ref::<Permitted<$family>>() else {
                                unreachable!("it is the pool that was made above")
                            };
                            let permit: Arc<<$family as Threading>::Any> =
                                Arc::new(pool.permit(permitting).await);
                            permit
                        })
                    },
                    joined: |pool, flight| {
                        if let Some(pool) = pool.downcast_ref::<Permitted<$family>>() {
                            pool.join(flight);
                        }
                    },
                }
            }

            fn sweeps(period: Duration) -> Self::Sweeps {
                Sweeps {
                    period,
                    task: |engine, runtime, period| -> <$family as Threading>::Task {
                        Box::pin(Sweeping::new(engine, runtime, period))
                    },
                }
            }

            fn writes() -> Self::Writes {
                Writes::new(|engine, entry| -> <$family as Threading>::Future<_> {
                    Box::pin(written(engine, entry))
                })
            }

            fn registry_fns() -> RegistryFns<$family> {
                RegistryFns {
                    load: |context, load| -> <$family as Threading>::Task {
                        let looks = Looks {
                            again: Self::look_fns().again,
                            never: |_, _, _| -> <$family as Threading>::Future<_> {
                                Box::pin(core::future::ready(None))
                            },
                        };
                        Box::pin(run_registered(context, load, looks))
                    },
                    tickets: {
                        let held: Arc<<$family as Threading>::Any> =
                            Arc::new(Registered::<$family>::new());
                        tickets(held)
                    },
                }
            }

            fn tallied(&self) -> bool {
                self.engine.tallied && !self.engine.validates()
            }

            fn validates(&self) -> bool {
                self.engine.validates()
            }

            #[inline]
            fn hit(&self) {
                self.engine.counters.hits.count();
            }

            fn refuse(&self) -> Error<ErrorOf<$family>> {
                refusal(&self.engine, Failure::NotConfigured)
            }

            #[inline]
            fn noted_removals(&self) -> usize {
                self.engine.flights.noted_removals()
            }

            #[inline]
            fn hides_any(&self) -> bool {
                self.engine.hides_any()
            }

            fn sight(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
            ) -> Option<usize> {
                self.engine.sight(configuration, key)
            }

            #[inline]
            fn clock(&self) -> &<$family as Threading>::Clock {
                &*self.engine.runtime
            }

            fn get(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                fresh: bool,
            ) -> <$family as Threading>::Future<Option<ValueOf<$family>>> {
                let engine = self.engine.clone();
                Box::pin(async move { get(&engine, &*configuration, &key, fresh).await })
            }

            fn absent(&self) {
                self.engine.counters.absent.count();
            }

            fn peek(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
                landing: bool,
                usage: &mut Usage,
            ) -> Option<CacheEntry<ValueOf<$family>>> {
                peek(&self.engine, configuration, key, landing, usage)
            }

            fn configuration(&self) -> Arc<<$family as Threading>::Configuration> {
                self.engine.snapshot()
            }

            fn is_shown(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
                entry: &CacheEntry<ValueOf<$family>>,
            ) -> bool {
                let sight = self.engine.sight(configuration, key);
                self.engine.shows(configuration, key, sight, entry)
            }

            fn flights(&self) -> Vec<FlightView<$family>> {
                self.engine.flights.views()
            }

            fn is_loading(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
            ) -> bool {
                self.engine.is_in_flight(configuration, key)
            }

            fn insert(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                value: Cached<ValueOf<$family>>,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let engine = self.engine.clone();
                let inserted = async move { insert(&engine, &*configuration, key, value).await };
                $goes_on(&self.engine, Box::pin(inserted))
            }

            fn change_many(
                &self,
                changes: Vec<OneOfMany<$family>>,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let engine = self.engine.clone();
                let begin =
                    move |change| -> <$family as Threading>::Future<_> {
                        let OneOfMany { configuration, key, value } = change;
                        let engine = engine.clone();
                        match value {
                            Some(value) => Box::pin(async move {
                                insert(&engine, &*configuration, key, value).await
                            }),
                            None => {
                                Box::pin(
                                    async move { invalidate(&engine, &*configuration, &key).await },
                                )
                            }
                        }
                    };
                $goes_on(&self.engine, Box::pin(many::<$family>(changes, begin)))
            }

            fn invalidate(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let engine = self.engine.clone();
                let invalidated = async move { invalidate(&engine, &*configuration, &key).await };
                $goes_on(&self.engine, Box::pin(invalidated))
            }

            fn update_at_once(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
                compute: &mut Compute<'_, $family>,
            ) -> Option<Result<(), StorageError>> {
                update_at_once(&self.engine, configuration, key, compute)
            }

            fn update(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                consultation: Arc<Consultation<ValueOf<$family>>>,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let engine = self.engine.clone();
                Box::pin(async move {
                    let fns = UpdateFns {
                        look: |looking: Looking<_>| -> <$family as Threading>::Future<_> {
                            let engine = looking.engine.clone();
                            $goes_on(&engine, Box::pin(look_in_turn(looking)))
                        },
                        write: |writing: Writing<_>| -> <$family as Threading>::Future<_> {
                            let engine = writing.engine.clone();
                            $goes_on(&engine, Box::pin(written_as_inserted(writing)))
                        },
                    };
                    update(&engine, &configuration, key, &consultation, fns).await
                })
            }

            fn refresh(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                ask: &mut dyn AnyAsk<$family>,
            ) -> Result<Refresh, Error<ErrorOf<$family>>> {
                let CallFns { tasks, looks } = self.fns;
                let fns = (tasks, looks.map(|looks| looks.again));
                start_refresh(&self.engine, fns, configuration, key, ask)
            }

            fn remove_at_once(
                &self,
                configuration: &<$family as Threading>::Configuration,
                key: &KeyOf<$family>,
                take: &mut dyn FnMut(),
            ) -> bool {
                removed_at_once(&self.engine, configuration, key, take)
            }

            fn remove(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
            ) -> <$family as Threading>::Future<Found<ValueOf<$family>, StorageError>> {
                let (engine, taken) = (self.engine.clone(), Arc::new(Mutex::new(None)));
                let place: Arc<HandedOut<$family>> = taken.clone();
                let removal =
                    async move { removed(&engine, &*configuration, &key, Some(&*place)).await };
                let removal = $goes_on(&self.engine, Box::pin(removal));
                Box::pin(async move {
                    removal.await?;
                    taken.with(Option::take).unwrap_or(Ok(None))
                })
            }

            fn clear(&self) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let (engine, configuration) = (self.engine.clone(), self.engine.snapshot());
                let cleared = async move { clear(&engine, &*configuration).await };
                $goes_on(&self.engine, Box::pin(cleared))
            }

            fn bounds(&self, capacity: Option<usize>) -> Bounds {
                self.engine.bounds(capacity)
            }

            fn stats(&self) -> Stats {
                self.engine.stats()
            }

            fn in_flight(&self) -> usize {
                self.engine.flights.len()
            }

            fn close(&self) {
                close(&self.engine);
            }

            fn drain(&self) -> <$family as Threading>::Future<()> {
                let mut under_way = UnderWay::of(&self.engine);
                Box::pin(async move { under_way.over().await })
            }

            fn drain_within(&self, within: Duration) -> <$family as Threading>::Future<Unfinished> {
                let under_way = UnderWay::of(&self.engine);
                Box::pin(async move { under_way.over_within(within).await })
            }
        }
    };
}

engine!(MultiThreaded, engine_sent, wait_sent, sent, goes_on_sent, list_sent);
engine!(SingleThreaded, engine_kept, wait_kept, kept, goes_on_kept, list_kept);

/// Puts a cache into its list, if it is to be in one.
fn list_sent(settings: &Settings, owner: &Arc<<MultiThreaded as Threading>::EngineOwner>) {
    #[cfg(feature = "std")]
    if let Some(listing) = settings.listing {
        listing.add(settings.method, owner);
    }
    #[cfg(not(feature = "std"))]
    let _ = (settings, owner);
}

/// A cache that stays on its thread is in no list.
const fn list_kept(_settings: &Settings, _owner: &Arc<<SingleThreaded as Threading>::EngineOwner>) {
}
