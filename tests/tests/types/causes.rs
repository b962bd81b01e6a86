//! What stands below the headline of an error, for each type that a method fails with, whatever has
//! taken the load.

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt::{self, Debug, Display},
    future::ready,
    io,
    num::ParseIntError,
    sync::{Arc, Mutex},
    time::Duration,
};

use evermemo::{
    BoxFuture, Builder, Cache, Cached, Cause, Error, ErrorKind, Event, Memo, Observer, Opaque,
    Runtime,
};
use evermemo_tests::{Numbered, Timed, on_every_runtime, polled, until};

use crate::send;

on_every_runtime! {
    an_error_is_the_source_itself_with_all_below_it,
    an_error_of_which_only_that_is_known_is_the_source_too,
    what_is_in_a_box_is_the_source,
    a_pointer_to_an_error_is_the_source,
    text_is_the_source_as_text,
    of_what_is_opaque_nothing_is_shown,
    nothing_is_asked_of_the_errors_of_a_generic_library,
    an_error_made_of_a_method_s_own_is_shown_as_text,
    joiners_and_kept_errors_have_the_source,
    an_observer_has_the_source_of_a_refresh,
    a_method_s_error_is_taken_out_without_a_clone,
}

type Boxed = Box<dyn StdError + Send + Sync>;

/// An error with another one below it.
#[derive(Debug)]
struct Refused(ParseIntError);

impl Refused {
    fn new() -> Self {
        Self("nine".parse::<u8>().unwrap_err())
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// What is neither an error nor text.
#[derive(Debug, PartialEq)]
struct Odd(u8);

impl Cause<Opaque> for Odd {}

/// Fails in each form that takes a load, and returns what the caller gets.
async fn fails<R: Timed, E, M>(rt: &R, fail: fn() -> E) -> Vec<Error<E>>
where
    E: Cause<M> + Debug + Send + Sync,
{
    let builder = || Builder::on(rt.clone());
    let wrapped = builder().try_wrap(move |_: u32| ready(Err::<u32, E>(fail())));
    let loader = builder().wrap_loader(move |_: u32, _| ready(Err::<Cached<u32>, E>(fail())));
    let cache: Cache<u32, u32, E, R> = builder().build();
    // And one that waits, on the way of which a flight is.
    let numbered = Numbered::shut();
    let slow = builder().try_wrap(ending(&numbered, move |_| Err::<u32, E>(fail())));
    let mut waiting = Box::pin(slow.call(1));
    assert!(polled(&mut waiting).await.is_pending());
    numbered.gates.open_all();
    vec![
        wrapped.call(1).await.unwrap_err(),
        wrapped.force_refresh(1).await.unwrap_err(),
        loader.call(1).await.unwrap_err(),
        waiting.await.unwrap_err(),
        cache.get_with(1, move |_| ready(Err(fail()))).await.unwrap_err(),
        cache.get_ref_with(&1, move |_| ready(Err(fail()))).await.unwrap_err(),
        cache.get_args_with(1, move |_| ready(Err(fail()))).await.unwrap_err(),
        cache.load_with(1, move |_, _| ready(Err(fail()))).await.unwrap_err(),
        cache.load_ref_with(&1, move |_, _| ready(Err(fail()))).await.unwrap_err(),
        cache.load_args_with(1, move |_, _| ready(Err(fail()))).await.unwrap_err(),
        cache.get_with(1, move |_| ready(Err(fail()))).force().await.unwrap_err(),
        cache.get_with(1, move |_| ready(Err(fail()))).outcome().await.unwrap_err(),
    ]
}

/// A function whose runs end with what `end` makes of their number.
fn ending<V: 'static, E: 'static>(
    numbered: &Numbered,
    end: impl Fn(u32) -> Result<V, E> + Clone + Send + Sync + 'static,
) -> impl Fn(u32) -> BoxFuture<'static, Result<V, E>> + Send + Sync + 'static {
    let method = numbered.method();
    move |key| {
        let (number, end) = (method(key), end.clone());
        Box::pin(async move { end(number.await) })
    }
}

/// What stands below an error, as text.
fn chain(error: &dyn StdError) -> Vec<String> {
    let mut below = vec![];
    let mut next = error.source();
    while let Some(error) = next {
        below.push(error.to_string());
        next = error.source();
    }
    below
}

fn below<T: StdError + 'static>(error: &dyn StdError) -> Option<&T> {
    let source = error.source()?;
    source.downcast_ref().or_else(|| below(source))
}

async fn an_error_is_the_source_itself_with_all_below_it<R: Timed>(rt: R) {
    for error in fails(&rt, Refused::new).await {
        assert_eq!(chain(&error), ["refused", "invalid digit found in string"]);
        assert!(std::ptr::eq(below::<Refused>(&error).unwrap(), error.cause().unwrap()));
        assert!(below::<ParseIntError>(&error).is_some());
        let line = "refresh failed to complete: refused: invalid digit found in string";
        assert_eq!((format!("{error:#}"), error.kind()), (line.into(), ErrorKind::Method));
        assert_eq!(format!("{:#}", anyhow::Error::new(error)), line);
    }
    for error in fails(&rt, || io::Error::from(io::ErrorKind::NotFound)).await {
        assert_eq!(below::<io::Error>(&error).unwrap().kind(), io::ErrorKind::NotFound);
    }
}

/// A library that asks for an error, and no more.
async fn library<R: Timed, E: StdError + Send + Sync + 'static>(
    rt: &R,
    fail: fn() -> E,
) -> Vec<Error<E>> {
    fails(rt, fail).await
}

