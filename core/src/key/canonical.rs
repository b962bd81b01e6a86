//! Keys for storages that several programs share.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{KeyExtractor, MethodName, encoded::refuse, text};
use crate::sync::Arc;

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

/// The longest key, in bytes.
const LONGEST: usize = 512;

/// The longest readable part of a key, in bytes.
const READABLE: usize = 256;

/// Makes keys of at most 512 bytes for a storage that others use, too.
///
/// A key stands for the namespace, the function's path, a version, the values' schema and the
/// arguments, each in full: two that differ in one of them never meet. It begins with a part for
/// reading and searching, of at most 256 bytes, and ends in all of it as base64url after a `:`, or
/// where that is too long, in its SHA-256 after a `#`. It is ASCII without spaces or control
/// characters.
///
/// The arguments are distinguished as by
/// [`EncodedMethodNameAndArgsKeyExtractor`](super::EncodedMethodNameAndArgsKeyExtractor), by kind
/// as well as by value.
///
/// # Panics
///
/// [`key`](KeyExtractor::key) panics if the `Serialize` of an argument fails.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CanonicalKeyExtractor, KeyExtractor, MethodName};
///
/// let keys = CanonicalKeyExtractor::new().with_namespace("shop").with_version(2);
/// let key = keys.key(MethodName::new("app::user"), &(7, "en"));
/// assert!(key.starts_with("shop/app::user@2:"));
///
/// let long = keys.key(MethodName::new("app::user"), &(7, "en".repeat(500)));
/// assert!(long.starts_with("shop/app::user@2#") && long.len() <= 512);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CanonicalKeyExtractor {
    namespace: Arc<str>,
    version: u32,
    schema: u32,
}

impl CanonicalKeyExtractor {
    /// Makes keys in the namespace of the empty name, with version 0 and schema 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the namespace, which separates these keys from all others in the storage.
    #[must_use]
    pub fn with_namespace(self, namespace: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), ..self }
    }

    /// Sets the version, to be changed whenever the function's answers change their meaning.
    #[must_use]
    pub fn with_version(self, version: u32) -> Self {
        Self { version, ..self }
    }

    /// Sets the schema of the values, to be changed with that of the
    /// [storage](crate::EncodedCacheStorage::with_schema): two versions of a program that run at
    /// the same time then have entries of their own, instead of replacing each other's.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{CanonicalKeyExtractor, KeyExtractor, MethodName};
    ///
    /// let keys = CanonicalKeyExtractor::new().with_namespace("shop").with_schema(7);
    /// assert!(keys.key(MethodName::new("app::user"), &1).starts_with("shop/app::user@0.7:"));
    /// ```
    #[must_use]
    pub fn with_schema(self, schema: u32) -> Self {
        Self { schema, ..self }
    }
}

#[diagnostic::do_not_recommend]
impl<A: Serialize> KeyExtractor<A> for CanonicalKeyExtractor {
    type Key = String;

    fn key(&self, method: MethodName, arguments: &A) -> String {
        let identity = self.identity(method, arguments);
        let mut key = self.readable(method);
        let encoded = base64::encoded_len(identity.len(), false);
        if encoded.is_some_and(|encoded| key.len() + 1 + encoded <= LONGEST) {
            key.push(':');
            URL_SAFE_NO_PAD.encode_string(identity, &mut key);
        } else {
            key.push('#');
            URL_SAFE_NO_PAD.encode_string(Sha256::digest(identity), &mut key);
        }
        key
    }
}

impl CanonicalKeyExtractor {
    /// Writes all that the key stands for.
    ///
    /// The arguments are the text of the encoded keys, framed by postcard with the rest, rather
    /// than postcard themselves: there `true` and `1` are the same byte, and would meet wherever an
    /// argument may be either, as in an untagged enum or a `serde_json::Value`.
    fn identity(&self, method: MethodName, arguments: &impl Serialize) -> Vec<u8> {
        let mut written = String::new();
        if let Err(error) = text::append(&mut written, arguments) {
            refuse(method, &error);
        }
        let identity = (&*self.namespace, method.to_string(), self.version, written);
        match postcard::to_allocvec(&identity) {
            // As keys were before there were schemas. What is appended makes no key another one's,
            // as each part before it has its length.
            Ok(bytes) if self.schema == 0 => bytes,
            Ok(mut bytes) => {
                bytes.extend(self.schema.to_le_bytes());
                bytes
            }
            Err(error) => refuse(method, &error),
        }
    }

    fn readable(&self, method: MethodName) -> String {
        let namespace = &*self.namespace;
        let slash = if namespace.is_empty() { "" } else { "/" };
        let schema = match self.schema {
            0 => String::new(),
            schema => format!(".{schema}"),
        };
        let mut readable: String = format!("{namespace}{slash}{method}@{}{schema}", self.version)
            .chars()
            .map(|char| if char.is_ascii_graphic() { char } else { '_' })
            .collect();
        readable.truncate(READABLE);
        readable
    }
}
