//! One scenario, six runtimes.

/// Makes a module of six tests of each scenario, an `async fn scenario<R: Timed>(rt: R)`.
///
/// # Examples
///
/// ```
/// use evermemo_tests::{Timed, on_every_runtime};
///
/// on_every_runtime! { time_stands_still }
///
/// async fn time_stands_still<R: Timed>(rt: R) {
///     assert_eq!(rt.now(), rt.now());
/// }
/// ```
#[macro_export]
macro_rules! on_every_runtime {
    ($($scenario:ident),* $(,)?) => {
        $(
            mod $scenario {
                #[test]
                fn tokio_multi_thread() {
                    $crate::rows::tokio_multi_thread(super::$scenario);
                }

                #[test]
                fn tokio_current_thread() {
                    $crate::rows::tokio_current_thread(super::$scenario);
                }

                #[test]
                fn async_std() {
                    $crate::rows::async_std(super::$scenario);
                }

                #[test]
                fn smol() {
                    $crate::rows::smol(super::$scenario);
                }

                #[test]
                fn smol_local() {
                    $crate::rows::smol_local(super::$scenario);
                }

                #[test]
                fn virtual_time() {
                    $crate::rows::virtual_time(super::$scenario);
                }
            }
        )*
    };
}

/// The runtimes of the matrix; the scenario itself stays on the thread of its test.
#[allow(missing_docs, reason = "each is named after the test that it runs")]
pub mod rows {
    use crate::ByHand;
    use evermemo::{AsyncStd, Smol, SmolLocal, Tokio, testing};

    pub fn tokio_multi_thread(scenario: impl AsyncFnOnce(ByHand<Tokio>)) {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let tokio = builder.worker_threads(2).enable_time().build().expect("a runtime");
        tokio.block_on(scenario(ByHand::new(Tokio::default())));
    }

    pub fn tokio_current_thread(scenario: impl AsyncFnOnce(ByHand<Tokio>)) {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let tokio = builder.enable_time().build().expect("a runtime");
        tokio.block_on(scenario(ByHand::new(Tokio::default())));
    }

    pub fn async_std(scenario: impl AsyncFnOnce(ByHand<AsyncStd>)) {
        async_std::task::block_on(scenario(ByHand::new(AsyncStd)));
    }

    pub fn smol(scenario: impl AsyncFnOnce(ByHand<Smol>)) {
        smol::block_on(scenario(ByHand::new(Smol)));
    }

    pub fn smol_local(scenario: impl AsyncFnOnce(ByHand<SmolLocal>)) {
        let local = SmolLocal::default();
        local.block_on(scenario(ByHand::new(local.clone())));
    }

    pub fn virtual_time(scenario: impl AsyncFnOnce(ByHand<testing::Virtual>)) {
        testing::run(async |time| scenario(ByHand::new(time)).await);
    }
}