async fn an_error_of_which_only_that_is_known_is_the_source_too<R: Timed>(rt: R) {
    for error in library(&rt, Refused::new).await {
        assert_eq!(chain(&error), ["refused", "invalid digit found in string"]);
        assert!(below::<Refused>(&error).is_some());
    }
}

async fn what_is_in_a_box_is_the_source<R: Timed>(rt: R) {
    let boxed = fails(&rt, || Boxed::from(Refused::new())).await;
    let anyhow = fails(&rt, || anyhow::Error::new(Refused::new()).context("no price")).await;
    let eyre = fails(&rt, || eyre::Report::new(Refused::new()).wrap_err("no price")).await;
    for error in &boxed {
        assert_eq!(chain(error), ["refused", "invalid digit found in string"]);
        assert!(below::<Refused>(error).is_some());
    }
    let long = ["no price", "refused", "invalid digit found in string"];
    for error in &anyhow {
        assert_eq!(chain(error), long);
        assert!(below::<Refused>(error).is_some());
    }
    for error in &eyre {
        assert_eq!(chain(error), long);
        assert!(below::<Refused>(error).is_some());
    }
    // Through another one's chain.
    let error = anyhow::Error::new(anyhow.into_iter().next().unwrap());
    assert!(error.chain().find_map(|error| error.downcast_ref::<Refused>()).is_some());
}

async fn a_pointer_to_an_error_is_the_source<R: Timed>(rt: R) {
    for error in fails(&rt, || Arc::new(Refused::new())).await {
        assert_eq!(chain(&error), ["refused", "invalid digit found in string"]);
        assert!(below::<Arc<Refused>>(&error).is_some());
    }
    for error in fails(&rt, || Box::new(Refused::new())).await {
        assert_eq!(chain(&error), ["refused", "invalid digit found in string"]);
        assert!(below::<Box<Refused>>(&error).is_some());
    }
    type Shared = Arc<dyn StdError + Send + Sync>;
    for error in fails(&rt, || -> Shared { Arc::new(Refused::new()) }).await {
        assert_eq!(chain(&error), ["refused", "invalid digit found in string"]);
        assert!(below::<Shared>(&error).is_some());
    }
}

async fn text_is_the_source_as_text<R: Timed>(rt: R) {
    fn is_text<E: Debug + Display + 'static>(errors: &[Error<E>], text: &str) {
        for error in errors {
            assert_eq!(chain(error), [text]);
            assert_eq!(format!("{error:#}"), format!("refresh failed to complete: {text}"));
        }
    }
    is_text(&fails(&rt, || "down").await, "down");
    is_text(&fails(&rt, || String::from("down")).await, "down");
    is_text(&fails(&rt, || Cow::Borrowed("down")).await, "down");
    is_text(&fails(&rt, || Box::<str>::from("down")).await, "down");
    is_text(&fails(&rt, || Arc::<str>::from("down")).await, "down");
    is_text(&fails(&rt, || 404).await, "404");
}

async fn of_what_is_opaque_nothing_is_shown<R: Timed>(rt: R) {
    fn is_opaque<E>(errors: Vec<Error<E>>) {
        for error in errors {
            assert_eq!(format!("{error:#}"), "refresh failed to complete");
            assert!(error.cause().is_some());
        }
    }
    is_opaque(fails(&rt, || Odd(7)).await);
    is_opaque(fails(&rt, || ("down", 7)).await);
    is_opaque(fails(&rt, || Some(7)).await);
    is_opaque(fails(&rt, || -> fn() -> u8 { || 7 }).await);
    is_opaque(fails(&rt, || ()).await);
}

/// A library that knows nothing of an error.
fn knows_nothing<R: Runtime, E: Send + Sync + 'static>(
    rt: R,
    fail: fn() -> E,
) -> [Memo<u32, u32, E, R>; 2] {
    let builder = || Builder::on(rt.clone()).opaque_errors().capacity(10);
    [
        builder().try_wrap(move |_: u32| ready(Err(fail()))),
        builder().wrap_loader(move |_: u32, _| ready(Err(fail()))),
    ]
}

