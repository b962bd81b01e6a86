//! What stands below the headline of a function's error, by the type that is written.

use evermemo::{Cause, Error, Opaque, TokioLocal, memoize};
use std::{
    error::Error as StdError,
    fmt::{Debug, Display},
    io,
    rc::Rc,
    sync::Arc,
};

/// What each function fails with, or holds.
fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "nine".parse::<u8>().unwrap_err())
}

#[memoize]
async fn an_error() -> Result<u8, io::Error> {
    Err(refused())
}

#[memoize]
async fn by_another_name() -> io::Result<u8> {
    Err(refused())
}

#[memoize]
async fn generic<E: StdError + From<io::Error> + Send + Sync + 'static>() -> Result<u8, E> {
    Err(refused().into())
}

#[memoize]
async fn generic_and_unknown<E: From<io::Error> + Send + Sync + 'static>() -> Result<u8, E> {
    Err(refused().into())
}

#[memoize]
async fn in_a_box() -> Result<u8, Box<dyn StdError + Send + Sync>> {
    Err(refused().into())
}

#[memoize]
async fn of_anyhow() -> anyhow::Result<u8> {
    Err(refused().into())
}

#[memoize]
async fn of_eyre() -> Result<u8, eyre::Report> {
    Err(refused().into())
}

#[memoize]
async fn pointed_to() -> Result<u8, Arc<io::Error>> {
    Err(refused().into())
}

#[memoize]
async fn owned_by_a_pointer() -> Result<u8, Box<io::Error>> {
    Err(refused().into())
}

#[memoize]
async fn hidden_and_shared() -> Result<u8, Arc<dyn StdError + Send + Sync>> {
    Err(Arc::new(refused()))
}

#[memoize(local, runtime = TokioLocal)]
async fn on_its_thread() -> Result<Rc<u8>, Box<dyn StdError>> {
    Err(refused().into())
}

#[memoize]
async fn text() -> Result<u8, String> {
    Err("down".into())
}

#[memoize]
async fn literal() -> Result<u8, &'static str> {
    Err("down")
}

#[memoize]
async fn number() -> Result<u8, u16> {
    Err(404)
}

#[derive(Debug)]
struct Odd;

impl Cause<Opaque> for Odd {}

#[memoize]
async fn opaque() -> Result<u8, Odd> {
    Err(Odd)
}

struct Nothing;

#[memoize]
async fn of_which_nothing_is_known() -> Result<u8, Nothing> {
    Err(Nothing)
}

const LINE: &str = "refresh failed to complete: invalid digit found in string";

/// The error that is found by its type, in a line that names it and what is below it.
fn found<T: StdError + 'static, E: Debug + Display + 'static>(error: &Error<E>) -> &T {
    assert_eq!(format!("{error:#}"), LINE);
    error.source().and_then(<dyn StdError>::downcast_ref).unwrap()
}

#[tokio::test]
async fn an_error_is_found_by_its_type() {
    assert!(found::<io::Error, _>(&an_error().await.unwrap_err()).get_ref().is_some());
    found::<io::Error, _>(&by_another_name().await.unwrap_err());
    found::<io::Error, _>(&generic::<io::Error>().await.unwrap_err());
    found::<Arc<io::Error>, _>(&pointed_to().await.unwrap_err());
    found::<Box<io::Error>, _>(&owned_by_a_pointer().await.unwrap_err());
    found::<Arc<dyn StdError + Send + Sync>, _>(&hidden_and_shared().await.unwrap_err());
    found::<io::Error, _>(&an_error::force_refresh().await.unwrap_err());
    found::<io::Error, _>(&an_error::outcome().await.unwrap_err());
}

#[tokio::test]
async fn what_is_in_a_box_is_found_by_its_type() {
    found::<io::Error, _>(&in_a_box().await.unwrap_err());
    found::<io::Error, _>(&of_anyhow().await.unwrap_err());
    found::<io::Error, _>(&of_eyre().await.unwrap_err());
    tokio::task::LocalSet::new()
        .run_until(async {
            found::<io::Error, _>(&on_its_thread().await.unwrap_err());
        })
        .await;
}

#[tokio::test]
async fn text_is_shown_as_text() {
    let line = |text| format!("refresh failed to complete: {text}");
    assert_eq!(format!("{:#}", text().await.unwrap_err()), line("down"));
    assert_eq!(format!("{:#}", literal().await.unwrap_err()), line("down"));
    assert_eq!(format!("{:#}", number().await.unwrap_err()), line("404"));
    let error = generic_and_unknown::<io::Error>().await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
}

#[tokio::test]
async fn nothing_is_asked_of_an_error() {
    let line = "refresh failed to complete";
    assert_eq!(format!("{:#}", opaque().await.unwrap_err()), line);
    assert_eq!(format!("{:#}", of_which_nothing_is_known().await.err().unwrap()), line);
}
