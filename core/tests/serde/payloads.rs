//! Entries as bytes and back.

use std::{error::Error, net::IpAddr, time::Duration};

use evermemo_core::{
    Instant, JsonSerDe, PostcardSerDe, SerDe, SerDeError, Timestamp, WallEntry, ZlibSerDe,
};
use proptest::{prelude::*, proptest};

type Value = (String, Vec<u32>, Option<bool>);

fn at(micros: u64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn entry<V>(
    value: V,
    [created, update_after, expires_after, retain_until]: [u64; 4],
) -> WallEntry<V> {
    let mut entry = WallEntry::new(value, at(created))
        .update_after(at(update_after))
        .expires_after(at(expires_after));
    entry.retain_until = at(retain_until);
    entry
}

fn sample() -> WallEntry<Value> {
    let value = ("Ann".into(), vec![1, 200, 70_000], Some(true));
    entry(value, [1_700_000_000_000_001, 1_700_000_600_000_001, 1_700_001_800_000_001, u64::MAX])
}

fn round_trip<V>(serde: &impl SerDe<V>, entry: &WallEntry<V>) -> WallEntry<V> {
    serde.deserialize(&serde.serialize(entry).unwrap()).unwrap()
}

/// Times as they occur: to the microsecond, until the year 2242, or never.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..(1_u64 << 33) * 1_000_000, 1 => Just(u64::MAX)]
}

fn entries() -> impl Strategy<Value = WallEntry<Value>> {
    let times = [time(), time(), time(), time()];
    (any::<Value>(), times).prop_map(|(value, times)| entry(value, times))
}

proptest! {
    #[test]
    fn an_entry_comes_back_as_it_was(entry in entries()) {
        prop_assert_eq!(&round_trip(&PostcardSerDe, &entry), &entry);
        prop_assert_eq!(&round_trip(&JsonSerDe::default(), &entry), &entry);
        prop_assert_eq!(&round_trip(&ZlibSerDe::new(PostcardSerDe), &entry), &entry);
        prop_assert_eq!(&round_trip(&ZlibSerDe::new(JsonSerDe::default()), &entry), &entry);
    }

    #[test]
    fn a_float_comes_back_from_json_as_it_was(value in any::<f64>()) {
        let entry = WallEntry::new(value, at(0));
        prop_assert_eq!(round_trip(&JsonSerDe::default(), &entry).value.to_bits(), value.to_bits());
    }

    #[test]
    fn random_bytes_are_never_a_panic(bytes in any::<Vec<u8>>()) {
        // Random bytes may be an entry in postcard, if so one that reads to the end.
        let _: Result<WallEntry<Value>, _> = PostcardSerDe.deserialize(&bytes);
        prop_assert!(SerDe::<Value>::deserialize(&JsonSerDe::default(), &bytes).is_err());
        prop_assert!(SerDe::<Value>::deserialize(&ZlibSerDe::new(PostcardSerDe), &bytes).is_err());
    }

    #[test]
    fn a_changed_byte_of_a_compressed_entry_is_an_error(place: usize, change in 1_u8..) {
        let serde = ZlibSerDe::new(PostcardSerDe);
        let mut bytes = serde.serialize(&sample()).unwrap();
        let place = place % bytes.len();
        bytes[place] ^= change;
        // A few changes of the header mean nothing; whatever is read is what was written.
        match SerDe::<Value>::deserialize(&serde, &bytes) {
            Ok(read) => prop_assert_eq!(read, sample()),
            Err(error) => prop_assert!(error.source().is_some()),
        }
    }
}

#[test]
fn every_truncation_and_every_addition_is_an_error() {
    fn check(serde: impl SerDe<Value>) {
        let bytes = serde.serialize(&sample()).unwrap();
        for cut in 0..bytes.len() {
            assert!(serde.deserialize(&bytes[..cut]).is_err(), "cut to {cut} of {}", bytes.len());
        }
        for added in [0, b'1', 0xff] {
            assert!(serde.deserialize(&[&bytes[..], &[added]].concat()).is_err());
        }
    }
    check(PostcardSerDe);
    check(JsonSerDe::default());
    check(ZlibSerDe::new(PostcardSerDe));
    check(ZlibSerDe::new(JsonSerDe::default()));
}

#[test]
fn a_length_of_two_gigabytes_is_an_error_not_an_allocation() {
    // Four times, then the length of the value as a varint.
    let bytes = [0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x08];
    assert!(SerDe::<Vec<u64>>::deserialize(&PostcardSerDe, &bytes).is_err());
    assert!(SerDe::<String>::deserialize(&PostcardSerDe, &bytes).is_err());
}

