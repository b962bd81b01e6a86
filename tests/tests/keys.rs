//! A key is asked for by a reference to one, or to what it borrows as.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use evermemo::{
    Builder, CanonicalKeyExtractor, KeyFrom, KeyHasher, Lent, Lookup, Runtime, SingleThreaded,
    SmolLocal, Source, TokioLocal,
};
use evermemo_tests::{Numbered, Timed, on_every_runtime};
use std::{
    borrow::{Borrow, Cow},
    ffi::{CStr, CString, OsStr, OsString},
    fmt::Debug,
    hash::{BuildHasher, Hash},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

on_every_runtime! {
    keys_are_asked_for_by_themselves,
    text_is_asked_for_by_a_str,
    slices_are_asked_for_by_a_slice,
    text_of_c_is_asked_for_by_a_c_str,
    paths_are_asked_for_by_a_path,
    text_of_the_system_is_asked_for_by_an_os_str,
    pointers_are_asked_for_by_what_they_point_to,
    own_types_are_asked_for_by_what_they_borrow_as,
    parts_of_a_tuple_are_asked_for_each_by_its_own,
    borrowed_and_owned_text_is_one_key,
    what_others_own_is_asked_for_as_it_is_lent,
    keys_that_are_made_are_made_of_what_is_asked_by,
}

async fn keys_are_asked_for_by_themselves<R: Timed>(rt: R) {
    agree::<u64, u64, R>(&rt, 7, &7).await;
    agree::<String, String, R>(&rt, "a".into(), &"a".into()).await;
    agree::<Arc<str>, Arc<str>, R>(&rt, "a".into(), &"a".into()).await;
    agree::<Box<[u8]>, Box<[u8]>, R>(&rt, [1].into(), &[1].into()).await;
    agree::<Option<String>, Option<String>, R>(&rt, None, &None).await;
    agree::<&'static str, &'static str, R>(&rt, "a", &"a").await;
    agree::<(u8, String), (u8, String), R>(&rt, (1, "a".into()), &(1, "a".into())).await;
}

async fn text_is_asked_for_by_a_str<R: Timed>(rt: R) {
    for text in ["", "a", "long enough for a pointer"] {
        agree::<String, str, R>(&rt, text.into(), text).await;
        agree::<Arc<str>, str, R>(&rt, text.into(), text).await;
        agree::<Box<str>, str, R>(&rt, text.into(), text).await;
        agree::<Cow<'static, str>, str, R>(&rt, text.into(), text).await;
    }
}

async fn slices_are_asked_for_by_a_slice<R: Timed>(rt: R) {
    let slice: &[u16] = &[1, 2, 3];
    agree::<Vec<u16>, [u16], R>(&rt, slice.into(), slice).await;
    agree::<Arc<[u16]>, [u16], R>(&rt, slice.into(), slice).await;
    agree::<Box<[u16]>, [u16], R>(&rt, slice.into(), slice).await;
    agree::<Cow<'static, [u16]>, [u16], R>(&rt, vec![1, 2, 3].into(), slice).await;
    let texts: &[String] = &["a".into(), String::new()];
    agree::<Arc<[String]>, [String], R>(&rt, texts.into(), texts).await;
}

async fn text_of_c_is_asked_for_by_a_c_str<R: Timed>(rt: R) {
    let text = c"a\xff";
    agree::<CString, CStr, R>(&rt, text.into(), text).await;
    agree::<Arc<CStr>, CStr, R>(&rt, text.into(), text).await;
    agree::<Box<CStr>, CStr, R>(&rt, text.into(), text).await;
    agree::<Cow<'static, CStr>, CStr, R>(&rt, CString::from(text).into(), text).await;
}

async fn paths_are_asked_for_by_a_path<R: Timed>(rt: R) {
    let path = Path::new("/etc//hosts");
    agree::<PathBuf, Path, R>(&rt, path.into(), path).await;
    agree::<Arc<Path>, Path, R>(&rt, path.into(), path).await;
    agree::<Box<Path>, Path, R>(&rt, path.into(), path).await;
    agree::<Cow<'static, Path>, Path, R>(&rt, PathBuf::from(path).into(), path).await;
    // As paths, and not as text.
    agree::<Arc<Path>, Path, R>(&rt, Path::new("/etc/hosts").into(), path).await;
}

async fn text_of_the_system_is_asked_for_by_an_os_str<R: Timed>(rt: R) {
    let text = OsStr::new("a");
    agree::<OsString, OsStr, R>(&rt, text.into(), text).await;
    agree::<Arc<OsStr>, OsStr, R>(&rt, text.into(), text).await;
    agree::<Box<OsStr>, OsStr, R>(&rt, text.into(), text).await;
    agree::<Cow<'static, OsStr>, OsStr, R>(&rt, OsString::from(text).into(), text).await;
}

async fn pointers_are_asked_for_by_what_they_point_to<R: Timed>(rt: R) {
    agree::<Arc<u64>, u64, R>(&rt, 7.into(), &7).await;
    agree::<Box<u64>, u64, R>(&rt, 7.into(), &7).await;
    agree::<Cow<'static, u64>, u64, R>(&rt, Cow::Owned(7), &7).await;
    agree::<Arc<String>, String, R>(&rt, String::from("a").into(), &"a".into()).await;
}

/// A type of the user's that borrows as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name(String);

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl KeyFrom<str> for Name {
    fn key_from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

async fn own_types_are_asked_for_by_what_they_borrow_as<R: Timed>(rt: R) {
    agree::<Name, str, R>(&rt, Name("a".into()), "a").await;
    agree::<Name, Name, R>(&rt, Name("a".into()), &Name("a".into())).await;
    agree::<Arc<Name>, Name, R>(&rt, Name("a".into()).into(), &Name("a".into())).await;
}

type Mixed = (Arc<str>, Cow<'static, str>, Box<Path>, u8, Name, Arc<[u8]>);

async fn parts_of_a_tuple_are_asked_for_each_by_its_own<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method::<Mixed>());
    let path = Path::new("p");
    let by = ("a", "b", path, &1, "c", &[2_u8, 3][..]);
    let key: Mixed =
        ("a".into(), "b".into(), path.into(), 1, Name("c".into()), [2, 3].as_slice().into());
    assert_eq!(hash(&by), hash(&key));
    assert!(by.matches(&key));
    assert_eq!(memo.call_ref(by).await.unwrap(), 1);
    assert_eq!(memo.outcome(key).await.unwrap().source, Source::Hit);
    assert_eq!(memo.call_ref(("b", "a", path, &1, "c", &[2_u8, 3][..])).await.unwrap(), 2);
    assert_eq!((memo.len(), source.count()), (2, 2));
}

async fn borrowed_and_owned_text_is_one_key<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method::<Cow<'static, str>>());
    assert_eq!(memo.call(Cow::Borrowed("a")).await.unwrap(), 1);
    assert_eq!(memo.call(Cow::Owned("a".into())).await.unwrap(), 1);
    assert_eq!(memo.call_ref("a").await.unwrap(), 1);
    assert_eq!(memo.call_ref(&Cow::Borrowed("a")).await.unwrap(), 1);
    assert_eq!((memo.len(), source.count()), (1, 1));
}

