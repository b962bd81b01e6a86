//! What each caller gets of the stored value.

use crate::sync::Arc;

use alloc::rc::Rc;

/// Is applied to the value once per caller, after the cache has done its part.
///
/// Implemented for closures `Fn(V) -> V`, too.
///
/// What is stored never changes by it. A panic unwinds in that caller and harms nobody else.
pub trait Postprocessing<V>: 'static {
    /// Makes the caller's value of a clone of the stored one.
    fn apply(&self, value: V) -> V;
}

/// Hands out the value as its `Clone` made it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPostprocessing;

impl<V> Postprocessing<V> for NoPostprocessing {
    #[inline]
    fn apply(&self, value: V) -> V {
        value
    }
}

/// Hands out a copy of what a shared pointer points at, so that no caller can change another's.
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
/// Arc::get_mut(&mut copy).expect("nobody else has it").push(2);
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