async fn nothing_is_asked_of_the_errors_of_a_generic_library<R: Timed>(rt: R) {
    struct Unknown;
    for memo in knows_nothing(rt.clone(), || Unknown) {
        let error = memo.call(1).await.err().unwrap();
        assert_eq!(format!("{error:#}"), "refresh failed to complete");
    }
    for memo in knows_nothing(rt, Refused::new) {
        let error = memo.call(1).await.unwrap_err();
        assert_eq!(chain(&error), ["refused"]);
        assert!(matches!(error.cause(), Some(Refused(_))));
    }
}

async fn an_error_made_of_a_method_s_own_is_shown_as_text<R: Timed>(rt: R) {
    drop(rt);
    let error = Error::from(String::from("down"));
    assert_eq!(format!("{error:#}"), "refresh failed to complete: down");
    assert_eq!(chain(&error), ["down"]);
    assert_eq!(chain(&Error::from(Refused::new())), ["refused"]);
}

async fn joiners_and_kept_errors_have_the_source<R: Timed>(rt: R) {
    let numbered = Numbered::shut();
    let memo = Builder::on(rt)
        .cache_errors_for(Duration::from_secs(60))
        .try_wrap(ending(&numbered, |_| Err::<u32, _>(Boxed::from(Refused::new()))));
    let (mut led, mut joined) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut led).await.is_pending());
    assert!(polled(&mut joined).await.is_pending());
    numbered.gates.open_all();
    let (led, joined) = (led.await.unwrap_err(), joined.await.unwrap_err());
    let kept = memo.call(1).await.unwrap_err();
    assert_eq!((numbered.count(), joined.is_joined()), (1, true));
    let line = "concurrent refresh failed to complete: refused: invalid digit found in string";
    assert_eq!(format!("{joined:#}"), line);
    let first = below::<Refused>(&led).unwrap();
    for error in [&joined, &kept] {
        assert!(std::ptr::eq(below::<Refused>(error).unwrap(), first));
    }
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl<K, V, E> Observer<K, V, E> for Heard {
    fn observe(&self, event: &Event<'_, K, V, E>) {
        if let Some(cause) = event.cause() {
            assert!(cause.is::<Refused>());
            self.0.lock().unwrap().push(chain(cause).concat());
        }
    }
}

async fn an_observer_has_the_source_of_a_refresh<R: Timed>(rt: R) {
    let (heard, numbered) = (Heard::default(), Numbered::open());
    let end = |run| if run == 1 { Ok(run) } else { Err(Boxed::from(Refused::new())) };
    let memo = Builder::on(rt.clone())
        .update_after(Duration::from_secs(60))
        .observer(heard.clone())
        .try_wrap(ending(&numbered, end));
    memo.call(1).await.unwrap();
    rt.advance(Duration::from_secs(60));
    memo.call(1).await.unwrap();
    until(&rt, || memo.stats().refresh_failures == 1).await;
    assert_eq!(*heard.0.lock().unwrap(), ["invalid digit found in string"]);
}

/// Counts its clones.
#[derive(Debug)]
struct Counted(u32);

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self(self.0 + 1)
    }
}

impl Cause<Opaque> for Counted {}

async fn a_method_s_error_is_taken_out_without_a_clone<R: Timed>(rt: R) {
    for error in fails(&rt, || Counted(0)).await {
        let other = error.clone();
        assert_eq!(error.into_method_error().unwrap().0, 1);
        assert_eq!(other.into_method_error().unwrap().0, 0);
    }
    let late = Builder::on(rt)
        .method_timeout(Duration::ZERO)
        .try_wrap(|_: u32| ready(Err::<u32, _>(Counted(0))));
    let error = late.call(1).await.unwrap_err().into_method_error().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

/// As a handler of a web framework is: it owns what it is called with.
async fn handler(cache: Arc<Cache<u32, u32, Boxed>>) -> Result<u32, Error<Boxed>> {
    let value = cache.get_with(1, async |key| Ok(key)).await?;
    let more = cache.load_with(2, async |key, _| Ok(Cached::new(key))).await?;
    Ok(value + more)
}

#[tokio::test]
async fn a_handler_over_boxed_errors_may_move_between_threads() {
    let cache: Arc<Cache<u32, u32, Boxed>> = Arc::new(evermemo::builder().build());
    assert_eq!(send(handler(cache.clone())).await.unwrap(), 3);
    assert_eq!(tokio::spawn(handler(cache)).await.unwrap().unwrap(), 3);
    let memo: Memo<u32, u32, Boxed> =
        evermemo::builder().try_wrap(async |_| Err(Refused::new().into()));
    assert!(send(async { memo.call(1).await }).await.is_err());
}

#[test]
fn an_error_is_as_large_as_a_pointer() {
    assert_eq!(size_of::<Error<[u8; 100]>>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error<String>>>(), size_of::<usize>());
}