async fn what_others_own_is_asked_for_as_it_is_lent<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method::<(String, u8)>());
    assert_eq!(memo.call_ref((Lent("a"), Lent(&1))).await.unwrap(), 1);
    assert_eq!(memo.call_ref(("a", &1)).await.unwrap(), 1);
    assert_eq!((memo.len(), source.count()), (1, 1));
}

async fn keys_that_are_made_are_made_of_what_is_asked_by<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt)
        .key_extractor(CanonicalKeyExtractor::new())
        .wrap(source.method::<(Box<str>, u8)>());
    assert_eq!(memo.call_ref(("a", &1)).await.unwrap(), 1);
    assert_eq!(memo.call(("a".into(), 1)).await.unwrap(), 1);
    assert_eq!((memo.len(), source.count()), (1, 1));
}

#[test]
fn keys_that_stay_on_their_thread_are_asked_for_alike_on_smol() {
    let rt = SmolLocal::default();
    rt.block_on(keys_that_stay(rt.clone()));
}

#[tokio::test]
async fn keys_that_stay_on_their_thread_are_asked_for_alike_on_tokio() {
    tokio::task::LocalSet::new().run_until(keys_that_stay(TokioLocal::default())).await;
}

async fn keys_that_stay<R: Runtime<Threading = SingleThreaded>>(rt: R) {
    agree_locally::<Rc<str>, str, R>(&rt, "a".into(), "a").await;
    agree_locally::<Rc<[u16]>, [u16], R>(&rt, [1].into(), &[1]).await;
    agree_locally::<Rc<CStr>, CStr, R>(&rt, c"a".into(), c"a").await;
    agree_locally::<Rc<Path>, Path, R>(&rt, Path::new("a").into(), Path::new("a")).await;
    agree_locally::<Rc<OsStr>, OsStr, R>(&rt, OsStr::new("a").into(), OsStr::new("a")).await;
    agree_locally::<Rc<u64>, u64, R>(&rt, 7.into(), &7).await;
    agree_locally::<Rc<Name>, Name, R>(&rt, Name("a".into()).into(), &Name("a".into())).await;
    agree_locally::<Cow<'static, str>, str, R>(&rt, "a".into(), "a").await;
}

