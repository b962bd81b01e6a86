//! Checks of a store of bytes.

use core::time::Duration;

use super::{
    polling::{both, polled},
    report::{Report, Rule},
};
use crate::storage::ByteStore;

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Checks what a cache relies on in a [`ByteStore`], and reports what is not so.
///
/// It takes as long as some hundred operations of the store, and about 1 MiB of it. Whether bytes
/// leave after their time is not checked, as a store may keep them. Dropped, it leaves the store as
/// it is then.
///
/// # Examples
///
/// ```
/// use evermemo_core::{ByteStore, testing::conformance::{self, Rule}};
/// use std::{collections::HashMap, convert::Infallible, sync::Mutex, time::Duration};
///
/// /// Takes upper case for lower case, as the file systems of some computers do.
/// #[derive(Default)]
/// struct Files(Mutex<HashMap<String, Vec<u8>>>);
///
/// impl ByteStore for Files {
///     type Error = Infallible;
///     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
///         Ok(self.0.lock().unwrap().get(&key.to_lowercase()).cloned())
///     }
///     async fn put(&self, key: &str, bytes: Vec<u8>, _ttl: Duration) -> Result<(), Infallible> {
///         self.0.lock().unwrap().insert(key.to_lowercase(), bytes);
///         Ok(())
///     }
///     async fn delete(&self, key: &str) -> Result<(), Infallible> {
///         self.0.lock().unwrap().remove(&key.to_lowercase());
///         Ok(())
///     }
/// }
///
/// # evermemo_core::testing::run(async |_| {
/// let report = conformance::byte_store(&Files::default()).await;
/// assert!(report.breaches().iter().all(|breach| breach.rule == Rule::KeysApart));
/// assert!(!report.breaches().is_empty());
/// # });
/// ```
pub async fn byte_store<B: ByteStore>(store: &B) -> Report {
    let mut checking = Bytes { store, report: Report::default() };
    checking.absent().await;
    checking.whole().await;
    checking.replaces().await;
    checking.removes().await;
    checking.keys_apart().await;
    checking.lives().await;
    checking.dropped().await;
    checking.overlapping().await;
    checking.report
}

struct Bytes<'a, B> {
    store: &'a B,
    report: Report,
}

