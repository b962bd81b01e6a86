//! What cannot be memoized says so once, at the right place, with what to write instead.

#[test]
fn each_misuse_has_one_message() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
