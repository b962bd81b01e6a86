//! A service whose handlers fail with `anyhow::Error`, over a memoized function that does, too.
use anyhow::{Context, bail};
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use evermemo::memoize;
use std::io;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Stands for a query of a database.
#[memoize(capacity = 1_000, update_after = "1m", expire_after = "10m", method_timeout = "200ms")]
async fn price(article: &str) -> anyhow::Result<u32> {
    match article {
        "tea" => Ok(450),
        "slow" => std::future::pending().await,
        "down" => bail!("the database is down"),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)).context("no such article"),
    }
}

async fn show(Path(article): Path<String>) -> Result<String, Failed> {
    let cents = price(&article).await?;
    Ok(format!("{article}: {cents}"))
}

/// What a handler fails with: whatever has become an `anyhow::Error`.
struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        // The chain goes from the call down to what the query has failed with.
        let absent = self.0.chain().find_map(|error| error.downcast_ref::<io::Error>());
        let status = match absent.map(io::Error::kind) {
            Some(io::ErrorKind::NotFound) => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_GATEWAY,
        };
        // A service would log this line, and tell its clients less.
        (status, format!("{:#}", self.0)).into_response()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let server = listener.local_addr()?;
    let router = Router::new().route("/price/{article}", get(show));
    tokio::spawn(async move { axum::serve(listener, router).await });

    for (article, expected) in [
        ("tea", "200 tea: 450"),
        ("wine", "404 refresh failed to complete: no such article: entity not found"),
        ("down", "502 refresh failed to complete: the database is down"),
        (
            "slow",
            "502 refresh timed out: the load of `axum_anyhow::price` did not end within its timeout \
             of 200ms",
        ),
    ] {
        let mut connection = TcpStream::connect(server).await?;
        let request =
            format!("GET /price/{article} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        connection.read_to_string(&mut response).await?;
        let (head, body) = response.split_once("\r\n\r\n").context("no response")?;
        let status = head.split(' ').nth(1).context("no status")?;
        println!("{status} {body}");
        assert_eq!(format!("{status} {body}"), expected);
    }
    Ok(())
}
