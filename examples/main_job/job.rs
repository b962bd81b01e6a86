//! The job: one body for every runtime.

use std::{
    cell::Cell,
    error::Error,
    io,
    pin::pin,
    time::{Duration, Instant},
};

use evermemo::{Builder, Runtime};
use futures_util::{StreamExt, future::poll_immediate, stream};
use hdrhistogram::Histogram;

use crate::{
    client::{Backend, Client, Sockets},
    files::{Files, Summary},
    progress::Progress,
    server::Server,
    table::Row,
    zipf::Zipf,
};

/// How much there is to do.
#[derive(Clone, Copy)]
pub struct Scale {
    pub files: u32,
    /// Callers of one file at once.
    crowd: usize,
    crowd_without: usize,
    /// Calls for files of different popularity.
    stream: usize,
    stream_without: usize,
}

impl Scale {
    pub const FULL: Self = Self {
        files: 1_000,
        crowd: 10_000,
        crowd_without: 10_000,
        stream: 150_000,
        stream_without: 15_000,
    };
    /// The crowd is as large: it costs one backend call.
    pub const SHORT: Self = Self {
        files: 1_000,
        crowd: 10_000,
        crowd_without: 1_000,
        stream: 15_000,
        stream_without: 1_500,
    };
}

/// How many callers of the stream wait at a time.
const AT_A_TIME: usize = 200;
/// Fewer than there are files, so that popular ones have to be told from others.
const CAPACITY: usize = 500;
const SEED: u64 = 20_260_101;

/// Calls in one pattern. The server keeps its answers back until the first `at_a_time` callers have
/// asked, so that they are concurrent however fast it is.
struct Phase<'a> {
    name: &'static str,
    files: &'a Files,
    asked: Vec<u32>,
    at_a_time: usize,
    /// Whether one load has to answer all of them, with memoization.
    shared: bool,
}

/// Runs both phases, each with memoization, where callers ask by `summary`, and without.
pub async fn job<R: Runtime, S: Sockets>(
    runtime_name: &str,
    runtime: R,
    sockets: S,
    summary: impl AsyncFn(&Client<S, R>, u32) -> evermemo::Result<Summary, io::Error>,
    files: &Files,
    scale: Scale,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let crowd = |callers| Phase {
        name: "one key",
        files,
        asked: vec![0; callers],
        at_a_time: callers,
        shared: true,
    };
    let stream = |calls| Phase {
        name: "skewed keys",
        files,
        asked: Zipf::new(files.count(), SEED).take(calls).collect(),
        at_a_time: AT_A_TIME,
        shared: false,
    };
    Ok(vec![
        memoized(runtime_name, runtime.clone(), sockets.clone(), &summary, crowd(scale.crowd))
            .await?,
        plain(runtime_name, sockets.clone(), crowd(scale.crowd_without)).await?,
        memoized(runtime_name, runtime, sockets.clone(), &summary, stream(scale.stream)).await?,
        plain(runtime_name, sockets, stream(scale.stream_without)).await?,
    ])
}

async fn memoized<R: Runtime, S: Sockets>(
    runtime_name: &str,
    runtime: R,
    sockets: S,
    summary: impl AsyncFn(&Client<S, R>, u32) -> evermemo::Result<Summary, io::Error>,
    phase: Phase<'_>,
) -> Result<Row, Box<dyn Error>> {
    // A server for each row: its ports are not those that the row before has just used up.
    let server = Server::start(phase.files.directory())?;
    let client = Client {
        backend: Backend::new(sockets, server.address()),
        // Empty, so that a row owes nothing to the one before.
        summaries: Builder::on(runtime)
            .capacity(CAPACITY)
            .method_timeout(Duration::from_secs(30))
            .build(),
    };

    let (latencies, took) = measured(runtime_name, "memoized", &phase, &server, async |file| {
        summary(&client, file).await
    })
    .await?;

    let (summaries, backend_calls) = (&client.summaries, server.requests());
    let (stats, calls) = (summaries.stats(), phase.asked.len());
    let all_joined = (backend_calls, stats.joins) == (1, calls - 1);
    let accounted = (stats.calls(), stats.loads as u64) == (calls, backend_calls);
    if !accounted || phase.shared && !all_joined {
        return Err(format!("{}: {backend_calls} backend calls, {stats:?}", phase.name).into());
    }
    if summaries.len() > CAPACITY {
        return Err(format!("{} entries in a cache of {CAPACITY}", summaries.len()).into());
    }
    Ok(Row {
        runtime: runtime_name.to_owned(),
        phase: phase.name,
        memoized: true,
        backend_calls,
        latencies,
        took,
    })
}

async fn plain<S: Sockets>(
    runtime_name: &str,
    sockets: S,
    phase: Phase<'_>,
) -> Result<Row, Box<dyn Error>> {
    let server = Server::start(phase.files.directory())?;
    let backend = Backend::new(sockets, server.address());

    let (latencies, took) = measured(runtime_name, "not memoized", &phase, &server, async |file| {
        backend.summary(file).await
    })
    .await?;

    let backend_calls = server.requests();
    if backend_calls != phase.asked.len() as u64 {
        return Err(format!("{}: {backend_calls} backend calls", phase.name).into());
    }
    Ok(Row {
        runtime: runtime_name.to_owned(),
        phase: phase.name,
        memoized: false,
        backend_calls,
        latencies,
        took,
    })
}

/// Makes the calls of a phase, compares each answer and notes how long each took, in nanoseconds.
async fn measured<E: Error + 'static>(
    runtime_name: &str,
    how: &str,
    phase: &Phase<'_>,
    server: &Server,
    call: impl AsyncFn(u32) -> Result<Summary, E>,
) -> Result<(Histogram<u64>, Duration), Box<dyn Error>> {
    let title = format!("{runtime_name}, {}, {how}", phase.name);
    let mut progress = Progress::of(&title, phase.asked.len());
    let mut latencies = Histogram::new(3)?;
    let arrived = Cell::new(0);
    let began = Instant::now();
    let calls = phase.asked.iter().map(|&file| {
        let (call, arrived) = (&call, &arrived);
        async move {
            let asked = Instant::now();
            let mut answer = pin!(call(file));
            let at_once = poll_immediate(answer.as_mut()).await;
            // Counted once it has asked: the caller who opens the server comes after all others.
            arrived.set(arrived.get() + 1);
            if arrived.get() == phase.at_a_time {
                server.answer();
            }
            let answer = match at_once {
                Some(answer) => answer,
                None => answer.await,
            };
            (file, answer, asked.elapsed())
        }
    });
    let mut answers = pin!(stream::iter(calls).buffer_unordered(phase.at_a_time));
    while let Some((file, answer, latency)) = answers.next().await {
        let (answer, written) = (answer?, phase.files.summary(file));
        if answer != written {
            return Err(format!("file {file} holds {written}, the answer was {answer}").into());
        }
        latencies.record(u64::try_from(latency.as_nanos())?)?;
        progress.tick();
    }
    Ok((latencies, began.elapsed()))
}
