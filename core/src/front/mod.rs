//! A cache behind its handles, as one object.

mod changes;
mod engine;

use core::{hash::Hash, marker::PhantomData, ops::ControlFlow, task::Context, time::Duration};

pub(crate) use self::engine::{Object, engine_kept, engine_sent};
use crate::{
    configuration::{SourceObject, TypedConfiguration},
    engine::MadeOf,
    entry::CacheEntry,
    error::Error,
    freshness::Freshness,
    hidden,
    key::{Asked, MethodName, Sought},
    outcome::{Outcome, Source, Wants},
    runtime::{
        AnyAnswer, AnyEngine, AnyGone, Ask, EvictionsOf, Front, Gone, KeyOf, Missed, MultiThreaded,
        Portable, SingleThreaded, Stage, Threading, ValueOf,
    },
    storage::{Glance, Look},
    sync::Arc,
    time::{CoarseClock, Instant},
};

/// A cache of arguments `A`, stored keys `K`, values `V` and errors `E`: what it takes to give the
/// engine's answers their types back.
struct Typed<A: 'static, K: 'static, V: 'static, E, M: Threading> {
    engine: Arc<M::EngineOwner>,
    source: SourceObject<A, K, V, M>,
    /// The storage is the same one for ever, so flights use its hashes.
    fixed: bool,
    /// The storage counts this cache's hits.
    tallied: bool,
    method: MethodName,
    error: PhantomData<fn() -> E>,
}

/// What that is made of.
pub(crate) struct FrontParts<A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(crate) source: SourceObject<A, K, V, M>,
    pub(crate) made_of: MadeOf<M>,
    pub(crate) evictions: Option<EvictionsOf<M>>,
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