/// Asks for a key by a reference, and then by itself.
async fn agree<K, Q, R>(rt: &R, key: K, by: &Q)
where
    K: KeyFrom<Q> + Hash + Eq + Clone + Debug + Send + Sync + 'static,
    Q: Hash + Eq + ?Sized,
    R: Timed,
{
    are_alike(&key, by);
    let source = Numbered::open();
    let memo = Builder::on(rt.clone()).wrap(source.method::<K>());
    assert_eq!(memo.call_ref(by).await.unwrap(), 1, "{key:?} is loaded");
    let again = memo.call_ref(by).outcome().await.unwrap();
    assert_eq!((again.value, again.source), (1, Source::Hit), "{key:?} is found by reference");
    let whole = memo.outcome(key.clone()).await.unwrap();
    assert_eq!((whole.value, whole.source), (1, Source::Hit), "{key:?} is found by itself");
    assert_eq!((memo.len(), source.count()), (1, 1));
}

/// The same for keys that need not be `Send`.
async fn agree_locally<K, Q, R>(rt: &R, key: K, by: &Q)
where
    K: KeyFrom<Q> + Hash + Eq + Clone + Debug + 'static,
    Q: Hash + Eq + ?Sized,
    R: Runtime<Threading = SingleThreaded>,
{
    are_alike(&key, by);
    let source = Numbered::open();
    let memo = Builder::on(rt.clone()).wrap_local(source.method::<K>());
    assert_eq!(memo.call_ref(by).await.unwrap(), 1, "{key:?} is loaded");
    assert_eq!(memo.call(key.clone()).await.unwrap(), 1, "{key:?} is found by itself");
    assert_eq!(memo.call_ref(by).await.unwrap(), 1, "{key:?} is found by reference");
    assert_eq!((memo.len(), source.count()), (1, 1));
}

fn are_alike<K, Q>(key: &K, by: &Q)
where
    K: KeyFrom<Q> + Hash + Eq + Debug,
    Q: Hash + Eq + ?Sized,
{
    assert_eq!(hash(&by), hash(key), "{key:?} hashes as what it is asked for by");
    assert!(by.matches(key), "{key:?} is what it is asked for by");
    assert_eq!(K::key_from(by), *key);
}

fn hash<T: Hash>(value: &T) -> u64 {
    KeyHasher::default().hash_one(value)
}
