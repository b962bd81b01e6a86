//! A cache behind its handles, as one object.

mod changes;
mod claimant;
mod engine;
mod hiding;
mod insertion;
mod look;
mod many;
mod prompt;
mod typed;
mod update;

use core::{
    hash::Hash,
    marker::PhantomData,
    ops::ControlFlow,
    task::{Context, Poll},
};

pub(crate) use self::engine::{Object, engine_kept, engine_sent};
use self::{
    claimant::{keys_kept, keys_sent},
    hiding::{Hiding, LARGE, hidden_kept, hidden_sent, revealed},
    look::Looked,
    prompt::Prompted,
    typed::{TypedParts, key_of},
};
use crate::{
    cached::Cached,
    configuration::{SourceObject, Stage},
    engine::EngineParts,
    error::Error,
    flights::ClaimedKeys,
    key::Asked,
    outcome::Outcome,
    runtime::{
        AnyEngine, AnyGone, Ask, CalledIn, EvictionsOf, Front, KeyOf, Load, LookFnsOf,
        MultiThreaded, Portable, RegistryFnsOf, SingleThreaded, Threading, ValueOf, WaitOf,
        WritesOf,
    },
    sync::Arc,
};

/// The parts of a cache's object.
pub(crate) struct FrontParts<A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(crate) source: SourceObject<A, K, V, M>,
    pub(crate) made_of: EngineParts<M>,
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
        Arc::new(made::<A, K, V, E, _>(parts, keys_sent::<K>(), engine_sent))
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
    Arc::new(made::<A, K, V, E, _>(parts, keys_kept::<K>(), engine_kept))
}

/// Makes the engine of a cache.
type EngineFn<M> = fn(
    EngineParts<M>,
    Option<EvictionsOf<M>>,
    Option<WritesOf<M>>,
    Option<RegistryFnsOf<M>>,
    Option<LookFnsOf<M>>,
    ClaimedKeys<M>,
) -> Arc<<M as Threading>::EngineOwner>;

fn made<A, K, V, E, M: Threading>(
    parts: FrontParts<A, K, V, M>,
    keys: ClaimedKeys<M>,
    engine: EngineFn<M>,
) -> TypedParts<A, K, V, E, M> {
    let FrontParts { source, made_of, evictions, writes, registry, looks } = parts;
    let (fixed, method) = (made_of.fixed, made_of.settings.method);
    let engine = engine(made_of, evictions, writes, registry, looks, keys);
    TypedParts { engine, source, fixed, method, error: PhantomData }
}

macro_rules! front {
    ($family:ident, $hidden:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> Front<A, V, E, $family> for TypedParts<A, K, V, E, $family>
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
                // Apart, so that a waiting call does not pay for the frame of a beginning one.
                match stage {
                    Some(stage) => self.begin(wait, ask, stage, cx),
                    None => self.go_on(wait, ask, cx),
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

            fn loading(&self, called: CalledIn<$family>) -> Load<$family> {
                Load::new(called, $hidden::<V, E>)
            }

            fn insert_at_once(&self, arguments: &A, value: &mut Option<V>, own: &Cached<()>) {
                self.insert_at_once(arguments, value, own);
            }

            fn engine(&self) -> &<$family as Threading>::Engine {
                self.engine.engine()
            }
        }

        impl<A, K, V, E> TypedParts<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Waits for the result of a call, if it is no answer yet.
            fn gone(
                &self,
                wait: &mut Option<WaitOf<$family>>,
                gone: AnyGone<$family>,
                ask: &mut dyn Ask<A, $family>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<Outcome<V>, Error<E>>> {
                match gone {
                    AnyGone::Ready(answer) => Poll::Ready(revealed::<V, E, $family>(answer)),
                    AnyGone::Wait(waiting) => {
                        *wait = Some(waiting);
                        self.go_on(wait, ask, cx)
                    }
                }
            }

            /// Goes on with what a call has to wait for.
            #[inline]
            fn go_on(
                &self,
                wait: &mut Option<WaitOf<$family>>,
                ask: &mut dyn Ask<A, $family>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<Outcome<V>, Error<E>>> {
                let mut hiding = Hiding::<A, V, E, $family>::new(ask);
                let answer = self.engine.engine().go_on(wait, &mut hiding, cx);
                answer.map(revealed::<V, E, $family>)
            }

            /// Goes on with a call that has found nothing fresh at a glance.
            #[inline(never)]
            fn begin(
                &self,
                wait: &mut Option<WaitOf<$family>>,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
                cx: &mut Context<'_>,
            ) -> Poll<Result<Outcome<V>, Error<E>>> {
                // Large values would need a lot of the stack below the load: each step apart, and
                // all of them behind pointers. Where there is no `std` there is little room for
                // code.
                if const { size_of::<V>() > LARGE || !cfg!(feature = "std") } {
                    let gone = self.look_and_lead(ask, stage, cx);
                    return self.gone(wait, gone, ask, cx);
                }
                let mut looked = match self.look(ask, stage) {
                    ControlFlow::Break(gone) => return self.gone(wait, gone, ask, cx),
                    ControlFlow::Continue(looked) => looked,
                };
                let gone = match self.prompt(&looked, ask, cx) {
                    ControlFlow::Break(Prompted::Answer(answer)) => return Poll::Ready(answer),
                    ControlFlow::Break(Prompted::Gone(gone)) => gone,
                    ControlFlow::Continue(found) => {
                        if found.is_some() {
                            (looked.nothing, looked.found) = (None, Some(Ok(found)));
                        }
                        self.lead(looked, ask, cx)
                    }
                };
                self.gone(wait, gone, ask, cx)
            }

            /// Looks closely, unless that has been done, and leads or joins if there is nothing
            /// fresh.
            fn look_and_lead(
                &self,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                match self.look(ask, stage) {
                    ControlFlow::Break(gone) => gone,
                    ControlFlow::Continue(looked) => self.lead(looked, ask, cx),
                }
            }

            /// Leads or joins.
            #[cold]
            fn lead(
                &self,
                looked: Looked<'_, A, K, V, $family>,
                ask: &mut dyn Ask<A, $family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let (engine, forced) = (self.engine.engine(), ask.wants().forced);
                let joined = self.joined(&looked, ask);
                let mut hiding = Hiding::<A, V, E, $family>::new(ask);
                if let Some(flight) = joined {
                    // The key is dropped at last, so that its drop comes between no two steps.
                    let Looked { typed, key: _key, nothing, removals, .. } = looked;
                    let typed = <$family>::untyped(typed.into_own());
                    return engine.join_in(flight, typed, (nothing, removals), &mut hiding, cx);
                }
                let missed = self.missed(looked);
                match forced {
                    true => engine.force(missed, &mut hiding, cx),
                    false => engine.call(missed, &mut hiding, cx),
                }
            }
        }
    };
}

front!(MultiThreaded, hidden_sent, Send, Sync);
front!(SingleThreaded, hidden_kept);
