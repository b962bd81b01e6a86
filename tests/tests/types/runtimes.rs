//! A library that is generic over its runtime asks for `R: Runtime` and nothing else.

use std::{borrow::Cow, error::Error as StdError, sync::Arc};

use evermemo::{Auto, Builder, Error, Memo, MultiThreaded, Runtime, SmolLocal, TokioLocal};

use crate::send;

type Boxed = Box<dyn StdError + Send + Sync>;

struct Library<R: Runtime> {
    words: Memo<&'static str, Cow<'static, str>, Boxed, R>,
}

impl<R: Runtime> Library<R> {
    fn new(runtime: R) -> Self {
        Self { words: Builder::on(runtime).try_wrap(async |word| Ok(Cow::Borrowed(word))) }
    }

    async fn word(&self, word: &'static str) -> Result<Cow<'static, str>, Error<Boxed>> {
        self.words.call(word).await
    }
}

async fn through<R: Runtime>(library: &Library<R>) -> bool {
    library.word("a").await.is_ok_and(|word| word == "a")
}

/// A runtime whose tasks may move between threads makes futures that may, too.
fn sent<R>(library: &Library<R>) -> impl Future<Output = bool> + Send
where
    R: Runtime<Threading = MultiThreaded> + Send + Sync,
{
    send(through(library))
}

#[tokio::test]
async fn a_generic_library_runs_on_runtimes_of_both_families() {
    let library = Arc::new(Library::new(Auto::default()));
    assert!(sent(&library).await);
    let shared = library.clone();
    assert!(tokio::spawn(async move { through(&shared).await }).await.unwrap());
    let tasks = tokio::task::LocalSet::new();
    tasks.run_until(async { assert!(through(&Library::new(TokioLocal::default())).await) }).await;
}

#[test]
fn a_generic_library_runs_on_an_executor_that_stays_on_its_thread() {
    let local = SmolLocal::default();
    assert!(local.block_on(through(&Library::new(local.clone()))));
}

#[tokio::test]
#[should_panic(expected = "#[tokio::test(start_paused = true)]")]
async fn virtual_time_inside_tokio_names_what_to_use() {
    evermemo::testing::run(async |_| ());
}

#[tokio::test]
async fn virtual_time_runs_beside_tokio() {
    let outside = std::thread::spawn(|| evermemo::testing::run(async |_| 7));
    assert_eq!(outside.join().unwrap(), 7);
}
