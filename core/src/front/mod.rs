//! A cache behind its handles, as one object.

mod changes;
mod engine;
mod hiding;

use core::{
    any::Any,
    convert::identity,
    hash::Hash,
    marker::PhantomData,
    ops::ControlFlow,
    task::{Context, Poll},
    time::Duration,
};

pub(crate) use self::engine::{Object, engine_kept, engine_sent};
use self::hiding::{Hiding, revealed};
use crate::{
    configuration::{Begun, Left, SourceObject, Stage, TypedConfiguration},
    engine::MadeOf,
    entry::CacheEntry,
    error::{Error, StorageError},
    freshness::Freshness,
    key::{Asked, MethodName, Sought},
    outcome::{Outcome, Source},
    runtime::{
        AnyEngine, AnyGone, Ask, EvictionsOf, Front, KeyOf, LookFnsOf, Missed, MultiThreaded,
        Portable, RegistryFnsOf, SingleThreaded, Threading, ValueOf, WaitOf, WritesOf,
    },
    storage::{Found, mapped},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// A cache of arguments `A`, stored keys `K`, values `V` and errors `E`: what it takes to give the
/// engine's answers their types back.
struct Typed<A: 'static, K: 'static, V: 'static, E, M: Threading> {
    engine: Arc<M::EngineOwner>,
    source: SourceObject<A, K, V, M>,
    /// The storage is the same one for ever, so flights use its hashes.
    fixed: bool,
    method: MethodName,
    error: PhantomData<fn() -> E>,
}

/// What that is made of.
pub(crate) struct FrontParts<A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(crate) source: SourceObject<A, K, V, M>,
    pub(crate) made_of: MadeOf<M>,
    pub(crate) evictions: Option<EvictionsOf<M>>,
    pub(crate) writes: Option<WritesOf<M>>,
    pub(crate) registry: Option<RegistryFnsOf<M>>,
    pub(crate) looks: Option<LookFnsOf<M>>,
}

/// The object of a cache whose parts may move between threads.
pub(crate) struct FrontOf<A, K, V, E>(PhantomData<fn() -> (A, K, V, E)>);

impl<A, K, V, E> Portable for FrontOf<A, K, V, E>
where
    A: Send + 'static,
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
{
    type Of<M: Threading> = FrontParts<A, K, V, M>;
    type Made<M: Threading> = Arc<M::Front<A, V, E>>;

    fn sent(parts: Self::Of<MultiThreaded>) -> Self::Made<MultiThreaded> {
        Arc::new(typed::<A, K, V, E, _>(parts, engine_sent))
    }

    fn kept(parts: Self::Of<SingleThreaded>) -> Self::Made<SingleThreaded> {
        kept::<A, K, V, E>(parts)
    }
}

/// Makes the object of a cache that stays on its thread.
pub(crate) fn kept<A, K, V, E>(
    parts: FrontParts<A, K, V, SingleThreaded>,
) -> Arc<<SingleThreaded as Threading>::Front<A, V, E>>
where
    A: 'static,
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    E: 'static,
{
    Arc::new(typed::<A, K, V, E, _>(parts, engine_kept))
}

/// Makes the engine of a cache.
type EngineFn<M> = fn(
    MadeOf<M>,
    Option<EvictionsOf<M>>,
    Option<WritesOf<M>>,
    Option<RegistryFnsOf<M>>,
    Option<LookFnsOf<M>>,
) -> Arc<<M as Threading>::EngineOwner>;

fn typed<A, K, V, E, M: Threading>(
    parts: FrontParts<A, K, V, M>,
    engine: EngineFn<M>,
) -> Typed<A, K, V, E, M> {
    let FrontParts { source, made_of, evictions, writes, registry, looks } = parts;
    let (fixed, method) = (made_of.fixed, made_of.settings.method);
    let engine = engine(made_of, evictions, writes, registry, looks);
    Typed { engine, source, fixed, method, error: PhantomData }
}

