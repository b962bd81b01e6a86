//! An HTTP client that keeps each response for as long as its `Cache-Control` header says.
use evermemo::{CacheEntry, Instant, Source};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
struct Response {
    body: Arc<str>,
    max_age: Duration,
    stale_while_revalidate: Duration,
}

/// Fresh for `max-age`, then stale for `stale-while-revalidate`: the two times that a cache has.
fn as_the_header_says(_path: &&str, response: Response, now: Instant) -> CacheEntry<Response> {
    let stale = now + response.max_age;
    let gone = stale + response.stale_while_revalidate;
    CacheEntry::new(response, now).update_after(stale).expires_after(gone)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let server = listener.local_addr()?;
    tokio::spawn(serve(listener));

    let pages = evermemo::builder()
        .entry_builder(as_the_header_says)
        .method_timeout(Duration::from_secs(5))
        .try_wrap(move |path: &'static str| get(server, path));
    let show = async |path| {
        let page = pages.outcome(path).await?;
        println!(
            "{path:<7} {:?}, {:.1} s old: {}",
            page.source,
            page.age.as_secs_f64(),
            page.value.body
        );
        Ok::<_, evermemo::Error<io::Error>>((page.source, page.value.body.to_string()))
    };

    for path in ["/logo", "/news", "/price"] {
        assert_eq!(show(path).await?, (Source::Loaded, format!("{path}, first edition")));
    }
    assert_eq!(show("/news").await?.0, Source::Hit);
    // `no-store`: an answer to the callers who waited for it, and to no others.
    assert_eq!(show("/price").await?, (Source::Loaded, "/price, next edition".into()));

    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_eq!(show("/logo").await?.0, Source::Hit);
    assert_eq!(show("/news").await?, (Source::Stale, "/news, first edition".into()));
    // That call has started a refresh.
    while pages.cache().in_flight() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(show("/news").await?, (Source::Hit, "/news, next edition".into()));

    let error = pages.call("/nowhere").await.unwrap_err();
    assert_eq!(error.cause().map(io::Error::kind), Some(io::ErrorKind::NotFound));
    Ok(())
}

/// Asks for one page. What is not `200 OK` is an error, so it is not kept.
async fn get(server: SocketAddr, path: &str) -> io::Result<Response> {
    let mut connection = TcpStream::connect(server).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    connection.read_to_string(&mut text).await?;

    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    match head.split(' ').nth(1) {
        Some("200") => {}
        Some("404") => return Err(io::ErrorKind::NotFound.into()),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    }
    if header(head, "content-length").and_then(|length| length.parse().ok()) != Some(body.len()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let cache = header(head, "cache-control").unwrap_or("no-store");
    let life = |name| Duration::from_secs(directive(cache, name).unwrap_or(0));
    Ok(Response {
        body: body.into(),
        max_age: life("max-age"),
        stale_while_revalidate: life("stale-while-revalidate"),
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The seconds in `name=seconds`.
fn directive(cache: &str, name: &str) -> Option<u64> {
    let mut directives = cache.split(',').filter_map(|directive| directive.trim().split_once('='));
    directives.find(|(found, _)| *found == name)?.1.parse().ok()
}

/// Answers with a new edition from the second time on.
async fn serve(listener: TcpListener) -> io::Result<()> {
    let mut seen = Vec::new();
    loop {
        let mut connection = BufReader::new(listener.accept().await?.0);
        let mut request = String::new();
        // A request ends with an empty line.
        while connection.read_line(&mut request).await? > 2 {}
        let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
        let (status, cache) = match &*path {
            "/logo" => ("200 OK", "public, max-age=3600"),
            "/news" => ("200 OK", "max-age=1, stale-while-revalidate=60"),
            "/price" => ("200 OK", "no-store"),
            _ => ("404 Not Found", "no-store"),
        };
        let edition = if seen.contains(&path) { "next" } else { "first" };
        let body = format!("{path}, {edition} edition");
        seen.push(path);
        let answer = format!(
            "HTTP/1.1 {status}\r\nCache-Control: {cache}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(answer.as_bytes()).await?;
        connection.shutdown().await?;
    }
}
