//! Keys as text.

use std::collections::{BTreeMap, HashSet};

use evermemo_core::{
    CanonicalKeyExtractor, EncodedMethodNameAndArgsKeyExtractor as ByName,
    EncodedMethodReferenceAndArgsKeyExtractor as ByReference, KeyExtractor, MethodName,
};
use proptest::{prelude::*, proptest};
use serde::{Serialize, Serializer, ser::Error as _};

const USER: MethodName = MethodName::new("shop::users::user");

/// Makes the key of the same call in each way.
fn keys<A: Serialize>(arguments: &A) -> [String; 3] {
    [
        ByName.key(USER, arguments),
        ByReference.key(USER, arguments),
        CanonicalKeyExtractor::new().key(USER, arguments),
    ]
}

fn apart<A: Serialize>(all: &[A]) {
    for way in 0..3 {
        let different: HashSet<_> = all.iter().map(|one| keys(one)[way].clone()).collect();
        assert_eq!(different.len(), all.len(), "{different:?}");
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Any {
    Flag(bool),
    Number(u64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Nothing,
}

proptest! {
    #[test]
    fn different_arguments_have_different_keys(
        one: (String, Option<String>, Vec<String>),
        other: (String, Option<String>, Vec<String>),
    ) {
        for (one_key, other_key) in keys(&one).iter().zip(&keys(&other)) {
            prop_assert_eq!(one == other, one_key == other_key);
        }
        prop_assert_eq!(keys(&one), keys(&one.clone()));
    }

    #[test]
    fn where_json_loses_nothing_the_arguments_are_json(
        arguments: (u64, i8, String, Option<char>, Vec<f32>, BTreeMap<String, i128>, [bool; 2], ()),
    ) {
        prop_assume!(arguments.4.iter().all(|float| float.is_finite()));
        let json = serde_json::to_string(&arguments).unwrap();
        prop_assert_eq!(ByName.key(USER, &arguments), format!("user{json}"));
    }

    #[test]
    fn a_canonical_key_is_short_and_plain(
        namespace in any::<String>(),
        version: u32,
        text in "\\PC{0,600}",
    ) {
        let keys = CanonicalKeyExtractor::new().with_namespace(namespace).with_version(version);
        let key = keys.key(USER, &text);
        prop_assert!(key.len() <= 512);
        prop_assert!(key.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

#[test]
fn the_arguments_stand_behind_the_name() {
    assert_eq!(ByName.key(USER, &(7_u64, String::from("en"))), r#"user[7,"en"]"#);
    assert_eq!(ByReference.key(USER, &(7, "en")), r#"shop::users::user[7,"en"]"#);
    assert_eq!(ByName.key(USER, &7), "user[7]");
    assert_eq!(ByName.key(USER, &(7,)), "user[7]");
    assert_eq!(ByName.key(USER, &()), "user[]");
    assert_eq!(ByName.key(USER, &vec![1, 2]), "user[[1,2]]");
    assert_eq!(ByName.key(USER, &None::<u8>), "user[null]");
    assert_eq!(ByName.key(USER, &Some((1, 2))), "user[[1,2]]");
    assert_eq!(ByName.key(USER, &"a\"b\n"), r#"user["a\"b\n"]"#);
}

#[test]
fn structs_and_enums_are_written_as_json_writes_them() {
    #[derive(Serialize)]
    struct Point {
        x: f64,
        y: Unit,
    }
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Pair(u8, char);
    #[derive(Serialize)]
    enum Shape {
        Empty,
        Dot(Point),
        Line(u8, u8),
        Named { name: &'static str, pair: Pair },
    }
    let shapes = vec![
        Shape::Empty,
        Shape::Dot(Point { x: 1.0, y: Unit }),
        Shape::Line(1, 2),
        Shape::Named { name: "a", pair: Pair(3, '"') },
    ];
    let json = serde_json::to_string(&shapes).unwrap();
    assert_eq!(ByName.key(USER, &shapes), format!("user[{json}]"));
}

#[test]
fn borders_between_arguments_are_kept() {
    apart(&[
        ("a", "bc"),
        ("ab", "c"),
        ("abc", ""),
        ("", "abc"),
        ("a\",\"bc", ""),
        ("a", "\",\"bc"),
    ]);
    apart(&[vec![vec![1], vec![2]], vec![vec![1, 2]], vec![vec![1, 2], vec![]], vec![]]);
}

#[test]
fn nothing_is_not_an_empty_text() {
    apart(&[None, Some(""), Some("null"), Some("some(null)")]);
    apart(&[None, Some(None), Some(Some(()))]);
    apart(&[None, Some(None), Some(Some(None)), Some(Some(Some("null")))]);
}

#[test]
fn floats_that_json_does_not_have_are_not_nothing() {
    let floats = [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY), Some(0.0)];
    apart(&floats);
    apart(&floats.map(|float| (1, float.map(|float| float as f32))));
}

#[test]
fn kinds_are_kept_apart_where_an_argument_may_be_several() {
    apart(&[
        Any::Number(1),
        Any::Flag(true),
        Any::Float(1.0),
        Any::Text("1".into()),
        Any::Text("true".into()),
        Any::List(vec![Any::Number(1)]),
        Any::List(vec![Any::Text("1".into())]),
        Any::List(vec![]),
        Any::Nothing,
        Any::Text("null".into()),
    ]);
    apart(&[serde_json::json!(1), serde_json::json!(true), serde_json::json!("1")]);
}

#[test]
fn keys_of_maps_are_kept_apart() {
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    #[serde(untagged)]
    enum Name {
        Number(u8),
        Text(&'static str),
        Pair(u8, u8),
    }
    let named = |name| BTreeMap::from([(name, 0)]);
    apart(&[named(Name::Number(1)), named(Name::Text("1")), named(Name::Pair(1, 2))]);
    assert_eq!(ByName.key(USER, &named(Name::Pair(1, 2))), "user[{[1,2]:0}]");
    assert_eq!(ByName.key(USER, &named(Name::Text("1"))), r#"user[{"1":0}]"#);
}

#[test]
fn a_list_of_unknown_length_is_an_argument() {
    struct Odd(u8);
    impl Serialize for Odd {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;
            let mut list = serializer.serialize_seq(None)?;
            for number in (0..self.0).filter(|number| number % 2 == 1) {
                list.serialize_element(&number)?;
            }
            list.end()
        }
    }
    apart(&[Odd(0), Odd(2), Odd(4), Odd(6)]);
}

#[test]
#[should_panic(expected = "the arguments of `shop::users::user` cannot be made a key: no")]
fn arguments_that_refuse_have_no_key() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("no"))
        }
    }
    CanonicalKeyExtractor::new().key(USER, &Refuses);
}

#[test]
fn functions_of_one_name_in_two_modules_never_meet() {
    let [one, other] = [MethodName::new("a::user"), MethodName::new("b::user")];
    let canonical = CanonicalKeyExtractor::new();
    assert_eq!(ByName.key(one, &1), ByName.key(other, &1), "as documented");
    assert_ne!(ByReference.key(one, &1), ByReference.key(other, &1));
    assert_ne!(canonical.key(one, &1), canonical.key(other, &1));

    // Nor do arguments make up for it.
    let [short, long] = [MethodName::new("user"), MethodName::new("user<[u8;2]>")];
    assert_ne!(ByReference.key(short, &"<[u8;2]>"), ByReference.key(long, &""));
}

#[test]
fn namespace_and_version_keep_canonical_keys_apart() {
    let keys = CanonicalKeyExtractor::new;
    let all = [
        keys(),
        keys().with_namespace("a"),
        keys().with_namespace("a").with_version(1),
        keys().with_version(1),
        keys().with_namespace("a/shop"),
        // These look alike in the readable part.
        keys().with_namespace("a b"),
        keys().with_namespace("a_b"),
        keys().with_namespace("n".repeat(300)),
        keys().with_namespace("n".repeat(301)),
    ];
    for argument in ["short".to_owned(), "long".repeat(200)] {
        let different: HashSet<_> = all.iter().map(|keys| keys.key(USER, &argument)).collect();
        assert_eq!(different.len(), all.len());
    }
}

#[test]
fn a_canonical_key_stays_what_it_is() {
    // Stored entries are found by these texts: a change of one is a breaking change.
    let keys = CanonicalKeyExtractor::new().with_namespace("shop").with_version(2);
    let user = MethodName::new("app::user");
    assert_eq!(keys.key(user, &(7, "en")), "shop/app::user@2:BHNob3AJYXBwOjp1c2VyAghbNywiZW4iXQ");
    assert_eq!(
        keys.key(user, &"x".repeat(600)),
        "shop/app::user@2#XjC_ByIlJPLffmL0s_EMq8BhcAgVu0pUty-yJ0mJ3hE"
    );
}

#[test]
fn a_canonical_key_is_hashed_only_where_it_must_be() {
    let keys = CanonicalKeyExtractor::new();
    let lengths: Vec<_> = (300..400).map(|length| keys.key(USER, &"x".repeat(length))).collect();
    let whole = lengths.iter().filter(|key| key.contains("@0:")).map(String::len).max();
    let hashed = lengths.iter().filter(|key| key.contains("@0#")).count();
    assert!((509..=512).contains(&whole.unwrap()) && hashed > 0, "{whole:?} {hashed}");
}
