//! Reports of which loads call which, for bounds on loads.

/// Receives reports of polls of loads and of the calls that they make. Loads go by their names.
#[cfg(feature = "std")]
pub(crate) trait Calls: Send + Sync {
    /// A poll of a load begins or ends.
    fn poll(&self, load: usize, begins: bool);

    /// A load that is being polled waits for another one, from now on; returns the number of this
    /// call, or `None` if the other one waits for the load itself.
    fn call(&self, caller: usize, load: usize) -> Option<usize>;

    /// It waits no longer.
    fn end_call(&self, caller: usize, number: usize);
}

#[cfg(feature = "std")]
mod told {
    use std::sync::OnceLock;

    use super::Calls;
    use crate::{
        flights::recursion::{Inside, innermost},
        sync::Arc,
    };

    #[cfg(not(shuttle))]
    static TOLD: OnceLock<Arc<dyn Calls>> = OnceLock::new();

    #[cfg(shuttle)]
    shuttle::lazy_static! {
        static ref TOLD: OnceLock<Arc<dyn Calls>> = OnceLock::new();
    }

    /// Reports everything to `calls` from now on, unless reports go elsewhere already.
    pub(crate) fn tell(calls: Arc<dyn Calls>) {
        drop(TOLD.set(calls));
    }

    /// A poll of a load on this thread, until dropped.
    pub(crate) struct Polling {
        load: usize,
        _inside: Inside,
    }

    impl Polling {
        pub(crate) fn of(load: usize) -> Self {
            if let Some(calls) = TOLD.get() {
                calls.poll(load, true);
            }
            Self { load, _inside: Inside::of(load) }
        }
    }

    impl Drop for Polling {
        fn drop(&mut self) {
            if let Some(calls) = TOLD.get() {
                calls.poll(self.load, false);
            }
        }
    }

    /// Notes that the load which this thread polls, if any, waits for another one, until dropped.
    pub(crate) struct Nested(Option<(usize, usize)>);

    impl Nested {
        /// `None` if the other one waits for the load itself.
        pub(crate) fn of(load: usize) -> Option<Self> {
            let noted = TOLD.get().and_then(|calls| Some((calls, innermost()?)));
            match noted {
                None => Some(Self(None)),
                Some((calls, caller)) => {
                    let number = calls.call(caller, load)?;
                    Some(Self(Some((caller, number))))
                }
            }
        }
    }

    impl Drop for Nested {
        fn drop(&mut self) {
            if let (Some((caller, number)), Some(calls)) = (self.0, TOLD.get()) {
                calls.end_call(caller, number);
            }
        }
    }
}

#[cfg(not(feature = "std"))]
mod told {
    use crate::flights::recursion::Inside;

    pub(crate) struct Polling {
        _inside: Inside,
    }

    impl Polling {
        pub(crate) fn of(load: usize) -> Self {
            Self { _inside: Inside::of(load) }
        }
    }

    /// Without threads' local storage the calling load is not known.
    pub(crate) struct Nested;

    impl Nested {
        pub(crate) fn of(_load: usize) -> Option<Self> {
            Some(Self)
        }
    }
}

#[cfg(feature = "std")]
pub(crate) use self::told::tell;
pub(crate) use self::told::{Nested, Polling};
