//! Calls that bring a load which is handed their arguments.

use core::{future::Future, hash::Hash};

use super::{
    call::Call,
    handle::Cache,
    loader::Loading,
    query::{ByReference, Extracted, InHand},
};
use crate::{
    error::Cause,
    key::Lookup,
    runtime::{Runtime, SingleThreaded},
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Answers from the cache, or with the value that `load` makes of the arguments.
    ///
    /// A load may go on when its caller has gone, so it owns what it works with. Where the compiler
    /// reports that borrowed data escapes (E0521), or that a value does not live long enough
    /// (E0597), give the load a clone, of an `Arc` for a value that is large or not `Clone`:
    ///
    /// ```
    /// # use evermemo_core::{Cache, Error, Runtime, MultiThreaded};
    /// # use std::{convert::Infallible, sync::Arc};
    /// # struct Pool;
    /// # impl Pool { async fn price(&self, sku: u32) -> Result<u32, Infallible> { Ok(sku) } }
    /// struct Shop<R: Runtime> {
    ///     pool: Arc<Pool>,
    ///     prices: Cache<u32, u32, Infallible, R>,
    /// }
    ///
    /// # impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Shop<R> {
    /// async fn price(&self, sku: u32) -> Result<u32, Error<Infallible>> {
    ///     let pool = self.pool.clone(); // `self` itself cannot be taken along
    ///     self.prices.get_with(sku, |sku| async move { pool.price(sku).await }).await
    /// }
    /// # }
    /// ```
    ///
    /// One load runs for a key, however many callers ask; callers that come while it runs wait for
    /// it. A stale answer is returned at once, and the load runs in the background. If the call is
    /// dropped, its load goes on for the other callers, or on the runtime if there are none (see
    /// [`Abandon`](crate::Abandon)).
    ///
    /// # Errors
    ///
    /// Fails if the load does, and with the other cases of [`Failure`](crate::Failure).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::num::ParseIntError;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let numbers: Cache<String, u64, ParseIntError, _> = Builder::on(runtime).build();
    /// let parse = async |text: String| text.parse();
    /// assert_eq!(numbers.get_with("7".into(), parse).await?, 7);
    /// assert!(numbers.get_with("seven".into(), parse).await.is_err());
    /// // It is stored already, so nothing is loaded.
    /// assert_eq!(numbers.get_with("7".into(), async |_| Ok(8)).await?, 7);
    /// # Ok::<(), evermemo_core::Error<ParseIntError>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_with<F, Fut, M>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent::<V, E, Fut, M>())
    }

    /// Answers like [`get_with`](Self::get_with), by borrowed arguments that are owned on a miss
    /// only: a reference, or a tuple of references. Dropped, and where the load borrows, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let lengths: Cache<String, usize, Infallible, _> = Builder::on(runtime).build();
    /// assert_eq!(lengths.get_ref_with("abc", async |text| Ok(text.len())).await?, 3);
    /// // A hit: no `String` is made.
    /// assert_eq!(lengths.get_ref_with("abc", async |_| Ok(0)).await?, 3);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_ref_with<Q, F, Fut, M>(
        &self,
        arguments: Q,
        load: F,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, F>
    where
        A: Send + 'static,
        V: Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        Q: Lookup<A>,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent::<V, E, Fut, M>())
    }

    /// Answers like [`get_with`](Self::get_with), by arguments that are no key themselves: a [key
    /// extractor](crate::Builder::key_extractor) makes one of them. Dropped, and where the load
    /// borrows, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, MethodName};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let heights: Cache<(f64, f64), u32, Infallible, _> = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, place: &(f64, f64)| (place.0 as i64, place.1 as i64))
    ///     .build();
    /// assert_eq!(heights.get_args_with((47.1, 8.2), |_| async { Ok(408) }).await?, 408);
    /// assert_eq!(heights.get_args_with((47.3, 8.4), |_| async { Ok(0) }).await?, 408);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_args_with<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, Extracted, F>
    where
        A: Send + 'static,
        V: Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent::<V, E, Fut, M>())
    }

    /// Answers like [`get_with`](Self::get_with), on a single-threaded runtime, where nothing has
    /// to be `Send`. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("on_one_thread.md")]
    /// use evermemo_core::{Builder, Cache};
    /// use std::{convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// let names: Cache<Rc<str>, Rc<str>, Infallible, _> = Builder::on(runtime).build_local();
    /// let name = names.get_with_local("ann".into(), async |name| Ok(name)).await?;
    /// assert_eq!(&*name, "ann");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_with_local<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + 'static,
        V: 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept::<V, E, Fut, M>())
    }

    /// Answers like [`get_ref_with`](Self::get_ref_with), on a single-threaded runtime, where
    /// nothing has to be `Send`. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("on_one_thread.md")]
    /// use evermemo_core::{Builder, Cache};
    /// use std::{convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// let names: Cache<String, Rc<str>, Infallible, _> = Builder::on(runtime).build_local();
    /// let name = names.get_ref_with_local("ann", async |name| Ok(name.into())).await?;
    /// assert_eq!(&*name, "ann");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_ref_with_local<Q, F, Fut, M>(
        &self,
        arguments: Q,
        load: F,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, F>
    where
        A: 'static,
        V: 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        Q: Lookup<A>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept::<V, E, Fut, M>())
    }

    /// Answers like [`get_args_with`](Self::get_args_with), on a single-threaded runtime, where
    /// nothing has to be `Send`. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("on_one_thread.md")]
    /// use evermemo_core::{Builder, Cache, MethodName};
    /// use std::{cell::Cell, convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// let halves: Cache<Rc<Cell<u32>>, Rc<u32>, Infallible, _> = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, number: &Rc<Cell<u32>>| number.get())
    ///     .build_local();
    /// let half = async |number: Rc<Cell<u32>>| Ok(Rc::new(number.get() / 2));
    /// assert_eq!(*halves.get_args_with_local(Rc::new(Cell::new(8)), half).await?, 4);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_args_with_local<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, Extracted, F>
    where
        A: 'static,
        V: 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept::<V, E, Fut, M>())
    }
}
