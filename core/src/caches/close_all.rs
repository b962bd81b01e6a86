//! The future that closes the caches of a list.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{closing::Unfinished, runtime::BoxFuture};

use alloc::vec::Vec;

/// Waits for the caches that [`CacheList::close_all`](super::CacheList::close_all) has closed, and
/// abandons what does not end in time. Dropped before, nothing is abandoned.
#[must_use = "the caches are closed, and without an `.await` nothing waits for them"]
pub struct CloseAll {
    closing: Vec<BoxFuture<'static, Unfinished>>,
    left: Unfinished,
}

impl CloseAll {
    pub(super) fn new(closing: impl Iterator<Item = BoxFuture<'static, Unfinished>>) -> Self {
        Self { closing: closing.collect(), left: Unfinished::default() }
    }
}

impl Future for CloseAll {
    type Output = Unfinished;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Unfinished> {
        let Self { closing, left } = &mut *self;
        closing.retain_mut(|closing| match closing.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(unfinished) => {
                *left += unfinished;
                false
            }
        });
        if closing.is_empty() { Poll::Ready(*left) } else { Poll::Pending }
    }
}

impl fmt::Debug for CloseAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseAll").field("caches", &self.closing.len()).finish_non_exhaustive()
    }
}
