//! The objects of the two families, with the proof that they are `Send` where they have to be: once
//! for each family, where its name is known.

use core::{any::Any, time::Duration};

use super::{
    BoxFuture, Domain, LocalBoxFuture, Runtime,
    objects::{AnyClock, Called, EngineOwner, Front, Resume, TypedIn},
    threading::{
        CalledIn, ErrorOf, KeyOf, MultiThreaded, Portable, SingleThreaded, Task, Threading,
        ThreadingOf, ValueOf,
    },
};
use crate::{
    configuration::{AnyConfiguration, GlanceAt},
    error::StorageError,
    front::Object,
    hidden::KeyObject,
    statuses::{AnyRegistry, Landed},
    storage::Found,
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::boxed::Box;

/// A runtime whose type is about to be hidden.
struct Bound<R>(R);

impl<R: Runtime> CoarseClock for Bound<R> {
    fn near(&self) -> Instant {
        self.0.near()
    }

    fn exact(&self) -> Instant {
        self.0.now()
    }
}

impl<R> ThreadingOf<R> for MultiThreaded
where
    R: Runtime<Threading = Self, Sleep: Send> + Send + Sync,
{
    fn clock(runtime: R) -> Arc<Self::Clock> {
        Arc::new(Bound(runtime))
    }
}

impl<R: Runtime<Threading = Self>> ThreadingOf<R> for SingleThreaded {
    fn clock(runtime: R) -> Arc<Self::Clock> {
        Arc::new(Bound(runtime))
    }
}

macro_rules! family {
    ($family:ident, $future:ident, $proof:ident $(, $send:ident, $sync:ident)?) => {
        impl Threading for $family {
            type Task = $future<'static, ()>;
            type Future<T> = $future<'static, T>;
            type Function<I, O> = dyn Fn(I) -> O $(+ $send + $sync)?;
            type Front<A, V, E> = dyn Front<A, V, E, Self> $(+ $send + $sync)?;
            type Engine = Object<Self>;
            type EngineOwner = dyn EngineOwner<Self> $(+ $send + $sync)?;
            type Again = dyn Resume<Self> $(+ $send)?;
            type Called = dyn Called $(+ $send)?;
            type Key = dyn KeyObject $(+ $send + $sync)?;
            type Any = dyn Any $(+ $send + $sync)?;
            type Clock = dyn AnyClock<Self> $(+ $send + $sync)?;
            type Configuration = dyn AnyConfiguration<
                    KeyOf<Self>,
                    ValueOf<Self>,
                    $future<'static, Found<ValueOf<Self>, StorageError>>,
                    $future<'static, Result<(), StorageError>>,
                > $(+ $send + $sync)?;
            type Typed<A: 'static, K: 'static, V: 'static> =
                dyn TypedIn<A, K, V, Self> $(+ $send + $sync)?;
            type GlanceAt<A, V> = dyn GlanceAt<A, V> $(+ $send + $sync)?;
            type Source<A: 'static, K: 'static, V: 'static> =
                dyn Fn() -> Arc<Self::Typed<A, K, V>> $(+ $send + $sync)?;
            type Ticket = Arc<dyn Any $(+ $send + $sync)?>;
            type Registry = dyn AnyRegistry<
                    KeyOf<Self>,
                    ValueOf<Self>,
                    ErrorOf<Self>,
                    Self::Ticket,
                    $future<'static, Landed<ValueOf<Self>, ErrorOf<Self>>>,
                > $(+ $send + $sync)?;

            fn sent(called: CalledIn<MultiThreaded>) -> CalledIn<Self> {
                called
            }

            fn function<I, O, F>(function: F) -> Arc<Self::Function<I, O>>
            where
                F: Fn(I) -> O + Send + Sync + 'static,
            {
                Arc::new(function)
            }

            fn any<T: Send + Sync + 'static>(value: T) -> Arc<Self::Any> {
                Arc::new(value)
            }

            fn untyped<A: 'static, K: 'static, V: 'static>(
                typed: Arc<Self::Typed<A, K, V>>,
            ) -> Arc<Self::Configuration> {
                typed
            }

            fn glance_at<A: 'static, K: 'static, V: 'static>(
                typed: Arc<Self::Typed<A, K, V>>,
            ) -> Arc<Self::GlanceAt<A, V>> {
                typed
            }

            fn erase<T: Portable>(of: T::Of<Self>) -> T::Made<Self> {
                T::$proof(of)
            }
        }

        impl<R> AnyClock<$family> for Bound<R>
        where
            R: Runtime<Threading = $family $(, Sleep: $send)?> $(+ $send + $sync)?,
        {
            fn now(&self) -> Instant {
                self.0.now()
            }

            fn coarse(&self) -> (Instant, Duration) {
                (self.0.coarse_now(), self.0.coarse_lag())
            }

            fn sleep(&self, duration: Duration) -> Task<R> {
                Box::pin(self.0.sleep(duration))
            }

            fn spawn(&self, task: Task<R>) {
                self.0.spawn(task);
            }

            fn bind(&self) -> Option<Arc<<$family as Threading>::Clock>> {
                Some(Arc::new(Bound(self.0.bind()?)))
            }

            fn can_bind(&self) -> bool {
                self.0.bind().is_some()
            }

            fn entered(&self) -> bool {
                self.0.entered()
            }

            fn domain(&self) -> Option<Domain> {
                self.0.domain()
            }
        }
    };
}

family!(MultiThreaded, BoxFuture, sent, Send, Sync);
family!(SingleThreaded, LocalBoxFuture, kept);
