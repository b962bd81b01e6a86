//! How what the user's code yields loses its types.

use core::marker::PhantomData;

use crate::{
    cached::Cached,
    hidden::{AnyError, AnyValue},
    runtime::{ErrorOf, Kept, Sent, SingleThreaded, Threading, ValueOf},
    sync::Arc,
};

/// How what a closure yields becomes what a load yields.
pub(crate) trait Yield<T, M: Threading> {
    fn of(yielded: T) -> Result<Cached<ValueOf<M>>, ErrorOf<M>>;
}

/// A value, or an error; `S` is the mark that says whether they may move between threads.
pub(crate) struct Plain<S>(PhantomData<S>);

/// A value that has a say in how it is kept, or an error.
pub(crate) struct Whole<S>(PhantomData<S>);

/// A value that is always there.
pub(crate) struct Sure<S>(PhantomData<S>);

impl<V, E, M> Yield<Result<V, E>, M> for Plain<Sent>
where
    V: Send + Sync + 'static,
    E: Send + Sync + 'static,
    M: Threading,
{
    fn of(yielded: Result<V, E>) -> Result<Cached<ValueOf<M>>, ErrorOf<M>> {
        match yielded {
            Ok(value) => <Sure<Sent> as Yield<_, M>>::of(value),
            Err(error) => Err(AnyError::new(M::any(Some(Arc::new(error))))),
        }
    }
}

impl<V, E, M> Yield<Result<Cached<V>, E>, M> for Whole<Sent>
where
    V: Send + Sync + 'static,
    E: Send + Sync + 'static,
    M: Threading,
{
    fn of(yielded: Result<Cached<V>, E>) -> Result<Cached<ValueOf<M>>, ErrorOf<M>> {
        match yielded {
            Ok(value) => Ok(value.map(|value| AnyValue::new(M::any(Some(value))))),
            Err(error) => Err(AnyError::new(M::any(Some(Arc::new(error))))),
        }
    }
}

impl<V, M> Yield<V, M> for Sure<Sent>
where
    V: Send + Sync + 'static,
    M: Threading,
{
    fn of(yielded: V) -> Result<Cached<ValueOf<M>>, ErrorOf<M>> {
        Ok(Cached::new(AnyValue::new(M::any(Some(yielded)))))
    }
}

impl<V: 'static, E: 'static> Yield<Result<V, E>, SingleThreaded> for Plain<Kept> {
    fn of(
        yielded: Result<V, E>,
    ) -> Result<Cached<ValueOf<SingleThreaded>>, ErrorOf<SingleThreaded>> {
        match yielded {
            Ok(value) => Sure::<Kept>::of(value),
            Err(error) => Err(<ErrorOf<SingleThreaded>>::hide(Arc::new(error))),
        }
    }
}

impl<V: 'static, E: 'static> Yield<Result<Cached<V>, E>, SingleThreaded> for Whole<Kept> {
    fn of(
        yielded: Result<Cached<V>, E>,
    ) -> Result<Cached<ValueOf<SingleThreaded>>, ErrorOf<SingleThreaded>> {
        match yielded {
            Ok(value) => Ok(value.map(<ValueOf<SingleThreaded>>::hide)),
            Err(error) => Err(<ErrorOf<SingleThreaded>>::hide(Arc::new(error))),
        }
    }
}

impl<V: 'static> Yield<V, SingleThreaded> for Sure<Kept> {
    fn of(yielded: V) -> Result<Cached<ValueOf<SingleThreaded>>, ErrorOf<SingleThreaded>> {
        Ok(Cached::new(<ValueOf<SingleThreaded>>::hide(yielded)))
    }
}