impl<B: ByteStore> Bytes<'_, B> {
    async fn absent(&mut self) {
        self.expect(Rule::Absent, "evermemo:absent", &[None], "before anything was put").await;
    }

    async fn whole(&mut self) {
        let each: Vec<u8> = (0..=255).collect();
        let long: Vec<u8> =
            (0_u32..1 << 20).map(|n| (n.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect();
        for (what, bytes) in
            [("no byte", vec![]), ("each byte", each), ("zeros", vec![0; 100]), ("1 MiB", long)]
        {
            let key = "evermemo:whole";
            self.put(key, &bytes, HOUR).await;
            self.expect(Rule::Whole, key, &[Some(&bytes)], what).await;
        }
    }

    async fn replaces(&mut self) {
        let key = "evermemo:replaces";
        // A shorter one last: nothing of the longer one may stay.
        for bytes in [&b"first"[..], b"the second one", b"3rd"] {
            self.put(key, bytes, HOUR).await;
            self.expect(Rule::Replaces, key, &[Some(bytes)], "after puts of one key").await;
        }
    }

    async fn removes(&mut self) {
        let key = "evermemo:removes";
        self.delete(key).await;
        self.expect(Rule::Removes, key, &[None], "after a delete of nothing").await;
        self.put(key, b"bytes", HOUR).await;
        self.delete(key).await;
        self.expect(Rule::Removes, key, &[None], "after a delete").await;
        self.put(key, b"again", HOUR).await;
        self.expect(Rule::Keeps, key, &[Some(b"again")], "after a delete and a put").await;
    }

    /// Keys as extractors make them, and as users do.
    async fn keys_apart(&mut self) {
        let long = "k".repeat(511);
        let keys: Vec<String> = [
            "evermemo:apart",
            "evermemo:Apart",
            "evermemo:apart ",
            "evermemo:apart/",
            "evermemo/apart",
            "evermemo:apart/1",
            "evermemo:apart:1",
            "evermemo:apart%2f1",
            "evermemo:apart#1",
            "evermemo:apart*",
            "evermemo:apart?",
            "evermemo:apart\\",
            "evermemo:apart\"",
            "evermemo:apart[\"a\",1]",
            "evermemo:apart[\"A\",1]",
            "evermemo:apart'",
            "evermemo:apart\n",
            "evermemo:apartä",
            "evermemo:aparta\u{308}",
            "evermemo:apart日本",
            "..",
            ".",
        ]
        .into_iter()
        .map(ToString::to_string)
        .chain([format!("{long}a"), format!("{long}b")])
        .collect();
        for key in &keys {
            self.put(key, key.as_bytes(), HOUR).await;
        }
        for key in &keys {
            let bytes = Some(key.as_bytes());
            self.expect(Rule::KeysApart, key, &[bytes], "after puts of other keys").await;
        }
        for (at, key) in keys.iter().enumerate() {
            self.delete(key).await;
            self.expect(Rule::Removes, key, &[None], "after a delete").await;
            if let Some(next) = keys.get(at + 1) {
                let bytes = Some(next.as_bytes());
                self.expect(Rule::KeysApart, next, &[bytes], "after deletes of other keys").await;
            }
        }
    }

    async fn lives(&mut self) {
        let key = "evermemo:lives";
        let year = 365 * 24 * HOUR;
        for (ttl, what) in [(Duration::MAX, "without an end"), (100 * year, "of a hundred years")] {
            self.put(key, b"bytes", ttl).await;
            let what = format!("after a put with a life {what}");
            self.expect(Rule::Lives, key, &[Some(b"bytes")], &what).await;
        }
        // Less than any unit: gone or not.
        self.put(key, b"short", Duration::from_nanos(1)).await;
        self.expect(Rule::Lives, key, &[None, Some(b"short")], "after a life of 1 ns").await;
        self.put(key, b"long", HOUR).await;
        self.expect(Rule::Lives, key, &[Some(b"long")], "after a life of 1 ns and one of 1 h")
            .await;
    }

    async fn dropped(&mut self) {
        let (key, old, new) = ("evermemo:dropped", vec![1; 5_000], vec![2; 9_000]);
        // What was dropped may take effect later, and as a whole.
        let one_of = [None, Some(&*old), Some(&*new)];
        for polls in [0, 1, 2, 3] {
            self.put(key, &old, HOUR).await;
            polled(self.store.put(key, new.clone(), HOUR), polls).await;
            let what = format!("after a put that was dropped after {polls} polls");
            self.expect(Rule::Dropped, key, &one_of, &what).await;

            self.put(key, &old, HOUR).await;
            polled(self.store.delete(key), polls).await;
            let what = format!("after a delete that was dropped after {polls} polls");
            self.expect(Rule::Dropped, key, &one_of, &what).await;

            polled(self.store.get(key), polls).await;
        }
        // Another key is not touched by it.
        let key = "evermemo:not-dropped";
        self.put(key, b"bytes", HOUR).await;
        self.expect(Rule::Dropped, key, &[Some(b"bytes")], "after what was dropped").await;
    }

    async fn overlapping(&mut self) {
        let (key, one, other) = ("evermemo:overlapping", vec![1; 5_000], vec![2; 9_000]);
        for _ in 0..8 {
            let puts = both(
                self.store.put(key, one.clone(), HOUR),
                self.store.put(key, other.clone(), HOUR),
            );
            let (first, second) = puts.await;
            for done in [first, second] {
                self.done("put", key, done);
            }
            let either = [Some(&*one), Some(&*other)];
            self.expect(Rule::Overlapping, key, &either, "after two puts at the same time").await;
            let (put, deleted) =
                both(self.store.put(key, one.clone(), HOUR), self.store.delete(key)).await;
            self.done("put", key, put);
            self.done("delete", key, deleted);
            let either = [None, Some(&*one)];
            let what = "after a put and a delete at the same time";
            self.expect(Rule::Overlapping, key, &either, what).await;
        }
    }

    async fn put(&mut self, key: &str, bytes: &[u8], ttl: Duration) {
        let done = self.store.put(key, bytes.to_vec(), ttl).await;
        self.done("put", key, done);
    }

    async fn delete(&mut self, key: &str) {
        let done = self.store.delete(key).await;
        self.done("delete", key, done);
    }

    /// Checks that one of these is read.
    async fn expect(&mut self, rule: Rule, key: &str, one_of: &[Option<&[u8]>], when: &str) {
        let found = match self.store.get(key).await {
            Ok(found) => found,
            Err(error) => return self.done("get", key, Err(error)),
        };
        if !one_of.contains(&found.as_deref()) {
            let wanted: Vec<_> = one_of.iter().map(|bytes| told(*bytes)).collect();
            let (found, wanted) = (told(found.as_deref()), wanted.join(" or "));
            self.report.note(rule, format!("{found} of {key:?} {when}, not {wanted}"));
        }
    }

    fn done(&mut self, what: &str, key: &str, done: Result<(), B::Error>) {
        if let Err(error) = done {
            self.report.note(Rule::Works, format!("{what} of {key:?}: {error}"));
        }
    }
}

fn told(bytes: Option<&[u8]>) -> String {
    match bytes {
        None => "nothing".into(),
        Some(bytes) if bytes.len() > 32 => format!("{} bytes", bytes.len()),
        Some(bytes) => format!("{}", bytes.escape_ascii()),
    }
}
