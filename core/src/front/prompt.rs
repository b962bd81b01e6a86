//! A load that is ready at its first poll, from the claim of its key to its entry, with its types.

use core::{hash::Hash, ops::ControlFlow, task::Context, time::Duration};

use super::{
    claimant::Holder,
    hiding::{hidden_kept, hidden_sent, revealed},
    look::Looked,
    typed::TypedParts,
};
use crate::{
    cached::Cached,
    call::{FirstPoll, FirstPolled},
    configuration::Prompt,
    entry::CacheEntry,
    error::{Error, Failure, Raised},
    flights::Flight,
    form::Wants,
    freshness::Freshness,
    key::Sought,
    outcome::{Outcome, Source},
    runtime::{
        AnyEngine, AnyGone, Ask, ErrorOf, KeyOf, Load, MultiThreaded, SingleThreaded, Threading,
        ValueOf,
    },
    sync::Arc,
};

/// The result of a call that has polled its load.
pub(super) enum Prompted<V, E, M: Threading> {
    Answer(Result<Outcome<V>, Error<E>>),
    Gone(AnyGone<M>),
}

/// A call that has claimed its key.
struct Claiming<'a, 'k, K, M: Threading> {
    first: FirstPoll<'a, M>,
    holder: Holder<'k, K>,
    hash: u64,
    prompt: Prompt<'k>,
    /// The key for an observer, if there is one.
    told: Option<KeyOf<M>>,
    dated: bool,
}

