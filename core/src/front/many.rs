//! Several changes that are made together.

use core::{
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{
    error::StorageError,
    runtime::{OneOfMany, Threading},
    types::FutureOf,
};

use alloc::vec::{IntoIter, Vec};

/// How many changes wait for their storage at the same time: so few that polling them all, as one
/// of them is woken, is cheap.
const AT_ONCE: usize = 64;

/// Changes under way, and those that have not begun.
struct Many<M: Threading, B> {
    left: IntoIter<OneOfMany<M>>,
    under_way: Vec<FutureOf<M, Result<(), StorageError>>>,
    begin: B,
    result: Result<(), StorageError>,
}

/// Makes changes, which begin in their order: of two that concern one key, the later one stays.
/// Returns the first error that occurs.
pub(super) async fn many<M: Threading>(
    changes: Vec<OneOfMany<M>>,
    begin: impl FnMut(OneOfMany<M>) -> FutureOf<M, Result<(), StorageError>>,
) -> Result<(), StorageError> {
    let (left, under_way) = (changes.into_iter(), Vec::new());
    let mut many = Many { left, under_way, begin, result: Ok(()) };
    poll_fn(move |cx| many.poll(cx)).await
}

impl<M: Threading, B> Many<M, B>
where
    B: FnMut(OneOfMany<M>) -> FutureOf<M, Result<(), StorageError>>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StorageError>> {
        loop {
            let room = AT_ONCE - self.under_way.len();
            self.under_way.extend(self.left.by_ref().take(room).map(&mut self.begin));
            let result = &mut self.result;
            self.under_way.retain_mut(|change| match Pin::new(change).poll(cx) {
                Poll::Pending => true,
                Poll::Ready(changed) => {
                    if result.is_ok() {
                        *result = changed;
                    }
                    false
                }
            });
            match (self.under_way.len(), self.left.len()) {
                (0, 0) => return Poll::Ready(mem::replace(&mut self.result, Ok(()))),
                (AT_ONCE, _) | (_, 0) => return Poll::Pending,
                _ => {}
            }
        }
    }
}
