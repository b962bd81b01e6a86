//! A service that ends on a signal, without an error for anyone it still answers, and with nothing
//! of its caches left over.
use axum::{Router, extract::Path, http::StatusCode, response::IntoResponse, routing::get};
use evermemo::{caches, memoize};
use std::{
    error::Error,
    process::{self, Command},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

/// How many loads use the database just now.
static QUERIES: AtomicUsize = AtomicUsize::new(0);

/// Each answer is stale at once, so that there is always a refresh under way.
#[memoize(listed, update_after = "0s", expire_after = "1h")]
async fn price(article: u32) -> u32 {
    QUERIES.fetch_add(1, Relaxed);
    sleep(Duration::from_millis(50)).await;
    QUERIES.fetch_sub(1, Relaxed);
    article * 10
}

async fn show(Path(article): Path<u32>) -> impl IntoResponse {
    match price(article).await {
        Ok(cents) => (StatusCode::OK, format!("{cents} ct")),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let server = listener.local_addr()?;
    let router = Router::new().route("/price/{article}", get(show));
    let mut terminate = signal(SignalKind::terminate())?;

    // Customers come until the port is shut; then somebody asks the process to end.
    let (stop, stopped) = watch::channel(false);
    let mut customers = JoinSet::new();
    for customer in 0..16 {
        let stopped = stopped.clone();
        customers.spawn(async move {
            let mut answers = 0;
            for article in customer.. {
                if *stopped.borrow() {
                    break;
                }
                // Refused: the service accepts nobody any more.
                let Ok(mut connection) = TcpStream::connect(server).await else { break };
                let request = format!(
                    "GET /price/{} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                    article % 40
                );
                let mut response = String::new();
                let asked = connection.write_all(request.as_bytes()).await;
                let read = connection.read_to_string(&mut response).await;
                // In the line of a port that has been shut, and never accepted.
                if asked.is_err() || read.is_err() || response.is_empty() {
                    break;
                }
                assert!(response.starts_with("HTTP/1.1 200"), "{response}");
                answers += 1;
            }
            answers
        });
    }
    tokio::spawn(async {
        sleep(Duration::from_millis(300)).await;
        Command::new("kill").args(["-TERM", &process::id().to_string()]).status()
    });

    // Stop accepting, and answer those who have been accepted.
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            terminate.recv().await;
            let _ = stop.send(true);
        })
        .await?;
    // Nobody asks any more: let the loads end, those in the background too.
    let left = caches::global().close_all(Duration::from_secs(10)).await;
    // Nothing uses the database from here on; its pool can be closed, and metrics be flushed.
    assert!(left.is_nothing(), "{left:?}");
    assert_eq!((QUERIES.load(Relaxed), price::cache().in_flight()), (0, 0));

    let mut answers = 0;
    while let Some(answered) = customers.join_next().await {
        answers += answered?;
    }
    let stats = price::cache().stats();
    println!("{answers} answers, {} refreshes, {} errors", stats.refreshes, stats.rejected);
    assert!(answers > 16 && stats.refreshes > 0 && stats.rejected == 0);
    Ok(())
}
