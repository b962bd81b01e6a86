//! Loads that call memos, on whatever thread they are polled.

use crate::{ByHand, Home, Timed, homebound};

use evermemo::{BoxFuture, Error, LocalBoxFuture, Memo, MultiThreaded, Runtime, SingleThreaded};
use std::{
    fmt,
    rc::Rc,
    sync::{Arc, OnceLock},
};

type Answer = Result<u32, Error<&'static str>>;
type Call = dyn Fn(u32, bool) -> BoxFuture<'static, Answer> + Send + Sync;

/// A memo that loads may call, its own ones too: it is filled in once the memo is made. Clones are
/// one.
#[derive(Clone, Default)]
pub struct Nested(Arc<OnceLock<Box<Call>>>);

impl Nested {
    /// Fills in the memo.
    ///
    /// # Panics
    ///
    /// When it is filled in already.
    pub fn set<R: Nests>(&self, memo: &Memo<u32, u32, &'static str, R>) {
        assert!(self.0.set(R::nested(memo)).is_ok(), "it is filled in once");
    }

    /// Calls the memo; the call is made when this is polled.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub async fn call(&self, n: u32) -> Answer {
        self.made(n, false).await
    }

    /// Forces a load of the memo.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub async fn force(&self, n: u32) -> Answer {
        self.made(n, true).await
    }

    async fn made(&self, n: u32, forced: bool) -> Answer {
        let call = self.0.get().expect("it is filled in");
        call(n, forced).await
    }
}

impl fmt::Debug for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nested").finish_non_exhaustive()
    }
}

/// A runtime whose memos can be called from loads: those of a runtime of many threads are sent to
/// them, others stay at home, as their loads do.
pub trait Nests: Timed {
    #[doc(hidden)]
    fn nested(memo: &Memo<u32, u32, &'static str, Self>) -> Box<Call>;
}

impl<R> Nests for ByHand<R, MultiThreaded>
where
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
{
    fn nested(memo: &Memo<u32, u32, &'static str, Self>) -> Box<Call> {
        let memo = memo.clone();
        Box::new(move |n, forced| {
            let memo = memo.clone();
            Box::pin(async move {
                match forced {
                    true => memo.force_refresh(n).await,
                    false => memo.call(n).await,
                }
            })
        })
    }
}

impl<R> Nests for ByHand<R, SingleThreaded>
where
    R: Runtime<Threading = SingleThreaded>,
{
    fn nested(memo: &Memo<u32, u32, &'static str, Self>) -> Box<Call> {
        type Made = Rc<dyn Fn(u32, bool) -> LocalBoxFuture<'static, Answer>>;
        let (home, memo) = (Home::<Made>::empty(), memo.clone());
        home.set(Rc::new(move |n, forced| {
            let memo = memo.clone();
            Box::pin(async move {
                match forced {
                    true => memo.force_refresh(n).await,
                    false => memo.call(n).await,
                }
            })
        }));
        Box::new(move |n, forced| Box::pin(homebound(home.with(|call| call(n, forced)))))
    }
}
