//! A service with an error type of its own, which stays that of a function that is memoized.
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use evermemo::{Cache, ErrorKind, memoize};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Clone, Debug, thiserror::Error)]
enum AppError {
    #[error("there is no article `{0}`")]
    NoSuchArticle(String),
    #[error("the database is down")]
    Down,
    /// A load timed out or panicked, or the function has failed.
    #[error("{0:#}")]
    Load(#[from] evermemo::Error<AppError>),
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        // What the function has failed with is treated as if it had not been memoized.
        let error = match self {
            Self::Load(error) => error.into_method_error().unwrap_or_else(Self::Load),
            error => error,
        };
        let status = match &error {
            Self::NoSuchArticle(_) => StatusCode::NOT_FOUND,
            Self::Down => StatusCode::BAD_GATEWAY,
            Self::Load(error) if error.kind() == ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Load(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, error.to_string()).into_response()
    }
}

/// The state of the service, with a cache of its own.
#[derive(Clone)]
struct Shop {
    prices: Cache<String, u32, AppError>,
}

impl Shop {
    #[memoize(in = self.prices, error = AppError)]
    async fn price(&self, article: &str) -> Result<u32, AppError> {
        match article {
            "tea" => Ok(450),
            "slow" => std::future::pending().await,
            "down" => Err(AppError::Down),
            article => Err(AppError::NoSuchArticle(article.to_owned())),
        }
    }
}

/// As it was before `price` was memoized.
async fn show(State(shop): State<Shop>, Path(article): Path<String>) -> Result<String, AppError> {
    let cents = shop.price(&article).await?;
    Ok(format!("{article}: {cents}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prices =
        evermemo::builder().name("shop::price").method_timeout(Duration::from_millis(200)).build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let server = listener.local_addr()?;
    let router = Router::new().route("/price/{article}", get(show)).with_state(Shop { prices });
    tokio::spawn(async move { axum::serve(listener, router).await });

    for (article, expected) in [
        ("tea", "200 tea: 450"),
        ("wine", "404 there is no article `wine`"),
        ("down", "502 the database is down"),
        (
            "slow",
            "504 refresh timed out: the load of `shop::price` did not end within its timeout of 200ms",
        ),
    ] {
        let mut connection = TcpStream::connect(server).await?;
        let request =
            format!("GET /price/{article} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        connection.read_to_string(&mut response).await?;
        let (head, body) = response.split_once("\r\n\r\n").ok_or("no response")?;
        let status = head.split(' ').nth(1).ok_or("no status")?;
        println!("{status} {body}");
        assert_eq!(format!("{status} {body}"), expected);
    }
    Ok(())
}
