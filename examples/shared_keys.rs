//! A library whose keys are shared text, and which picks no runtime. It is asked by `&str`: a hit
//! makes no key, and a miss shares the text with what it loads.

/// The library: it depends on `evermemo-core`, which names no executor.
mod dictionary {
    use evermemo_core::{BoxFuture, Builder, Error, KeyFrom, Memo, Runtime};
    use std::{borrow::Borrow, fmt, sync::Arc, time::Duration};

    pub type Result<T> = std::result::Result<T, Error<Unknown>>;

    /// Where translations come from.
    pub trait Source: Send + Sync + 'static {
        fn look_up(
            &self,
            language: Language,
            word: Arc<str>,
        ) -> BoxFuture<'static, std::result::Result<Arc<str>, Unknown>>;
    }

    #[derive(Debug)]
    pub struct Unknown(pub Arc<str>);

    /// A type of the library's own that is asked for by `&str`, too: one `impl` says so.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Language(Arc<str>);

    impl Borrow<str> for Language {
        fn borrow(&self) -> &str {
            &self.0
        }
    }

    impl KeyFrom<str> for Language {
        fn key_from(code: &str) -> Self {
            Self(code.into())
        }
    }

    /// Remembers translations. Cheap to clone; clones share what they know.
    #[derive(Clone)]
    pub struct Dictionary<R: Runtime> {
        words: Memo<(Language, Arc<str>), Arc<str>, Unknown, R>,
    }

    impl<R: Runtime> Dictionary<R> {
        pub fn new(runtime: R, source: impl Source) -> Self {
            let source = Arc::new(source);
            let words = Builder::on(runtime)
                .name("dictionary::word")
                .capacity(100_000)
                .update_after(Duration::MAX) // a word stays what it is
                .expire_after(Duration::from_secs(86_400))
                .try_wrap(move |(language, word)| source.look_up(language, word));
            Self { words }
        }

        /// Both parts of the key are text that is not owned yet.
        pub async fn translate(&self, language: &str, word: &str) -> Result<Arc<str>> {
            self.words.call_ref((language, word)).await
        }

        /// One part is in hand, and is cloned for a miss; the other is made of the text.
        pub async fn translate_all(&self, language: &str, text: &str) -> Result<String> {
            let language = Language::key_from(language);
            let mut translated = Vec::new();
            for word in text.split_whitespace() {
                translated.push(self.words.call_ref((&language, word)).await?);
            }
            Ok(translated.join(" "))
        }

        pub fn hits(&self) -> usize {
            self.words.stats().hits
        }
    }

    impl fmt::Display for Language {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl fmt::Display for Unknown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "nobody knows what {:?} means", self.0)
        }
    }

    impl std::error::Error for Unknown {}
}

use dictionary::{Dictionary, Language, Source, Unknown};
use evermemo::{BoxFuture, Runtime};
use std::sync::Arc;

/// What an application has: here a table instead of a service.
struct Table;

impl Source for Table {
    fn look_up(
        &self,
        language: Language,
        word: Arc<str>,
    ) -> BoxFuture<'static, Result<Arc<str>, Unknown>> {
        Box::pin(async move {
            match (language.to_string().as_str(), &*word) {
                ("la", "good") => Ok("bonus".into()),
                ("la", "day") => Ok("dies".into()),
                (_, "ok") => Ok(word), // the value is the key's own text
                _ => Err(Unknown(word)),
            }
        })
    }
}

/// The same program for each application, as neither sees the other's runtime.
async fn application<R: Runtime>(runtime: R) -> dictionary::Result<()> {
    let dictionary = Dictionary::new(runtime, Table);
    assert_eq!(&*dictionary.translate("la", "good").await?, "bonus");
    assert_eq!(dictionary.translate_all("la", "good day").await?, "bonus dies");
    assert_eq!(&*dictionary.translate("en", "ok").await?, "ok");
    assert_eq!(dictionary.hits(), 1);
    let unknown = dictionary.translate("la", "computer").await.unwrap_err();
    assert_eq!(
        unknown.cause().map(ToString::to_string).as_deref(),
        Some(r#"nobody knows what "computer" means"#)
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tokio.block_on(async { tokio::spawn(application(evermemo::Tokio::default())).await })??;
    smol::block_on(application(evermemo::Smol))?;
    let one_thread = evermemo::SmolLocal::default();
    one_thread.block_on(application(one_thread.clone()))?;
    evermemo::testing::run(application)?;
    Ok(())
}
