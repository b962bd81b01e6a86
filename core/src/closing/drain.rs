//! The future that ends with what was in progress.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::runtime::{Runtime, Threading};

/// Waits until the loads and writes have ended that were in progress when it was made: by
/// [`Cache::drain`](crate::Cache::drain) or [`Cache::close`](crate::Cache::close).
///
/// It neither begins nor ends anything itself, so dropping it changes nothing.
pub struct Drain<R: Runtime> {
    over: <R::Threading as Threading>::Future<()>,
}

impl<R: Runtime> Drain<R> {
    pub(crate) const fn new(over: <R::Threading as Threading>::Future<()>) -> Self {
        Self { over }
    }
}

impl<R: Runtime> Future for Drain<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.over).poll(cx)
    }
}

impl<R: Runtime> fmt::Debug for Drain<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}
