//! Payloads in another form.

use std::{cell::RefCell, rc::Rc};

#[cfg(feature = "bzip2")]
use evermemo_core::Bz2;
use evermemo_core::{
    Base64, BinaryEncoding, EncodingSerDe, Hex, JsonSerDe, PostcardSerDe, SerDe, SerDeError,
    Timestamp, WallEntry, Zip, ZlibSerDe,
};
use proptest::{prelude::any, prop_assert_eq, proptest};

/// Writes and reads the same bytes, and keeps what it is handed.
struct Fixed(&'static [u8], Rc<RefCell<Vec<Vec<u8>>>>);

impl SerDe<String> for Fixed {
    fn serialize(&self, _entry: &WallEntry<String>) -> Result<Vec<u8>, SerDeError> {
        Ok(self.0.into())
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<String>, SerDeError> {
        self.1.borrow_mut().push(bytes.into());
        Ok(entry())
    }
}

fn entry() -> WallEntry<String> {
    WallEntry::new("value".into(), Timestamp::from_micros(7))
}

#[test]
fn b97_an_encoding_is_applied_to_what_the_wrapped_serde_writes() {
    let serde = EncodingSerDe::new(Fixed(b"in", Rc::default()), Base64);
    assert_eq!(serde.serialize(&entry()).unwrap(), b"aW4=");
}

#[test]
fn b97_the_wrapped_serde_reads_what_has_been_decoded() {
    let read = Rc::new(RefCell::new(Vec::new()));
    let serde = EncodingSerDe::new(Fixed(b"", read.clone()), Base64);
    // The second one as Python's codec writes it.
    for encoded in [b"eQ==".as_slice(), b"eQ==\n"] {
        assert_eq!(serde.deserialize(encoded).unwrap(), entry());
    }
    assert_eq!(*read.borrow(), [b"y", b"y"]);
}

#[test]
fn b97_an_entry_that_is_encoded_and_decoded_is_the_same() {
    fn check(encoding: impl BinaryEncoding + Copy) {
        let serde = EncodingSerDe::new(JsonSerDe::default(), encoding);
        assert_eq!(serde.deserialize(&serde.serialize(&entry()).unwrap()).unwrap(), entry());
        let serde = EncodingSerDe::new(PostcardSerDe, encoding);
        assert_eq!(serde.deserialize(&serde.serialize(&entry()).unwrap()).unwrap(), entry());
    }
    check(Zip);
    check(Base64);
    check(Hex);
    #[cfg(feature = "bzip2")]
    check(Bz2);
}

#[test]
fn compression_is_the_default_by_either_name() {
    let by_default: EncodingSerDe<_> = EncodingSerDe::zip(PostcardSerDe);
    let bytes = by_default.serialize(&entry()).unwrap();
    assert_eq!(bytes, ZlibSerDe::new(PostcardSerDe).serialize(&entry()).unwrap());
    assert_eq!(bytes, EncodingSerDe::new(PostcardSerDe, Zip).serialize(&entry()).unwrap());
}

#[test]
fn every_truncation_and_every_addition_of_an_encoding_is_an_error() {
    fn check(encoding: impl BinaryEncoding) {
        let bytes = encoding.encode(&[b'a'; 100]).unwrap();
        for cut in 0..bytes.len() {
            match encoding.decode(&bytes[..cut], 100) {
                // Fewer digits are fewer bytes.
                Ok(decoded) => assert!(decoded.len() < 100, "cut to {cut} of {}", bytes.len()),
                Err(error) => assert!(error.to_string().starts_with("could not read")),
            }
        }
        for added in [0, b'1', 0xff] {
            assert!(encoding.decode(&[&bytes[..], &[added]].concat(), 100).is_err());
        }
        // So is a second payload behind the first.
        assert!(encoding.decode(&[&bytes[..], &bytes].concat(), 100).is_err());
    }
    check(Zip);
    check(Base64);
    check(Hex);
    #[cfg(feature = "bzip2")]
    check(Bz2);
}

#[test]
fn what_is_decoded_is_bounded() {
    fn check(encoding: impl BinaryEncoding + Copy) {
        let limited = |limit| EncodingSerDe::new(PostcardSerDe, encoding).with_limit(limit);
        let large = WallEntry::new("a".repeat(10_000), Timestamp::from_micros(7));
        let plain = PostcardSerDe.serialize(&large).unwrap().len();
        let bytes = limited(plain).serialize(&large).unwrap();
        assert_eq!(limited(plain).deserialize(&bytes).unwrap(), large);
        assert_eq!(limited(usize::MAX).deserialize(&bytes).unwrap(), large);
        for limit in [plain - 1, 100, 0] {
            assert!(limited(limit).serialize(&large).is_err());
            let read: Result<WallEntry<String>, _> = limited(limit).deserialize(&bytes);
            assert!(read.is_err(), "{limit}");
        }
    }
    check(Zip);
    check(Base64);
    check(Hex);
    #[cfg(feature = "bzip2")]
    check(Bz2);
}

/// An encoding of one's own that does not keep to its bound.
#[test]
fn what_an_encoding_of_ones_own_decodes_is_bounded_too() {
    struct Boundless;
    impl BinaryEncoding for Boundless {
        fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
            Ok(bytes.into())
        }
        fn decode(&self, encoded: &[u8], _bound: usize) -> Result<Vec<u8>, SerDeError> {
            Ok(encoded.into())
        }
    }
    let bytes = PostcardSerDe.serialize(&entry()).unwrap();
    let serde = EncodingSerDe::new(PostcardSerDe, Boundless).with_limit(bytes.len() - 1);
    let read: Result<WallEntry<String>, _> = serde.deserialize(&bytes);
    assert_eq!(read.unwrap_err().to_string(), "could not decode the entry");
}

proptest! {
    #[test]
    fn bytes_come_out_of_an_encoding_as_they_went_in(bytes in any::<Vec<u8>>()) {
        prop_assert_eq!(&Zip.decode(&Zip.encode(&bytes).unwrap(), bytes.len()).unwrap(), &bytes);
        prop_assert_eq!(&Base64.decode(&Base64.encode(&bytes).unwrap(), bytes.len()).unwrap(), &bytes);
        prop_assert_eq!(&Hex.decode(&Hex.encode(&bytes).unwrap(), bytes.len()).unwrap(), &bytes);
        #[cfg(feature = "bzip2")]
        prop_assert_eq!(&Bz2.decode(&Bz2.encode(&bytes).unwrap(), bytes.len()).unwrap(), &bytes);
    }

    #[test]
    fn random_bytes_are_never_a_panic_of_an_encoding(bytes in any::<Vec<u8>>(), bound in 0_usize..100) {
        for decoded in [Zip.decode(&bytes, bound), Base64.decode(&bytes, bound), Hex.decode(&bytes, bound)]
        {
            assert!(decoded.map_or(0, |decoded| decoded.len()) <= bound);
        }
        #[cfg(feature = "bzip2")]
        assert!(Bz2.decode(&bytes, bound).map_or(0, |decoded| decoded.len()) <= bound);
    }
}