#[test]
fn the_json_layout_is_that_of_the_reference() {
    let json = JsonSerDe::default();
    let written =
        json.serialize(&entry("value".to_owned(), [1_000_000, 2_500_000, 3_000_001, 3_000_001]));
    assert_eq!(
        String::from_utf8(written.unwrap()).unwrap(),
        r#"{"created":1.0,"update_after":2.5,"expires_after":3.000001,"value":"value"}"#
    );

    let integers = br#"{"created":1,"update_after":2,"expires_after":3,"value":"value"}"#;
    let read: WallEntry<String> = json.deserialize(integers).unwrap();
    assert_eq!(read, entry("value".into(), [1_000_000, 2_000_000, 3_000_000, 3_000_000]));

    let tuple = json.serialize(&entry((1, 2), [0; 4])).unwrap();
    assert!(tuple.ends_with(br#""value":[1,2]}"#));
}

#[test]
fn json_times_that_are_not_usual_read_as_the_nearest_usual_one() {
    let read = |created: &str, expires: &str| -> WallEntry<u8> {
        let json = format!(
            r#"{{"created":{created},"update_after":0,"expires_after":{expires},"value":1,"x":2}}"#
        );
        JsonSerDe::default().deserialize(json.as_bytes()).unwrap()
    };
    let far = read("-5.5", "1e300");
    assert_eq!(
        (far.created, far.expires_after, far.retain_until),
        (at(0), Timestamp::NEVER, Timestamp::NEVER)
    );
    assert_eq!(read("0.0000004", "0.0000005").expires_after, at(1));
    assert_eq!(read("0.0000004", "0.0000005").created, at(0));
}

#[test]
fn a_json_entry_without_one_of_its_fields_is_an_error() {
    let json = JsonSerDe::default();
    let read = |text: &str| SerDe::<Option<u8>>::deserialize(&json, text.as_bytes());
    assert!(read(r#"{"created":1,"update_after":2,"expires_after":3,"value":null}"#).is_ok());
    for text in [
        r#"{"created":1,"update_after":2,"expires_after":3}"#,
        r#"{"update_after":2,"expires_after":3,"value":null}"#,
        r#"{"created":null,"update_after":2,"expires_after":3,"value":null}"#,
        r#"{"created":"1","update_after":2,"expires_after":3,"value":null}"#,
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.to_string(), "could not read a JSON entry");
        assert!(error.source().is_some(), "{text}");
    }
}

#[test]
fn never_stays_never() {
    let forever = WallEntry::new((), at(5));
    assert_eq!(round_trip(&PostcardSerDe, &forever), forever);
    assert_eq!(round_trip(&JsonSerDe::default(), &forever), forever);

    let json = JsonSerDe::default().serialize(&forever).unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        r#"{"created":5e-6,"update_after":253402300799.0,"expires_after":253402300799.0,"value":null}"#
    );
    let (now, wall) = (Instant::from_nanos(1 << 60), at(1 << 50));
    assert_eq!(forever.into_entry(now, wall).expires_after, Instant::NEVER);
}

#[test]
fn a_conversion_may_refuse_either_way() {
    let addresses = JsonSerDe::try_converting(
        |address: &IpAddr| match address.is_loopback() {
            true => Err("it is this machine"),
            false => Ok(address.to_string()),
        },
        |text: String| text.parse::<IpAddr>(),
    );
    let there = entry("10.0.0.7".parse().unwrap(), [1; 4]);
    assert_eq!(round_trip(&addresses, &there), there);

    let here = entry("127.0.0.1".parse().unwrap(), [1; 4]);
    let refused = addresses.serialize(&here).unwrap_err();
    assert_eq!(refused.source().unwrap().to_string(), "it is this machine");

    let json = JsonSerDe::default().serialize(&entry("nowhere".to_owned(), [1; 4])).unwrap();
    assert!(addresses.deserialize(&json).is_err());
}

#[test]
fn a_value_that_does_not_serialize_is_written_through_a_conversion() {
    #[derive(Clone, Debug, PartialEq)]
    struct Money(u64);
    let serde = JsonSerDe::converting(|money: &Money| money.0, Money);
    let price = entry(Money(350), [1; 4]);
    assert_eq!(round_trip(&serde, &price), price);
}

#[test]
fn a_bomb_is_an_error_at_the_limit() {
    let megabytes = entry(vec![0_u8; 16 << 20], [1; 4]);
    let wide = ZlibSerDe::new(PostcardSerDe);
    let bomb = wide.serialize(&megabytes).unwrap();
    assert!(bomb.len() < 1 << 15);
    assert_eq!(wide.deserialize(&bomb).unwrap(), megabytes);

    let narrow = wide.with_limit(1 << 20);
    let refused: Result<WallEntry<Vec<u8>>, SerDeError> = narrow.deserialize(&bomb);
    assert_eq!(refused.unwrap_err().source().unwrap().to_string(), "it exceeds 1048576 bytes");
    let unwritable = narrow.serialize(&megabytes).unwrap_err();
    assert_eq!(
        unwritable.source().unwrap().to_string(),
        "it has 16777224 bytes, the limit is 1048576"
    );
}

#[test]
fn a_limit_is_exact() {
    for length in [0, 1, 100, 1000, 40_000] {
        let entry = entry(vec![7_u8; length], [1; 4]);
        let plain = PostcardSerDe.serialize(&entry).unwrap().len();
        let bytes = ZlibSerDe::new(PostcardSerDe).serialize(&entry).unwrap();
        let read = |limit| ZlibSerDe::new(PostcardSerDe).with_limit(limit).deserialize(&bytes);
        assert_eq!(read(plain).unwrap(), entry);
        assert_eq!(read(usize::MAX).unwrap(), entry);
        let shorter: Result<WallEntry<Vec<u8>>, _> = read(plain - 1);
        assert!(shorter.is_err(), "{length}");
        let none: Result<WallEntry<Vec<u8>>, _> = read(0);
        assert!(none.is_err(), "{length}");
    }
}

#[test]
fn a_payload_of_another_format_is_an_error() {
    let json: Vec<u8> = JsonSerDe::default().serialize(&sample()).unwrap();
    let postcard: Vec<u8> = PostcardSerDe.serialize(&sample()).unwrap();
    assert!(SerDe::<Value>::deserialize(&PostcardSerDe, &json).is_err());
    assert!(SerDe::<Value>::deserialize(&JsonSerDe::default(), &postcard).is_err());
    assert!(SerDe::<Value>::deserialize(&ZlibSerDe::new(PostcardSerDe), &postcard).is_err());
}

#[test]
fn what_lies_inside_a_compression_is_handed_on_as_it_is() {
    struct Fixed(&'static [u8]);
    impl SerDe<Duration> for Fixed {
        fn serialize(&self, _entry: &WallEntry<Duration>) -> Result<Vec<u8>, SerDeError> {
            Ok(self.0.into())
        }
        fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<Duration>, SerDeError> {
            assert_eq!(bytes, self.0);
            Err(SerDeError::new("read", "it is fixed"))
        }
    }
    let serde = ZlibSerDe::new(Fixed(b"as it is"));
    let bytes = serde.serialize(&WallEntry::new(Duration::ZERO, at(1))).unwrap();
    assert_eq!(serde.deserialize(&bytes).unwrap_err().to_string(), "could not read");
}

/// Values that postcard would read back as other ones.
mod left_out {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub(super) struct Fields {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub(super) first: Option<u8>,
        pub(super) second: u8,
        pub(super) third: Vec<u8>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) enum Variant {
        Of {
            #[serde(default, skip_serializing_if = "String::is_empty")]
            name: String,
            age: u8,
        },
        Around(Fields),
        Pair(u8, Option<Fields>),
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Deep(pub(super) BTreeMap<u8, Vec<(u8, Variant)>>);

    /// Writes fewer fields than it reads.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Unwritten {
        #[serde(default, skip_serializing)]
        pub(super) secret: u8,
        pub(super) rest: Vec<u8>,
    }

    /// Reads fewer fields than it writes.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Unread {
        pub(super) first: u8,
        #[serde(skip_deserializing)]
        pub(super) second: u8,
    }

    /// Neither writes the field nor reads it.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Passed {
        #[serde(skip)]
        pub(super) passed: u8,
        pub(super) rest: u8,
    }
}

#[test]
fn p7_3_a_value_that_postcard_would_read_as_another_one_is_refused() {
    use left_out::{Deep, Fields, Passed, Unread, Unwritten, Variant};

    fn refusal<V>(value: V) -> String
    where
        V: serde::Serialize + serde::de::DeserializeOwned,
    {
        let entry = WallEntry::new(value, at(7));
        let plain = PostcardSerDe.serialize(&entry).unwrap_err();
        assert!(ZlibSerDe::new(PostcardSerDe).serialize(&entry).is_err());
        plain.source().unwrap().to_string()
    }
    let fields = Fields { first: None, second: 1, third: vec![5, 0] };
    let named = "the field `first` is left out, which postcard cannot express";
    assert_eq!(refusal(fields.clone()), named);
    assert_eq!(refusal(vec![Some(fields.clone())]), named);
    assert_eq!(refusal(Variant::Around(fields.clone())), named);
    assert_eq!(refusal(Variant::Pair(7, Some(fields.clone()))), named);
    let unnamed = Variant::Of { name: String::new(), age: 7 };
    assert!(refusal(unnamed.clone()).starts_with("the field `name`"));
    assert!(refusal(Deep([(1, vec![(2, unnamed)])].into())).starts_with("the field `name`"));
    for rest in [vec![], vec![0], vec![0, 0], vec![1, 0], vec![7; 300]] {
        refusal(Unwritten { secret: 7, rest });
    }
    refusal(Unread { first: 1, second: 2 });

    let whole = WallEntry::new(Fields { first: Some(2), ..fields }, at(7));
    assert_eq!(round_trip(&PostcardSerDe, &whole), whole);
    let passed = WallEntry::new(Passed { passed: 0, rest: 7 }, at(7));
    assert_eq!(round_trip(&PostcardSerDe, &passed), passed);
    let map: std::collections::HashMap<u32, String> = (0..99).map(|n| (n, n.to_string())).collect();
    let map = WallEntry::new(map, at(7));
    assert_eq!(round_trip(&PostcardSerDe, &map), map);
}
