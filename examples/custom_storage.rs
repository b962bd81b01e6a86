//! A storage of one's own: a directory with a file for each entry, which outlives the process.
use evermemo::{
    ByteStore, EncodedCacheStorage, EncodedMethodReferenceAndArgsKeyExtractor, PostcardSerDe,
    Source, ZlibSerDe, testing::conformance,
};
use smol::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::{env, io, path::PathBuf, process, time::Duration};

#[derive(Clone)]
struct Directory(PathBuf);

impl ByteStore for Directory {
    type Error = io::Error;

    async fn get(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        found(fs::read(self.file(key)).await)
    }
    /// The file appears whole or not at all. Past its time it stays where it is, unused.
    async fn put(&self, key: &str, bytes: Vec<u8>, _ttl: Duration) -> io::Result<()> {
        // A name of its own: a write that was given up may still be going on.
        static WRITES: AtomicU64 = AtomicU64::new(0);
        let write = format!("{}-{}", process::id(), WRITES.fetch_add(1, Relaxed));
        let (file, unfinished) = (self.file(key), self.0.join(write).with_extension("unfinished"));
        fs::create_dir_all(file.parent().unwrap_or(&self.0)).await?;
        fs::write(&unfinished, bytes).await?;
        fs::rename(unfinished, file).await
    }
    async fn delete(&self, key: &str) -> io::Result<()> {
        found(fs::remove_file(self.file(key)).await).map(drop)
    }
}
impl Directory {
    /// A key may hold what a file name may not, so it is written in hexadecimal, and a long one as
    /// folders in which its file is.
    fn file(&self, key: &str) -> PathBuf {
        let names: Vec<_> = key.as_bytes().chunks(100).map(hex).collect();
        let (last, folders) = names.split_last().expect("a key of a cache is not empty");
        let folders = folders.iter().map(|name| format!("{name}.in"));
        folders.fold(self.0.clone(), |path, name| path.join(name)).join(last)
    }
}
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
fn found<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

/// Stands for one process: what it has in memory goes when it ends.
async fn process(directory: &Directory) -> evermemo::Result<Source> {
    let pages = evermemo::builder()
        .name("custom_storage::page")
        .key_extractor(EncodedMethodReferenceAndArgsKeyExtractor)
        .storage(EncodedCacheStorage::new(directory.clone(), ZlibSerDe::new(PostcardSerDe)))
        .wrap(|path: String| async move { format!("the page {path}") });
    let page = pages.outcome("/about".to_owned()).await?;
    assert_eq!(page.value, "the page /about");
    Ok(page.source)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = env::temp_dir().join(format!("evermemo-custom-storage-{}", process::id()));
    let directory = Directory(directory);
    smol::block_on(async {
        fs::create_dir_all(&directory.0).await?;
        assert_eq!(process(&directory).await?, Source::Loaded);
        // The caller has its answer before the file is written.
        while directory.get(r#"custom_storage::page["/about"]"#).await?.is_none() {
            smol::Timer::after(Duration::from_millis(1)).await;
        }
        assert_eq!(process(&directory).await?, Source::Hit);
        // It is as a cache wants it, whatever is in a key.
        conformance::byte_store(&directory).await.assert();
        fs::remove_dir_all(&directory.0).await?;
        Ok(())
    })
}
