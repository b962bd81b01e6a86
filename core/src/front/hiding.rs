//! How a call's load loses its types on its way into the engine, and its answer gets them back.

use core::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::{
    cached::Cached,
    entry::CacheEntry,
    error::{Error, Raised},
    form::Wants,
    hidden,
    outcome::Outcome,
    runtime::{
        AnyAnswer, AnyAsk, Ask, ErrorOf, Load, MultiThreaded, SingleThreaded, Threading, ValueOf,
    },
    sync::Arc,
};

use alloc::boxed::Box;

/// A larger value is left in a box while its load is polled.
pub(super) const LARGE: usize = 512;

/// A call, as the engine asks it for what it needs.
pub(super) struct Hiding<'a, A, V, E, M: Threading> {
    ask: &'a mut (dyn Ask<A, M> + 'a),
    of: PhantomData<fn() -> (V, E)>,
}

impl<'a, A, V, E, M: Threading> Hiding<'a, A, V, E, M> {
    pub(super) fn new(ask: &'a mut (dyn Ask<A, M> + 'a)) -> Self {
        Self { ask, of: PhantomData }
    }
}

macro_rules! hiding {
    ($family:ident, $hidden:ident, $untyped:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, V, E> AnyAsk<$family> for Hiding<'_, A, V, E, $family>
        where
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            fn wants(&self) -> Wants<'_> {
                self.ask.wants()
            }

            fn wants_previous(&self) -> bool {
                self.ask.wants_previous()
            }

            fn make(
                &mut self,
                previous: Option<CacheEntry<ValueOf<$family>>>,
            ) -> Load<$family> {
                Load::new(self.ask.make(previous), $hidden::<V, E>)
            }
        }

        /// Polls the load's future, and hides the types of its output.
        pub(super) fn $hidden<V, E>(
            called: Pin<&mut <$family as Threading>::Called>,
            cx: &mut Context<'_>,
        ) -> Poll<Result<Cached<ValueOf<$family>>, ErrorOf<$family>>>
        where
            V: $($send + $sync +)? 'static,
            E: $($send + $sync +)? 'static,
        {
            // Large values would need a lot of the stack below the load.
            if const { size_of::<V>() > LARGE } {
                let mut yielded: Box<Option<Result<Cached<V>, Raised<E>>>> = Box::new(None);
                ready!(called.poll_into(cx, &mut *yielded));
                return Poll::Ready($untyped(&mut yielded));
            }
            let mut yielded: Option<Result<Cached<V>, Raised<E>>> = None;
            ready!(called.poll_into(cx, &mut yielded));
            Poll::Ready($untyped(&mut yielded))
        }

        /// Hides the types of a load's output.
        #[inline(never)]
        fn $untyped<V, E>(
            yielded: &mut Option<Result<Cached<V>, Raised<E>>>,
        ) -> Result<Cached<ValueOf<$family>>, ErrorOf<$family>>
        where
            V: $($send + $sync +)? 'static,
            E: $($send + $sync +)? 'static,
        {
                match yielded.take() {
                    Some(Ok(value)) => Ok(value.map(<ValueOf<$family>>::hide)),
                    Some(Err(Raised { error, way })) => {
                        Err(<ErrorOf<$family>>::hide(Arc::new(error), way))
                    }
                    None => unreachable!("a load that has ended has yielded something"),
                }
        }
    };
}

hiding!(MultiThreaded, hidden_sent, untyped_sent, Send, Sync);
hiding!(SingleThreaded, hidden_kept, untyped_kept);

/// Gives an answer its types back.
pub(super) fn revealed<V, E, M>(answer: AnyAnswer<M>) -> Result<Outcome<V>, Error<E>>
where
    V: Clone + 'static,
    E: 'static,
    M: Threading,
{
    match answer {
        Ok(Outcome { value, source, age }) => {
            Ok(Outcome { value: value.into_value(), source, age })
        }
        Err(error) => Err(hidden::error(&error)),
    }
}
