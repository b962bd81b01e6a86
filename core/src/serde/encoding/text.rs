//! Payloads as text, for stores that keep only text.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::binary::BinaryEncoding;
use crate::serde::SerDeError;

use alloc::{format, vec::Vec};

/// Writes payloads as base64 (RFC 4648, section 4) with padding, on one line.
///
/// It reads payloads with line breaks, too, as Python's codec writes some.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Base64, BinaryEncoding};
///
/// assert_eq!(Base64.encode(b"in")?, b"aW4=");
/// assert_eq!(Base64.decode(b"aW4=\n", 2)?, b"in");
/// assert!(Base64.decode(b"aW4", 2).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Base64;

impl BinaryEncoding for Base64 {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        Ok(STANDARD.encode(bytes).into_bytes())
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        const TRIED: &str = "read base64";
        let text = in_one_line(encoded);
        let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
        let len = (text.len() / 4 * 3).saturating_sub(padding);
        is_within(len, bound, TRIED)?;
        STANDARD.decode(text).map_err(|error| SerDeError::new(TRIED, format!("{error}")))
    }
}

/// Writes payloads as hexadecimal digits, two per byte, in lower case.
///
/// It reads upper case and line breaks, too.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, Hex};
///
/// assert_eq!(Hex.encode(b"in")?, b"696e");
/// assert_eq!(Hex.decode(b"696E", 2)?, b"in");
/// assert!(Hex.decode(b"696", 2).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Hex;

impl BinaryEncoding for Hex {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        Ok(base16ct::lower::encode_string(bytes).into_bytes())
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        const TRIED: &str = "read hexadecimal digits";
        let text = in_one_line(encoded);
        is_within(text.len() / 2, bound, TRIED)?;
        base16ct::mixed::decode_vec(text)
            .map_err(|error| SerDeError::new(TRIED, format!("{error}")))
    }
}

/// Returns the text without line breaks.
fn in_one_line(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect()
}

fn is_within(len: usize, bound: usize, tried: &'static str) -> Result<(), SerDeError> {
    match len <= bound {
        true => Ok(()),
        false => Err(SerDeError::new(tried, format!("it exceeds {bound} bytes"))),
    }
}
