//! The client of the server, on each runtime's own sockets.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use evermemo::{Cache, MultiThreaded, Runtime, SmolLocal, memoize};
use tokio::sync::Semaphore;

use crate::files::Summary;

/// How many connections are open at once. Each takes two file descriptors of this process, of which
/// some systems allow 256; and the queue of the listener has 128 places.
pub const CONNECTIONS: usize = 100;

/// The sockets of one runtime.
pub trait Sockets: Clone + Send + Sync + 'static {
    /// Connects, sends a request and reads the answer to its end.
    fn exchange(
        &self,
        server: SocketAddr,
        request: String,
    ) -> impl Future<Output = io::Result<String>> + Send;
}

/// What is expensive: asks the server for the summary of a file.
#[derive(Clone)]
pub struct Backend<S> {
    sockets: S,
    server: SocketAddr,
    /// Fair, so that no caller's latency is the semaphore's doing. It needs no runtime.
    places: Arc<Semaphore>,
}

impl<S: Sockets> Backend<S> {
    pub fn new(sockets: S, server: SocketAddr) -> Self {
        Self { sockets, server, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }

    pub async fn summary(&self, file: u32) -> io::Result<Summary> {
        let _place = self.places.acquire().await.map_err(io::Error::other)?;
        let request = format!("sum up {file}\n");
        self.sockets.exchange(self.server, request).await?.parse()
    }
}

/// Asks the backend for what it does not remember.
#[derive(Clone)]
pub struct Client<S, R: Runtime> {
    pub backend: Backend<S>,
    pub summaries: Cache<u32, Summary, io::Error, R>,
}

impl<S, R> Client<S, R>
where
    S: Sockets,
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
{
    #[memoize(in = self.summaries)]
    pub async fn summary(&self, file: u32) -> io::Result<Summary> {
        self.backend.summary(file).await
    }
}

impl<S: Sockets> Client<S, SmolLocal> {
    #[memoize(in = self.summaries, local)]
    pub async fn local_summary(&self, file: u32) -> io::Result<Summary> {
        self.backend.summary(file).await
    }
}

#[derive(Clone, Copy)]
pub struct TokioSockets;

impl Sockets for TokioSockets {
    async fn exchange(&self, server: SocketAddr, request: String) -> io::Result<String> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let mut connection = tokio::net::TcpStream::connect(server).await?;
        connection.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

#[derive(Clone, Copy)]
pub struct AsyncStdSockets;

impl Sockets for AsyncStdSockets {
    async fn exchange(&self, server: SocketAddr, request: String) -> io::Result<String> {
        use async_std::io::{ReadExt, WriteExt};

        let mut connection = async_std::net::TcpStream::connect(server).await?;
        connection.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}

#[derive(Clone, Copy)]
pub struct SmolSockets;

impl Sockets for SmolSockets {
    async fn exchange(&self, server: SocketAddr, request: String) -> io::Result<String> {
        use smol::io::{AsyncReadExt, AsyncWriteExt};

        let mut connection = smol::net::TcpStream::connect(server).await?;
        connection.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok(answer)
    }
}
