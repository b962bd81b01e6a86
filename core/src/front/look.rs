//! A call's closer look, where a glance has not found enough.

use core::{any::Any, convert::identity, hash::Hash, ops::ControlFlow, time::Duration};

use super::typed::{TypedParts, key_of};
use crate::{
    configuration::{Begun, Left, Moment, Stage},
    error::StorageError,
    form::Wants,
    freshness::Freshness,
    key::{Asked, Sought},
    outcome::{Outcome, Source},
    runtime::{
        AnyEngine, AnyGone, Ask, KeyOf, Missed, MultiThreaded, SingleThreaded, Threading, ValueOf,
    },
    storage::{Found, mapped},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// A call that has found nothing fresh.
pub(super) struct Looked<'a, A: 'static, K: 'static, V: 'static, M: Threading> {
    pub(super) typed: Moment<'a, M::Typed<A, K, V>>,
    pub(super) key: K,
    pub(super) hash: Option<u64>,
    /// The number of writes before the look, if there certainly was no entry.
    pub(super) nothing: Option<usize>,
    /// How many removals had ended before a closer look.
    pub(super) removals: Option<usize>,
    /// The result of a closer look; `None` if there was none, or the storage has to be waited for.
    pub(super) found: Option<Found<ValueOf<M>, StorageError>>,
}

macro_rules! look {
    ($family:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> TypedParts<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Looks closely, unless that has been done, and returns what is missed.
            pub(super) fn look(
                &self,
                ask: &mut dyn Ask<A, $family>,
                stage: Stage,
            ) -> ControlFlow<AnyGone<$family>, Looked<'_, A, K, V, $family>> {
                let (hash, nothing, mut removals, left) = match stage {
                    Stage::Missed { hash, nothing: nothing @ Some(_), removals, left: None } => {
                        let typed = self.source.moment();
                        let key = key_of(&*typed, self.method, ask.asked());
                        let found = None;
                        let looked = Looked { typed, key, hash, nothing, removals, found };
                        return ControlFlow::Continue(looked);
                    }
                    Stage::Missed { hash, nothing, removals, left } => {
                        (hash, nothing, removals, left)
                    }
                    Stage::Start => (None, None, None, None),
                };
                let wants = ask.wants();
                let (typed, mut key, mut found) = self.begun(left);
                if !typed.configured() {
                    let error = self.engine.engine().refuse();
                    return ControlFlow::Break(AnyGone::Ready(Err(error)));
                }
                if found.is_none() && nothing.is_none() && !wants.forced {
                    removals = Some(self.engine.engine().noted_removals());
                    (key, found) = match self.look_closely(&typed, ask.asked(), key, wants) {
                        ControlFlow::Break((value, created)) => {
                            let age = match wants.dated {
                                true => {
                                    let now = self.engine.engine().clock().now();
                                    now.saturating_since(created)
                                }
                                false => Duration::ZERO,
                            };
                            let outcome = Outcome { value, source: Source::Hit, age };
                            return ControlFlow::Break(AnyGone::Ready(Ok(outcome)));
                        }
                        ControlFlow::Continue((key, found)) => (key, Some(found)),
                    };
                }
                let key = key.unwrap_or_else(|| key_of(&*typed, self.method, ask.asked()));
                let (typed, found) = (Moment::Own(typed), found.flatten());
                ControlFlow::Continue(Looked { typed, key, hash, nothing, removals, found })
            }

            /// Hides the types of a call's results.
            pub(super) fn missed(&self, looked: Looked<'_, A, K, V, $family>) -> Missed<$family> {
                let Looked { typed, key, hash, nothing, removals, found } = looked;
                Missed {
                    configuration: <$family>::untyped(typed.into_own()),
                    key: <KeyOf<$family>>::hide(key),
                    hash: hash.filter(|_| self.fixed),
                    nothing,
                    removals,
                    found,
                }
            }

            /// The state of a call: its configuration, the key if one was made, and the result of a
            /// closer look if there was one.
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

            /// Hides the type of the entry that was found.
            fn hide(
                found: Option<Found<V, StorageError>>,
            ) -> Option<Found<ValueOf<$family>, StorageError>> {
                match found {
                    Some(found) => Some(mapped(found, <ValueOf<$family>>::hide, identity)),
                    None => None,
                }
            }

            /// Reads an entry for which a glance was not enough.
            #[inline(never)]
            #[allow(clippy::type_complexity, reason = "it is named nowhere else")]
            fn look_closely(
                &self,
                typed: &Arc<<$family as Threading>::Typed<A, K, V>>,
                asked: Asked<'_, A>,
                key: Option<K>,
                wants: Wants<'_>,
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
                            && !engine.hides_any()
                            && wants.take_any() =>
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

look!(MultiThreaded, Send, Sync);
look!(SingleThreaded);
