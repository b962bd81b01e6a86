//! What `{:#}` writes of an error.

use std::{
    error::Error as StdError,
    future::{Ready, pending},
    io,
    sync::Arc,
    time::Duration,
};

use evermemo::{Builder, ErrorKind, Failure};
use evermemo_tests::{Timed, on_every_runtime, polled};

on_every_runtime! {
    a_timeout_names_the_method_and_its_bound,
    a_panic_names_the_method_and_its_message,
    a_panic_for_want_of_tokio_says_which_feature_helps,
}

/// The one line, and what is below the headline for those who walk the chain.
fn lines<E: StdError>(error: &E) -> (String, String) {
    (format!("{error:#}"), error.source().unwrap().to_string())
}

async fn a_timeout_names_the_method_and_its_bound<R: Timed>(rt: R) {
    let memo = Builder::on(rt.plain())
        .name("shop::price")
        .method_timeout(Duration::from_millis(20))
        .wrap(|_: u32| pending::<u32>());
    let (mut led, mut joined) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut led).await.is_pending());
    assert!(polled(&mut joined).await.is_pending());
    let (led, joined) = (led.await.unwrap_err(), joined.await.unwrap_err());
    let below = "the load of `shop::price` did not end within its timeout of 20ms";
    assert_eq!(lines(&led), (format!("refresh timed out: {below}"), below.into()));
    let line = format!("concurrent refresh failed to complete: {below}");
    assert_eq!(lines(&joined), (line, below.into()));
    assert_eq!((led.kind(), led.to_string()), (ErrorKind::TimedOut, "refresh timed out".into()));
}

async fn a_panic_names_the_method_and_its_message<R: Timed>(rt: R) {
    let memo = Builder::on(rt).name("shop::price").wrap(|_: u32| -> Ready<u32> { panic!("boom") });
    let error = memo.call(7).await.unwrap_err();
    let below = "the load of `shop::price` panicked: boom";
    assert_eq!(lines(&error), (format!("refresh failed to complete: {below}"), below.into()));
    assert_eq!(error.kind(), ErrorKind::Panicked);
}

async fn a_panic_for_want_of_tokio_says_which_feature_helps<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(|_: u32| -> Ready<u32> {
        panic!(
            "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
        )
    });
    let error = memo.call(7).await.unwrap_err();
    for text in [format!("{error:#}"), error.failure().to_string()] {
        assert!(text.contains("no reactor running") && text.contains("turn on `tokio`"), "{text}");
    }
}

#[test]
fn each_failure_is_of_its_kind() {
    let storage: Arc<dyn StdError + Send + Sync> = Arc::new(io::Error::other("lost"));
    for (failure, kind) in [
        (Failure::Method(Arc::new("down")), ErrorKind::Method),
        (Failure::TimedOut, ErrorKind::TimedOut),
        (Failure::Panicked("boom".into()), ErrorKind::Panicked),
        (Failure::Abandoned, ErrorKind::Abandoned),
        (Failure::Recursive, ErrorKind::Recursive),
        (Failure::NoRuntime, ErrorKind::NoRuntime),
        (Failure::Storage(storage), ErrorKind::Storage),
        (Failure::NotConfigured, ErrorKind::NotConfigured),
    ] {
        assert_eq!(failure.kind(), kind);
    }
}
