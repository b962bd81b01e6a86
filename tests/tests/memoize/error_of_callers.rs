//! `error = ..`: callers get an error of their own.

use evermemo::{Cache, ErrorKind, Source, TokioLocal, memoize};
use std::{error::Error as StdError, num::ParseIntError, rc::Rc, sync::Arc};

/// The error type of an application, which holds that of a call of a function that fails with it.
#[derive(Clone, Debug, thiserror::Error)]
#[allow(clippy::use_self, reason = "it is written as its users do")]
enum App {
    #[error("no price")]
    NoPrice(#[from] ParseIntError),
    #[error("cannot load")]
    Load(#[from] evermemo::Error<App>),
    #[error("never")]
    Sure(#[from] evermemo::Error<std::convert::Infallible>),
    #[error("text")]
    Text(#[from] evermemo::Error<String>),
}

/// As it was before it was memoized: its callers have a `?`.
async fn plain(text: &str) -> Result<u8, App> {
    Ok(text.parse()?)
}

#[memoize(error = App)]
async fn memoized(text: &str) -> Result<u8, App> {
    plain(text).await
}

#[memoize(error = App)]
async fn sure(n: u8) -> u8 {
    n
}

#[memoize(error = App)]
async fn generic<T: Clone + Send + Sync + 'static>(text: String) -> Result<Option<T>, String> {
    Err(text)
}

#[memoize(error = App, key = text.len())]
async fn keyed(text: &str) -> Result<u8, App> {
    plain(text).await
}

#[memoize(error = App, local, runtime = TokioLocal)]
async fn on_its_thread(text: Rc<str>) -> Result<Rc<u8>, App> {
    Ok(Rc::new(plain(&text).await?))
}

#[derive(Clone)]
struct Shop {
    prices: Cache<String, u8, App>,
}

impl Shop {
    #[memoize(in = self.prices, error = App)]
    async fn price(&self, text: &str) -> Result<u8, App> {
        plain(text).await
    }
}

mod callers {
    use super::App;

    /// What is written of a function that is called, whatever it is.
    macro_rules! caller {
        ($name:ident) => {
            pub(super) async fn $name() -> Result<u8, App> {
                let four = super::$name("4").await?;
                let nine = match super::$name("nine").await {
                    Err(error) => return Err(error),
                    Ok(nine) => nine,
                };
                Ok(four + nine)
            }
        };
    }

    caller!(plain);
    caller!(memoized);
}

#[tokio::test]
async fn no_caller_changes() {
    assert!(matches!(callers::plain().await, Err(App::NoPrice(_))));
    let Err(App::Load(error)) = callers::memoized().await else { panic!("it fails") };
    assert!(matches!(error.into_method_error(), Ok(App::NoPrice(_))));
}

/// The chain of a caller's error.
fn found(error: &App) -> Option<&ParseIntError> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[tokio::test]
async fn each_form_yields_it() {
    // With a cache that no other test shares.
    #[memoize(error = App)]
    async fn memoized(text: &str) -> Result<u8, App> {
        plain(text).await
    }

    let error: Result<u8, App> = memoized("ten").await;
    assert!(found(&error.unwrap_err()).is_some());
    let error: Result<u8, App> = memoized::force_refresh("ten").await;
    assert!(found(&error.unwrap_err()).is_some());
    let error: Result<evermemo::Outcome<u8>, App> = memoized::outcome("ten").await;
    assert!(found(&error.unwrap_err()).is_some());
    let error: Result<u8, App> = memoized::call("ten").await;
    assert!(found(&error.unwrap_err()).is_some());
    let error: Result<evermemo::Outcome<u8>, App> = memoized::call("ten").force().outcome().await;
    assert!(found(&error.unwrap_err()).is_some());
    assert_eq!(memoized::outcome("7").await.unwrap().source, Source::Loaded);
    assert_eq!(memoized::outcome("7").await.unwrap().source, Source::Hit);
    assert!(matches!(memoized::uncached("ten").await, Err(App::NoPrice(_))));
    memoized::invalidate("7").await;
    assert_eq!(memoized::cache().stats().load_failures, 5);
}

#[tokio::test]
async fn any_function_can_have_it() {
    assert_eq!(sure(7).await.unwrap(), 7);
    let Err(App::Text(error)) = generic::<u8>("down".into()).await else { panic!("it fails") };
    assert_eq!((error.cause().unwrap().as_str(), error.kind()), ("down", ErrorKind::Method));
    assert!(matches!(keyed("x").await, Err(App::Load(_))));
    let shop = Shop { prices: evermemo::builder().build() };
    assert!(matches!(shop.price("x").await, Err(App::Load(_))));
    assert!(matches!(shop.price_force_refresh("x").await, Err(App::Load(_))));
    assert_eq!(shop.price_outcome("7").await.unwrap().value, 7);
    tokio::task::LocalSet::new()
        .run_until(async {
            assert_eq!(on_its_thread("7".into()).await.map(|n| *n).unwrap(), 7);
            assert!(matches!(on_its_thread("x".into()).await, Err(App::Load(_))));
        })
        .await;
}

#[tokio::test]
async fn a_call_may_move_between_threads() {
    let shop = Arc::new(Shop { prices: evermemo::builder().build() });
    let both =
        tokio::spawn(async move { Ok::<_, App>((memoized("1").await?, shop.price("2").await?)) });
    assert_eq!(both.await.unwrap().unwrap(), (1, 2));
}