macro_rules! front {
    ($family:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> Front<A, V, E, $family> for Typed<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            #[cold]
            fn poll(
                &self,
                wait: &mut Option<WaitOf<$family>>,
                ask: &mut dyn Ask<A, $family>,
                stage: Option<Stage>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<Outcome<V>, Error<E>>> {
                let gone = stage.map(|stage| self.begin(ask, stage, cx));
                let mut hiding = Hiding::<A, V, E, $family>::new(ask);
                self.engine.engine().go_on(wait, gone, &mut hiding, cx).map(revealed::<V, E, $family>)
            }

            fn keyed(
                &self,
                asked: Asked<'_, A>,
            ) -> (Arc<<$family as Threading>::Configuration>, KeyOf<$family>) {
                let typed = self.source.snapshot();
                let key = <KeyOf<$family>>::hide(key_of(&*typed, self.method, asked));
                (<$family>::untyped(typed), key)
            }

            fn hidden(&self, value: V) -> ValueOf<$family> {
                <ValueOf<$family>>::hide(value)
            }

            fn entry(&self, asked: Asked<'_, A>) -> Option<CacheEntry<V>> {
                let engine = self.engine.engine();
                let (typed, now) = (self.source.snapshot(), engine.clock().now());
                if engine.hides_any() {
                    let key = <KeyOf<$family>>::hide(key_of(&*typed, self.method, asked));
                    engine.sight(&*<$family>::untyped(typed.clone()), &key)?;
                }
                match typed.read(self.method, asked, None, now).found {
                    Some(Ok(found)) => found,
                    _ => None,
                }
            }

            fn engine(&self) -> &<$family as Threading>::Engine {
                self.engine.engine()
            }
        }

        impl<A, K, V, E> Typed<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Leads or joins, if there is nothing fresh.
            fn begin(
                &self,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                // Each step apart, as large values would need a lot of the stack below the load.
                let missed = match stage {
                    Stage::Missed { hash, nothing: nothing @ Some(_), removals, left: None } => {
                        let typed = self.source.snapshot();
                        let key = key_of(&*typed, self.method, ask.asked());
                        self.missed(typed, key, hash, nothing, removals, None)
                    }
                    stage => match self.look(ask, stage) {
                        ControlFlow::Break(gone) => return gone,
                        ControlFlow::Continue(missed) => missed,
                    },
                };
                let forced = ask.wants().forced;
                let mut hiding = Hiding::<A, V, E, $family>::new(ask);
                match forced {
                    true => self.engine.engine().force(missed, &mut hiding, cx),
                    false => self.engine.engine().call(missed, &mut hiding, cx),
                }
            }

            /// Looks closely, unless that has been done, and says what is missed.
            fn look(
                &self,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
            ) -> ControlFlow<AnyGone<$family>, Missed<$family>> {
                let wants = ask.wants();
                let (hash, nothing, mut removals, left) = match stage {
                    Stage::Missed { hash, nothing, removals, left } => {
                        (hash, nothing, removals, left)
                    }
                    Stage::Start => (None, None, None, None),
                };
                let (typed, mut key, mut found) = self.begun(left);
                if !typed.configured() {
                    let error = self.engine.engine().refuse();
                    return ControlFlow::Break(AnyGone::Ready(Err(error)));
                }
                if found.is_none() && nothing.is_none() && !wants.forced {
                    removals = Some(self.engine.engine().noted_removals());
                    (key, found) = match self.look_closely(&typed, ask.asked(), key) {
                        ControlFlow::Break((value, created)) => {
                            let age = match wants.dated {
                                true => self.engine.engine().clock().now().saturating_since(created),
                                false => Duration::ZERO,
                            };
                            let outcome = Outcome { value, source: Source::Hit, age };
                            return ControlFlow::Break(AnyGone::Ready(Ok(outcome)));
                        }
                        ControlFlow::Continue((key, found)) => (key, Some(found)),
                    };
                }
                let key = key.unwrap_or_else(|| key_of(&*typed, self.method, ask.asked()));
                let found = found.flatten();
                ControlFlow::Continue(self.missed(typed, key, hash, nothing, removals, found))
            }

            fn missed(
                &self,
                typed: Arc<<$family as Threading>::Typed<A, K, V>>,
                key: K,
                hash: Option<u64>,
                nothing: Option<usize>,
                removals: Option<usize>,
                found: Option<Found<ValueOf<$family>, StorageError>>,
            ) -> Missed<$family> {
                Missed {
                    configuration: <$family>::untyped(typed),
                    key: <KeyOf<$family>>::hide(key),
                    hash: hash.filter(|_| self.fixed),
                    nothing,
                    removals,
                    found,
                }
            }

            /// What a call has begun with: its configuration, the key if one was made, and what was
            /// found if there was a closer look.
            #[allow(clippy::type_complexity, reason = "it is named nowhere else")]
            fn begun(
                &self,
                left: Option<Box<dyn Any>>,
            ) -> (
                Arc<<$family as Threading>::Typed<A, K, V>>,
                Option<K>,
                Option<Option<Found<ValueOf<$family>, StorageError>>>,
            ) {
                let left = match left.map(<Box<dyn Any>>::downcast::<Begun<A, K, V, $family>>) {
                    Some(Ok(begun)) => {
                        let Begun { typed, left: Left { key, found } } = *begun;
                        return (typed, key, found.map(Self::hide));
                    }
                    Some(Err(left)) => Some(left),
                    None => None,
                };
                let Left { key, found } = Left::<K, V>::of(left);
                (self.source.snapshot(), key, found.map(Self::hide))
            }

            /// Takes the type from what was found.
            fn hide(
                found: Option<Found<V, StorageError>>,
            ) -> Option<Found<ValueOf<$family>, StorageError>> {
                match found {
                    Some(found) => Some(mapped(found, <ValueOf<$family>>::hide, identity)),
                    None => None,
                }
            }

            /// Reads what a glance could not tell.
            #[inline(never)]
            #[allow(clippy::type_complexity, reason = "it is named nowhere else")]
            fn look_closely(
                &self,
                typed: &Arc<<$family as Threading>::Typed<A, K, V>>,
                asked: Asked<'_, A>,
                key: Option<K>,
            ) -> ControlFlow<
                (ValueOf<$family>, Instant),
                (Option<K>, Option<Found<ValueOf<$family>, StorageError>>),
            > {
                let engine = self.engine.engine();
                let now = engine.clock().now();
                let Sought { found, key } = typed.read(self.method, asked, key, now);
                match Self::hide(found) {
                    Some(Ok(Some(entry)))
                        if Freshness::of(&entry, now) == Freshness::Fresh
                            && !engine.hides_any() =>
                    {
                        typed.note_read(self.method, asked, key.as_ref());
                        engine.hit();
                        let value = <$family>::untyped(typed.clone()).apply(entry.value);
                        ControlFlow::Break((value, entry.created))
                    }
                    found => ControlFlow::Continue((key, found)),
                }
            }
        }
    };
}

front!(MultiThreaded, Send, Sync);
front!(SingleThreaded);

/// Makes the key of what a call asks by.
fn key_of<A, K, V>(
    typed: &(impl TypedConfiguration<A, K, V> + ?Sized),
    method: MethodName,
    asked: Asked<'_, A>,
) -> K {
    match asked {
        Asked::Whole(arguments) => typed.key(method, arguments),
        Asked::By(query) => typed.key(method, &query.make()),
    }
}
