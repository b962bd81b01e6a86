//! What is a value, and what an error.

use super::Count;
use evermemo::memoize;
use std::{fmt, io};

static RUNS: Count = Count::new();

#[memoize]
async fn fails(id: u32) -> Result<u32, String> {
    RUNS.one_more();
    if id == 0 { Err("zero".into()) } else { Ok(id) }
}

#[memoize]
async fn alias(id: u32) -> io::Result<u32> {
    if id == 0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(id) }
}

#[memoize]
async fn bare_alias(ok: bool) -> fmt::Result {
    if ok { Ok(()) } else { Err(fmt::Error) }
}

#[memoize]
async fn of_lists(id: u32) -> lists::Result<u32, String> {
    Ok(vec![id])
}

mod lists {
    pub(super) type Result<T, E> = core::result::Result<Vec<T>, E>;
}

#[memoize(result = whole)]
async fn whole(id: u32) -> Result<u32, String> {
    RUNS.one_more();
    Err(id.to_string())
}

#[memoize]
async fn nothing(_id: u32) {}

#[tokio::test]
async fn errors_are_answers_and_are_not_stored() {
    assert_eq!(fails(0).await.unwrap_err().cause().unwrap(), "zero");
    assert!(fails(0).await.is_err());
    assert_eq!(fails(1).await.unwrap(), 1);
    assert_eq!((fails::cache().len(), fails::cache().stats().load_failures), (1, 2));
    assert_eq!(fails::uncached(0).await, Err("zero".to_owned()));
}

#[tokio::test]
async fn results_of_another_name_are_taken_apart() {
    assert_eq!(alias(1).await.unwrap(), 1);
    assert_eq!(alias(0).await.unwrap_err().cause().unwrap().kind(), io::ErrorKind::NotFound);
    assert!(bare_alias(true).await.is_ok());
    assert!(bare_alias(false).await.unwrap_err().cause().is_some());
    assert_eq!(of_lists(1).await.unwrap(), [1]);
}

#[tokio::test]
async fn a_whole_result_is_stored_as_it_is() {
    assert_eq!(whole(1).await.unwrap(), Err("1".to_owned()));
    assert_eq!(whole(1).await.unwrap(), Err("1".to_owned()));
    assert_eq!((whole::cache().stats().loads, whole::cache().stats().hits), (1, 1));
}

#[tokio::test]
async fn no_value_is_one_too() {
    nothing(1).await.unwrap();
    nothing(1).await.unwrap();
    assert_eq!(nothing::cache().stats().hits, 1);
}
