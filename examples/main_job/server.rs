//! The backend: one request line, one file, one answer for each connection.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::files::{Summary, path};

/// A server on threads of its own, until dropped.
pub struct Server {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    address: SocketAddr,
}

struct Shared {
    listener: TcpListener,
    directory: PathBuf,
    requests: AtomicU64,
    stopped: AtomicBool,
    answers: Gate,
}

/// Closed at first; once opened it stays open.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

const THREADS: usize = 4;

impl Server {
    /// Listens on a free port of the loopback interface, and keeps its answers back for now.
    pub fn start(directory: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            listener,
            directory: directory.to_owned(),
            requests: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            answers: Gate::default(),
        });
        // Filled in place: a thread that cannot be started stops the others.
        let mut server = Self { shared, threads: Vec::new(), address };
        for _ in 0..THREADS {
            let shared = server.shared.clone();
            let serving = thread::Builder::new().name("server".into());
            server.threads.push(serving.spawn(move || shared.serve())?);
        }
        Ok(server)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the answers that were kept back, and from now on all others at once.
    pub fn answer(&self) {
        self.shared.answers.open();
    }

    /// How many requests have come so far.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        self.shared.answers.open();
        for _ in &self.threads {
            // Each thread wakes from one connection and finds that it has to end.
            drop(TcpStream::connect(self.address));
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                eprintln!("main_job: a thread of the server panicked");
            }
        }
    }
}

impl Shared {
    fn serve(&self) {
        loop {
            let accepted = self.listener.accept();
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            // A client that does not get its answer fails there.
            let served = accepted.and_then(|(connection, _)| self.serve_one(connection));
            if let Err(error) = served {
                eprintln!("main_job: the server could not answer: {error}");
            }
        }
    }

    fn serve_one(&self, mut connection: TcpStream) -> io::Result<()> {
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut request = String::new();
        BufReader::new((&connection).take(64)).read_line(&mut request)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match request.strip_prefix("sum up ").map(|file| file.trim_end().parse()) {
            Some(Ok(file)) => summed_up(&path(&self.directory, file))?.to_string(),
            _ => "what file?".to_owned(),
        };
        self.answers.pass();
        connection.write_all(answer.as_bytes())
    }
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    fn pass(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(open, |open| !*open));
    }
}

fn summed_up(path: &Path) -> io::Result<Summary> {
    let mut summary = Summary::EMPTY;
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        let reading = line.split_once(' ').and_then(|(_sensor, reading)| reading.parse().ok());
        summary.add(reading.ok_or_else(|| io::Error::other(format!("no reading: {line:?}")))?);
    }
    Ok(summary)
}
