//! Calls that bring a load which is handed the entry it replaces, too.

use core::{future::Future, hash::Hash};

use super::{
    call::Call,
    handle::Cache,
    loader::Loading,
    query::{ByReference, Extracted, InHand},
};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    error::Cause,
    key::Lookup,
    runtime::{Runtime, SingleThreaded},
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Answers like [`get_with`](Self::get_with) by a load that is handed the entry it replaces,
    /// and sets how its value is kept.
    ///
    /// `previous` is the stored entry that is no longer fresh, stale or long expired, if there is
    /// one: if the backend reports no change, the load returns `Ok(Cached::new(previous.value))`. A
    /// load that was forced, or follows a removal, is handed none. Dropped, and where the load
    /// borrows, as [`get_with`](Self::get_with).
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let counts: Cache<(), u32, Infallible, _> = Builder::on(runtime.clone())
    ///     .expire_after(Duration::from_secs(60))
    ///     .build();
    /// let next = |(), previous: Option<CacheEntry<u32>>| async move {
    ///     Ok(Cached::new(previous.map_or(0, |previous| previous.value + 1)))
    /// };
    /// assert_eq!(counts.load_with((), next).await?, 0);
    /// runtime.advance(Duration::from_secs(60)).await;
    /// assert_eq!(counts.load_with((), next).await?, 1);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_with<F, Fut, M>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent_with_previous::<V, E, Fut, M>())
    }

    /// Answers like [`load_with`](Self::load_with), by borrowed arguments that are owned on a miss
    /// only. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let pages: Cache<String, String, Infallible, _> = Builder::on(runtime).build();
    /// let load = |path: String, _: Option<CacheEntry<String>>| async move {
    ///     Ok(Cached::new(format!("page {path}")).expire_after(Duration::from_secs(5)))
    /// };
    /// assert_eq!(pages.load_ref_with("/index", load).await?, "page /index");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_ref_with<Q, F, Fut, M>(
        &self,
        arguments: Q,
        load: F,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, F>
    where
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        Q: Lookup<A>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent_with_previous::<V, E, Fut, M>())
    }

    /// Answers like [`load_with`](Self::load_with), by arguments that are no key themselves: a
    /// [key extractor](crate::Builder::key_extractor) makes one of them. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached, MethodName};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let heights: Cache<(f64, f64), u32, Infallible, _> = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, place: &(f64, f64)| (place.0 as i64, place.1 as i64))
    ///     .build();
    /// let measure = |_, _: Option<CacheEntry<u32>>| async { Ok(Cached::new(408)) };
    /// assert_eq!(heights.load_args_with((47.1, 8.2), measure).await?, 408);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_args_with<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, Extracted, F>
    where
        A: Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::sent_with_previous::<V, E, Fut, M>())
    }

    /// Answers like [`load_with`](Self::load_with), on a single-threaded runtime, where nothing has
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
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached};
    /// use std::{convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// let names: Cache<Rc<str>, Rc<str>, Infallible, _> = Builder::on(runtime).build_local();
    /// let load = async |name, _: Option<CacheEntry<Rc<str>>>| Ok(Cached::new(name));
    /// assert_eq!(&*names.load_with_local("ann".into(), load).await?, "ann");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_with_local<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + 'static,
        V: Clone + 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept_with_previous::<V, E, Fut, M>())
    }

    /// Answers like [`load_ref_with`](Self::load_ref_with), on a single-threaded runtime, where
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
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached};
    /// use std::{convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// let names: Cache<String, Rc<str>, Infallible, _> = Builder::on(runtime).build_local();
    /// type Entry = CacheEntry<Rc<str>>;
    /// let load = async |name: String, _: Option<Entry>| Ok(Cached::new(name.into()));
    /// assert_eq!(&*names.load_ref_with_local("ann", load).await?, "ann");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_ref_with_local<Q, F, Fut, M>(
        &self,
        arguments: Q,
        load: F,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, F>
    where
        A: 'static,
        V: Clone + 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        Q: Lookup<A>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept_with_previous::<V, E, Fut, M>())
    }

    /// Answers like [`load_args_with`](Self::load_args_with), on a single-threaded runtime, where
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
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached, MethodName};
    /// use std::{cell::Cell, convert::Infallible, rc::Rc};
    ///
    /// # testing::run(async |time| {
    /// # let runtime = Here(time);
    /// type Number = Rc<Cell<u32>>;
    /// let halves: Cache<Number, Rc<u32>, Infallible, _> = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, number: &Number| number.get())
    ///     .build_local();
    /// let half = async |number: Number, _: Option<CacheEntry<Rc<u32>>>| {
    ///     Ok(Cached::new(Rc::new(number.get() / 2)))
    /// };
    /// assert_eq!(*halves.load_args_with_local(Number::new(8.into()), half).await?, 4);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_args_with_local<F, Fut, M>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, Extracted, F>
    where
        A: 'static,
        V: Clone + 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Call::new(self.inner(), arguments, load, Loading::kept_with_previous::<V, E, Fut, M>())
    }
}
