//! The last change of a value on its way to a caller.

use crate::sync::Arc;

use alloc::rc::Rc;

/// Changes the value once per caller, after the cache has done its part.
///
/// Implemented for closures `Fn(V) -> V`, too.
///
/// It never changes what is stored. A panic in it unwinds in that caller and harms no other.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Postprocessing};
///
/// /// Hands out the last digits of a number.
/// struct LastDigits(usize);
///
/// impl Postprocessing<String> for LastDigits {
///     fn apply(&self, number: String) -> String {
///         let hidden = number.len().saturating_sub(self.0);
///         "*".repeat(hidden) + &number[hidden..]
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let cards = Builder::on(runtime)
///     .postprocessing(LastDigits(4))
///     .wrap(|user: u32| async move { format!("{user:08}") });
/// assert_eq!(cards.call(12_345_678).await.unwrap(), "****5678");
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes no `{V}` of a `{V}` for a caller: write a closure `|value: {V}| -> \
               {V}`, or implement `Postprocessing<{V}>` for it"
)]
pub trait Postprocessing<V>: 'static {
    /// Makes the caller's value of a clone of the stored one.
    fn apply(&self, value: V) -> V;
}

/// Returns the value as its `Clone` made it.
///
/// # Examples
///
/// A configuration that is exchanged while calls run goes back to it:
///
/// ```
/// use evermemo_core::{
///     Builder, DefaultInMemoryCacheConfiguration, MutableCacheConfiguration, NoPostprocessing,
/// };
///
/// # evermemo_core::testing::run(async |runtime| {
/// let configuration = MutableCacheConfiguration::<u32, String>::initialized_with(
///     DefaultInMemoryCacheConfiguration::default(),
/// );
/// let names = Builder::on(runtime)
///     .configuration(configuration.clone())
///     .wrap(|id: u32| async move { format!("user {id}") });
///
/// configuration.set_postprocessing(|name: String| name.to_uppercase());
/// assert_eq!(names.call(7).await.unwrap(), "USER 7");
/// configuration.set_postprocessing(NoPostprocessing);
/// assert_eq!(names.call(7).await.unwrap(), "user 7");
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPostprocessing;

impl<V> Postprocessing<V> for NoPostprocessing {
    #[inline]
    fn apply(&self, value: V) -> V {
        value
    }
}

/// Returns a copy of the value behind a shared pointer, so that no caller can change another's.
///
/// For values in an [`Arc`] or an [`Rc`], whose `Clone` shares. Other values that share state
/// through `Clone` take a closure.
///
/// # Examples
///
/// ```
/// use evermemo_core::{DeepcopyPostprocessing, Postprocessing};
/// use std::sync::Arc;
///
/// let stored = Arc::new(vec![1]);
/// let mut copy = DeepcopyPostprocessing.apply(stored.clone());
/// Arc::get_mut(&mut copy).expect("it is not shared").push(2);
/// assert_eq!(*stored, [1]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DeepcopyPostprocessing;

impl<T: Clone + 'static> Postprocessing<Arc<T>> for DeepcopyPostprocessing {
    fn apply(&self, value: Arc<T>) -> Arc<T> {
        Arc::new((*value).clone())
    }
}

impl<T: Clone + 'static> Postprocessing<Rc<T>> for DeepcopyPostprocessing {
    fn apply(&self, value: Rc<T>) -> Rc<T> {
        Rc::new((*value).clone())
    }
}

impl<V, F> Postprocessing<V> for F
where
    F: Fn(V) -> V + 'static,
{
    fn apply(&self, value: V) -> V {
        self(value)
    }
}