macro_rules! prompt {
    ($family:ident, $hidden:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> TypedParts<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Claims the key and polls the load, unless another operation has to do with the key
            /// already or has to come before the load. An entry that has been stored meanwhile
            /// makes the load needless, and is returned.
            pub(super) fn prompt(
                &self,
                looked: &Looked<'_, A, K, V, $family>,
                ask: &mut dyn Ask<A, $family>,
                cx: &mut Context<'_>,
            ) -> ControlFlow<Prompted<V, E, $family>, Option<CacheEntry<ValueOf<$family>>>> {
                let (object, typed, wants) = (self.engine.engine(), &*looked.typed, ask.wants());
                let Some(hash) = looked.hash.or_else(|| typed.shared_hash(&looked.key)) else {
                    return ControlFlow::Continue(None);
                };
                // Where loads wait, the next one will too, or is under way already.
                if !object.is_quiet(hash) || !self.is_missed(looked, ask, wants) {
                    return ControlFlow::Continue(None);
                }
                let Some(prompt) = typed.prompt() else { return ControlFlow::Continue(None) };
                let (mut holder, timeout) = (Holder::new(&looked.key), prompt.method_timeout);
                let Some(first) = object.claim(hash, wants.forced, timeout, &mut holder) else {
                    return ControlFlow::Continue(None);
                };
                let (told, dated) = (None, wants.dated);
                let mut claiming = Claiming { first, holder, hash, prompt, told, dated };
                let untouched = |writes| typed.is_unwritten_since(hash, writes);
                if !wants.forced
                    && !looked.nothing.is_some_and(untouched)
                    && let Some(entry) = self.found_meanwhile(looked, ask)
                {
                    claiming.first.retire();
                    return ControlFlow::Continue(Some(entry));
                }
                if object.is_observed() {
                    claiming.told = Some(<KeyOf<$family>>::hide(looked.key.clone()));
                }
                ControlFlow::Break(self.poll_first(&mut claiming, looked, ask, cx))
            }

            /// Joins a load of the key, if one is under way and nothing else concerns the caller.
            pub(super) fn joined(
                &self,
                looked: &Looked<'_, A, K, V, $family>,
                ask: &dyn Ask<A, $family>,
            ) -> Option<Arc<Flight<$family>>> {
                let wants = ask.wants();
                let hash = looked.hash.filter(|_| cfg!(feature = "std") && !wants.forced)?;
                let object = self.engine.engine();
                if object.is_quiet(hash) || !self.is_missed(looked, ask, wants) {
                    return None;
                }
                object.join(hash, &Holder::new(&looked.key))
            }

            /// Returns whether the look has found no entry that a load, or its caller, needs.
            fn is_missed(
                &self,
                looked: &Looked<'_, A, K, V, $family>,
                ask: &dyn Ask<A, $family>,
                wants: Wants<'_>,
            ) -> bool {
                let engine = self.engine.engine();
                self.fixed
                    && wants.limits.is_none()
                    && match &looked.found {
                        _ if looked.nothing.is_some() || wants.forced => true,
                        Some(Ok(Some(entry))) => {
                            let freshness = Freshness::of(entry, engine.clock().now());
                            matches!(freshness, Freshness::Expired | Freshness::Dead)
                                && !engine.stands_in()
                                && !ask.wants_previous()
                        }
                        Some(Ok(None)) => true,
                        Some(Err(_)) | None => false,
                    }
            }

            /// Looks again, for an entry that another load has stored since the first look.
            #[cold]
            fn found_meanwhile(
                &self,
                looked: &Looked<'_, A, K, V, $family>,
                ask: &dyn Ask<A, $family>,
            ) -> Option<CacheEntry<ValueOf<$family>>> {
                let (now, key) = (self.engine.engine().clock().now(), looked.key.clone());
                let Sought { found, .. } =
                    looked.typed.read(self.method, ask.asked(), Some(key), now);
                let entry = found?.ok()??;
                matches!(Freshness::of(&entry, now), Freshness::Fresh | Freshness::Stale)
                    .then(|| entry.map(<ValueOf<$family>>::hide))
            }

            fn poll_first(
                &self,
                claiming: &mut Claiming<'_, '_, K, $family>,
                looked: &Looked<'_, A, K, V, $family>,
                ask: &mut dyn Ask<A, $family>,
                cx: &mut Context<'_>,
            ) -> Prompted<V, E, $family> {
                let object = self.engine.engine();
                let mut yielded: Option<Result<Cached<V>, Raised<E>>> = None;
                let told = claiming.told.as_ref();
                let first = &claiming.first;
                let failure = match object.poll_first(first, ask, told, cx, &mut yielded) {
                    FirstPolled::Ended => match yielded {
                        Some(Ok(value)) => {
                            return Prompted::Answer(self.landed(claiming, looked, value));
                        }
                        Some(Err(Raised { error, way })) => {
                            let hidden = <ErrorOf<$family>>::hide(Arc::new(error), way);
                            Failure::Method(Arc::new(hidden))
                        }
                        None => unreachable!("a load that has ended has yielded something"),
                    },
                    FirstPolled::Panicked(panic) => Failure::Panicked(panic),
                    FirstPolled::Waits(called) => {
                        let load = Load::new(called, $hidden::<V, E>);
                        return Prompted::Gone(self.waits(claiming, looked, load, cx));
                    }
                };
                Prompted::Answer(self.failed(claiming, looked, failure))
            }

            /// Stores the load's value, and answers with it.
            fn landed(
                &self,
                claiming: &mut Claiming<'_, '_, K, $family>,
                looked: &Looked<'_, A, K, V, $family>,
                value: Cached<V>,
            ) -> Result<Outcome<V>, Error<E>> {
                let Claiming { first, holder, hash, prompt, told, dated } = claiming;
                let (object, typed) = (self.engine.engine(), &*looked.typed);
                let (mut value, own) = value.split();
                let made = object.date(first, prompt.builder, own, told.is_some());
                if let Some(key) = told {
                    let hidden = <ValueOf<$family>>::hide(value);
                    object.tell_loaded(first, key, hidden.clone(), &made);
                    value = hidden.into_value();
                }
                if !made.kept_out {
                    let (key, times, current) = (&looked.key, &made.times, || first.is_current());
                    object.store(told.as_ref(), &mut || {
                        let mut stored = Some(value.clone());
                        typed.store(key, *hash, times, &mut stored, made.now, &current);
                    });
                }
                if let Some(flight) = object.end(first, holder) {
                    let landed = Ok(made.times.with(<ValueOf<$family>>::hide(value)));
                    let configuration = <$family>::untyped(looked.typed.share());
                    return revealed::<V, E, $family>(
                        object.share(&flight, landed, &*configuration, *dated),
                    );
                }
                let age = match *dated {
                    true => object.clock().now().saturating_since(made.times.created),
                    false => Duration::ZERO,
                };
                let value = if prompt.processes { typed.postprocess(value) } else { value };
                Ok(Outcome { value, source: Source::Loaded, age })
            }

            #[cold]
            fn failed(
                &self,
                claiming: &mut Claiming<'_, '_, K, $family>,
                looked: &Looked<'_, A, K, V, $family>,
                failure: Failure<ErrorOf<$family>>,
            ) -> Result<Outcome<V>, Error<E>> {
                let Claiming { first, holder, told, .. } = claiming;
                let key = told.take().unwrap_or_else(|| <KeyOf<$family>>::hide(looked.key.clone()));
                let answer = self.engine.engine().fail(first, holder, &key, failure);
                revealed::<V, E, $family>(answer)
            }

            #[cold]
            fn waits(
                &self,
                claiming: &mut Claiming<'_, '_, K, $family>,
                looked: &Looked<'_, A, K, V, $family>,
                load: Load<$family>,
                cx: &mut Context<'_>,
            ) -> AnyGone<$family> {
                let Claiming { first, holder, told, dated, .. } = claiming;
                let key = told.take().unwrap_or_else(|| <KeyOf<$family>>::hide(looked.key.clone()));
                let configuration = <$family>::untyped(looked.typed.share());
                let load = (load, configuration, *dated);
                self.engine.engine().wait_for(first, holder, key, load, cx)
            }
        }
    };
}

prompt!(MultiThreaded, hidden_sent, Send, Sync);
prompt!(SingleThreaded, hidden_kept);
