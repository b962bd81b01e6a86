//! What is kept of the function as it was written.

mod inner {
    use evermemo::memoize;

    #[derive(Clone)]
    struct Private(u8);

    /// Is seen from outside.
    #[memoize]
    pub(in super::super) async fn visible(n: u8) -> u8 {
        hidden(n).await.unwrap().0
    }

    #[memoize]
    async fn hidden(n: u8) -> Private {
        Private(super::base() + n)
    }

    #[memoize]
    pub(super) async fn r#match(n: u8) -> u8 {
        n
    }

    #[memoize]
    #[cfg(any())]
    pub(super) async fn visible(n: u8) -> NoSuchType {
        n
    }

    #[memoize]
    #[deprecated = "it is old"]
    #[allow(clippy::needless_pass_by_value)]
    pub(super) async fn old(text: String) -> usize {
        text.len()
    }

    #[memoize]
    #[expect(clippy::let_and_return, reason = "it speaks of the body")]
    pub(super) async fn expected(n: u8) -> u8 {
        let n = n + 1;
        n
    }
}

fn base() -> u8 {
    1
}

use inner::visible;

#[tokio::test]
async fn one_import_brings_the_function_and_its_companion() {
    assert_eq!(visible(1).await.unwrap(), 2);
    assert_eq!(visible::cache().stats().loads, 1);
    assert_eq!(inner::expected(1).await.unwrap(), 2);
    assert_eq!(inner::r#match(1).await.unwrap(), 1);
    inner::r#match::invalidate(1).await;
}

#[tokio::test]
#[expect(deprecated, reason = "the attribute is kept")]
async fn attributes_are_kept() {
    assert_eq!(inner::old("abc".into()).await.unwrap(), 3);
}

#[tokio::test]
async fn functions_may_be_local() {
    const FACTOR: u8 = 3;
    #[evermemo::memoize]
    async fn local(n: u8) -> u8 {
        n * FACTOR
    }
    assert_eq!((local(2).await.unwrap(), local(2).await.unwrap()), (6, 6));
    assert_eq!(local::cache().stats().hits, 1);
}

#[tokio::test]
async fn bodies_return_early_and_ask() {
    #[evermemo::memoize]
    async fn parsed(text: &str) -> Result<u8, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(0);
        }
        let number: u8 = text.parse()?;
        Ok(number)
    }
    assert_eq!((parsed("").await.unwrap(), parsed("7").await.unwrap()), (0, 7));
    assert!(parsed("x").await.is_err());
}
