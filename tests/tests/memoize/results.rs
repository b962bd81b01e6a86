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

type ApiResult<T> = Result<T, String>;
type DbResult = Result<u32, io::Error>;
type Answer = Result<u32, String>;

#[memoize]
async fn of_the_api(id: u32) -> ApiResult<u32> {
    if id == 0 { Err("down".to_owned()) } else { Ok(id) }
}

#[memoize]
async fn of_the_database(id: u32) -> DbResult {
    if id == 0 { Err(io::ErrorKind::NotFound.into()) } else { Ok(id) }
}

/// Its name says that it is one, and it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SearchResult(Option<Result<u32, String>>);

#[memoize(result = whole)]
async fn found(id: u32) -> SearchResult {
    SearchResult(Some(Err(id.to_string())))
}

#[memoize]
async fn all_found(id: u32) -> Vec<SearchResult> {
    vec![SearchResult(Some(Ok(id)))]
}

#[memoize]
async fn one_found(id: u32) -> Result<SearchResult, String> {
    Ok(SearchResult(Some(Ok(id))))
}

#[memoize(result = whole)]
async fn whole_answer(id: u32) -> Answer {
    Err(id.to_string())
}

#[memoize]
async fn last<I>(items: Vec<I::Item>) -> I::Item
where
    I: Iterator<Item: Clone + std::hash::Hash + Eq + Send + Sync> + 'static,
{
    items.last().unwrap().clone()
}

#[tokio::test]
async fn names_that_end_in_result_are_results() {
    assert_eq!(of_the_api(0).await.unwrap_err().cause().unwrap(), "down");
    assert_eq!(of_the_api(1).await.unwrap(), 1);
    assert_eq!((of_the_api::cache().len(), of_the_api::cache().stats().load_failures), (1, 1));
    let error = of_the_database(0).await.unwrap_err();
    assert_eq!(error.cause().unwrap().kind(), io::ErrorKind::NotFound);
    assert_eq!(of_the_database(1).await.unwrap(), 1);
}

#[tokio::test]
async fn what_only_holds_a_result_is_a_value() {
    assert_eq!(found(1).await.unwrap(), SearchResult(Some(Err("1".to_owned()))));
    assert_eq!(all_found(1).await.unwrap(), [SearchResult(Some(Ok(1)))]);
    assert_eq!(one_found(1).await.unwrap(), SearchResult(Some(Ok(1))));
    assert_eq!(whole_answer(1).await.unwrap(), Err("1".to_owned()));
    assert_eq!(whole_answer::outcome(1).await.unwrap().source, evermemo::Source::Hit);
    assert_eq!(last::<std::vec::IntoIter<u32>>(vec![1, 2]).await.unwrap(), 2);
}