fn typed<A, K, V, E, M: Threading>(
    parts: FrontParts<A, K, V, M>,
    engine: fn(MadeOf<M>, Option<EvictionsOf<M>>) -> (Arc<M::EngineOwner>, bool),
) -> Typed<A, K, V, E, M> {
    let FrontParts { source, made_of, evictions } = parts;
    let (fixed, method) = (made_of.fixed, made_of.settings.method);
    let (engine, tallied) = engine(made_of, evictions);
    Typed { engine, source, fixed, tallied, method, error: PhantomData }
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
            fn call(
                &self,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
                cx: &mut Context<'_>,
            ) -> Gone<V, E, $family> {
                let mut noted = None;
                let typed = self.source.noted(&mut noted);
                let first = match stage {
                    Stage::Missed(hash, nothing) => First::missed(None, Some(hash), nothing),
                    Stage::Start => match self.look(&**typed, ask.asked(), ask.wants()) {
                        ControlFlow::Break(answer) => return Gone::Ready(answer),
                        ControlFlow::Continue(first) => first,
                    },
                };
                self.go_on(typed, ask, first, cx)
            }

            fn answer(&self, answer: AnyAnswer<$family>) -> Result<Outcome<V>, Error<E>> {
                match answer {
                    Ok(Outcome { value, source, age }) => {
                        Ok(Outcome { value: value.into_value(), source, age })
                    }
                    Err(error) => Err(hidden::error(&error)),
                }
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
                let now = engine.clock().now();
                let found = self.source.snapshot().read(self.method, asked, now).found;
                found?.ok()?.filter(|entry| !engine.hides(entry.created))
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
            /// Looks at a glance.
            #[inline]
            fn look(
                &self,
                typed: &<$family as Threading>::Typed<A, K, V>,
                asked: Asked<'_, A>,
                wants: Wants,
            ) -> ControlFlow<Result<Outcome<V>, Error<E>>, First<K>> {
                // Where storages are exchanged, one may hold what an earlier one could not clear.
                if wants.forced || !self.fixed && self.engine.engine().hides(Instant::ZERO) {
                    return match typed.configured() {
                        true => ControlFlow::Continue(First::missed(None, None, None)),
                        false => ControlFlow::Break(self.refused()),
                    };
                }
                let runtime: &dyn CoarseClock = self.engine.engine().clock();
                let glance = Glance { runtime, tallied: self.tallied, dated: wants.dated };
                let Some(sought) = typed.look(self.method, asked, &glance) else {
                    return ControlFlow::Break(self.refused());
                };
                let Sought { found: (look, hash), key } = sought;
                let hash = hash.filter(|_| self.fixed);
                let (value, created) = match look {
                    Look::Fresh { value, created } => (value, created),
                    Look::Nothing(writes) => {
                        return ControlFlow::Continue(First::missed(key, hash, Some(writes)));
                    }
                    Look::Unclear => {
                        return ControlFlow::Continue(First::missed(key, hash, None));
                    }
                };
                if !self.tallied {
                    self.engine.engine().hit();
                }
                let age = match wants.dated {
                    true => self.engine.engine().clock().now().saturating_since(created),
                    false => Duration::ZERO,
                };
                let value = typed.postprocessed(value);
                ControlFlow::Break(Ok(Outcome { value, source: Source::Hit, age }))
            }

            #[cold]
            fn refused(&self) -> Result<Outcome<V>, Error<E>> {
                Err(hidden::error(&self.engine.engine().refuse()))
            }

            // Apart, so that a hit does not pay for its frame.
            #[cold]
            #[inline(never)]
            fn go_on(
                &self,
                typed: &Arc<<$family as Threading>::Typed<A, K, V>>,
                ask: &mut dyn Ask<A, $family>,
                first: First<K>,
                cx: &mut Context<'_>,
            ) -> Gone<V, E, $family> {
                let wants = ask.wants();
                let missed = match self.look_closely(typed, ask.asked(), first, wants) {
                    ControlFlow::Break(answer) => return Gone::Ready(answer),
                    ControlFlow::Continue(missed) => missed,
                };
                let gone = match wants.forced {
                    true => self.engine.engine().force(missed, ask, cx),
                    false => self.engine.engine().call(missed, ask, cx),
                };
                match gone {
                    AnyGone::Ready(answer) => Gone::Ready(self.answer(answer)),
                    AnyGone::Wait(wait) => Gone::Wait(wait),
                }
            }

            /// Reads what a glance could not tell, and hides the types of what is left to go on with.
            fn look_closely(
                &self,
                typed: &Arc<<$family as Threading>::Typed<A, K, V>>,
                asked: Asked<'_, A>,
                first: First<K>,
                wants: Wants,
            ) -> ControlFlow<Result<Outcome<V>, Error<E>>, Missed<$family>> {
                let First { mut key, hash, nothing } = first;
                let mut found = None;
                if nothing.is_none() && !wants.forced {
                    let now = self.engine.engine().clock().now();
                    let sought = typed.read(self.method, asked, now);
                    key = sought.key.or(key);
                    if let Some(Ok(Some(entry))) = &sought.found
                        && Freshness::of(entry, now) == Freshness::Fresh
                        && !self.engine.engine().hides(entry.created)
                    {
                        let Some(Ok(Some(entry))) = sought.found else { unreachable!() };
                        typed.note_read(self.method, asked, key.as_ref());
                        self.engine.engine().hit();
                        let age = match wants.dated {
                            true => now.saturating_since(entry.created),
                            false => Duration::ZERO,
                        };
                        let value = typed.postprocessed(entry.value);
                        return ControlFlow::Break(Ok(Outcome { value, source: Source::Hit, age }));
                    }
                    found = sought.found.map(|found| {
                        found.map(|found| found.map(|entry| entry.map(<ValueOf<$family>>::hide)))
                    });
                }
                let key = key.unwrap_or_else(|| key_of(&**typed, self.method, asked));
                ControlFlow::Continue(Missed {
                    configuration: <$family>::untyped(typed.clone()),
                    key: <KeyOf<$family>>::hide(key),
                    hash,
                    nothing,
                    found,
                })
            }
        }
    };
}

front!(MultiThreaded, Send, Sync);
front!(SingleThreaded);

/// What a glance leaves.
struct First<K> {
    /// The key, if one was made.
    key: Option<K>,
    /// Its hash, if the flights use the storage's.
    hash: Option<u64>,
    /// There was nothing for sure, by so many writes; else it takes a closer look.
    nothing: Option<usize>,
}

impl<K> First<K> {
    const fn missed(key: Option<K>, hash: Option<u64>, nothing: Option<usize>) -> Self {
        Self { key, hash, nothing }
    }
}

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
