//! What stays on its thread, behind handles that may be sent.

use evermemo::LocalBoxFuture;
use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::poll_fn,
    marker::PhantomData,
    rc::Rc,
};

thread_local! {
    static KEPT: RefCell<BTreeMap<u64, Rc<dyn Any>>> = const { RefCell::new(BTreeMap::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// A place on the thread that made it, filled later; what is in it stays there until the thread
/// ends.
///
/// So a function that has to be `Send` may call a memo that is not, as long as its load is polled
/// where the test runs.
#[derive(Debug)]
pub struct Home<T> {
    id: u64,
    of: PhantomData<fn() -> T>,
}

impl<T: 'static> Home<T> {
    /// Makes a place.
    #[must_use]
    pub fn empty() -> Self {
        Self { id: NEXT.replace(NEXT.get() + 1), of: PhantomData }
    }

    /// Fills the place.
    pub fn set(&self, value: T) {
        KEPT.with_borrow_mut(|kept| kept.insert(self.id, Rc::new(value)));
    }

    /// Lends what is there.
    ///
    /// # Panics
    ///
    /// On another thread, and before it was filled.
    pub fn with<O>(&self, f: impl FnOnce(&T) -> O) -> O {
        let kept = KEPT.with_borrow(|kept| kept.get(&self.id).cloned());
        let kept = kept.expect("it was filled, on this thread");
        f(kept.downcast_ref().expect("it was filled by its own handle"))
    }

    fn clear(&self) {
        let _kept = KEPT.with_borrow_mut(|kept| kept.remove(&self.id));
    }
}

impl<T> Clone for Home<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Home<T> {}

/// Makes a future `Send` that is polled on one thread all the same.
pub fn homebound<F>(future: F) -> impl Future<Output = F::Output> + Send + use<F>
where
    F: Future + 'static,
{
    let home = Home::<RefCell<LocalBoxFuture<'static, F::Output>>>::empty();
    home.set(RefCell::new(Box::pin(future)));
    poll_fn(move |cx| {
        let polled = home.with(|future| future.borrow_mut().as_mut().poll(cx));
        if polled.is_ready() {
            home.clear();
        }
        polled
    })
}
