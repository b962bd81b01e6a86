//! The engine as an object, for each of the two families: compiled here, and not where caches are
//! made.

use core::{ops::ControlFlow, task::Context};

use super::changes::{clear, insert, invalidate};
use crate::{
    call::{
        Registered, RegistryFns, Retry, Waiting, begin, force, refresh_registered, refusal, waited,
    },
    engine::{Engine, Evictions, MadeOf},
    error::{Error, Failure, StorageError},
    flights::Driving,
    load::{TaskFns, evict, evict_at_once, run},
    observer::Operation,
    runtime::{
        AnyAsk, AnyEngine, AnyGone, EngineOwner, ErrorOf, KeyOf, Missed, MultiThreaded, Resume,
        SingleThreaded, Threading, ValueOf, Waited,
    },
    stats::Stats,
    storage::Bounds,
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// An engine, and how its tasks are made.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Object<M: Threading> {
    engine: Arc<Engine<M>>,
    tasks: TaskFns<M>,
    registry: Option<RegistryFns<M>>,
}

/// A call that goes on with the load that it has.
struct Again<M: Threading>(Retry<M>);

macro_rules! engine {
    ($family:ident, $make:ident, $gone:ident, $wait:ident) => {
        /// Makes the engine of a cache.
        pub(crate) fn $make(
            made_of: MadeOf<$family>,
            evictions: Option<Evictions<$family>>,
            registry: Option<RegistryFns<$family>>,
        ) -> Arc<<$family as Threading>::EngineOwner> {
            let engine = Engine::new(made_of, evictions, |flight| Box::pin(Driving::of(flight)));
            let tasks = TaskFns {
                load: |context, load| -> <$family as Threading>::Task {
                    Box::pin(run(context, load))
                },
                sweeps: |sweeping| -> <$family as Threading>::Task { Box::pin(sweeping) },
            };
            Arc::new(Object { engine, tasks, registry })
        }

        fn $gone(
            engine: Arc<Engine<$family>>,
            gone: ControlFlow<crate::runtime::AnyAnswer<$family>, Waiting<$family>>,
        ) -> AnyGone<$family> {
            match gone {
                ControlFlow::Break(answer) => AnyGone::Ready(answer),
                ControlFlow::Continue(waiting) => {
                    let wait: <$family as Threading>::Future<_> = Box::pin($wait(engine, waiting));
                    AnyGone::Wait(wait)
                }
            }
        }

        /// Waits for what is left to wait for.
        async fn $wait(engine: Arc<Engine<$family>>, waiting: Waiting<$family>) -> Waited<$family> {
            match waited(engine, waiting).await {
                ControlFlow::Break(answer) => Waited::Answer(answer),
                ControlFlow::Continue(retry) => {
                    let again: Box<<$family as Threading>::Again> = Box::new(Again(retry));
                    Waited::Again(again)
                }
            }
        }

        impl Resume<$family> for Again<$family> {
            fn resume(
                self: Box<Self>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let (engine, gone) = self.0.resume(ask, cx);
                $gone(engine, gone)
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
                match begin(&self.engine, self.tasks, self.registry, missed, ask, cx) {
                    ControlFlow::Break(answer) => AnyGone::Ready(answer),
                    waiting => $gone(self.engine.clone(), waiting),
                }
            }

            fn force(
                &self,
                missed: Missed<$family>,
                ask: &mut dyn AnyAsk<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let forced = force(&self.engine, self.tasks, self.registry, missed, ask, cx);
                $gone(self.engine.clone(), forced)
            }

            type Evictions = Evictions<$family>;
            type RegistryFns = RegistryFns<$family>;

            fn evictions() -> Self::Evictions {
                Evictions {
                    evict: |engine, configuration, runtime| -> <$family as Threading>::Task {
                        Box::pin(async move { evict(&engine, &*configuration, &*runtime).await })
                    },
                    at_once: evict_at_once,
                }
            }

            fn registry_fns() -> RegistryFns<$family> {
                RegistryFns {
                    begin: |engine, request, key, attempt, ask| {
                        let begun = Registered::begin(engine, request, key, attempt, ask);
                        let engine = engine.clone();
                        begun.map_continue(|registered| -> <$family as Threading>::Future<_> {
                            Box::pin(async move { registered.landed(&engine).await })
                        })
                    },
                    refresh: refresh_registered,
                }
            }

            fn tallied(&self) -> bool {
                self.engine.tallied
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
            fn hides(&self, created: Instant) -> bool {
                self.engine.cleared.hides(created)
            }

            #[inline]
            fn clock(&self) -> &<$family as Threading>::Clock {
                &*self.engine.runtime
            }

            fn insert(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                value: ValueOf<$family>,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let (engine, sweeps) = (self.engine.clone(), self.tasks.sweeps);
                Box::pin(async move { insert(&engine, &*configuration, key, value, sweeps).await })
            }

            fn invalidate(
                &self,
                configuration: Arc<<$family as Threading>::Configuration>,
                key: KeyOf<$family>,
                heard: bool,
            ) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let engine = self.engine.clone();
                Box::pin(async move {
                    let invalidated = invalidate(&engine, &*configuration, &key).await;
                    if invalidated.is_err() && !heard {
                        engine.storage_failed(Some(&key), Operation::Release);
                    }
                    invalidated
                })
            }

            fn clear(&self) -> <$family as Threading>::Future<Result<(), StorageError>> {
                let (engine, configuration) = (self.engine.clone(), self.engine.snapshot());
                Box::pin(async move { clear(&engine, &*configuration).await })
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
        }
    };
}

engine!(MultiThreaded, engine_sent, gone_sent, wait_sent);
engine!(SingleThreaded, engine_kept, gone_kept, wait_kept);
