//! What cannot be memoized says so once, at the right place, with what to write instead.

use std::fs;

/// Longer than others, and why.
const LONGER: [(&str, usize, &str); 7] = [
    ("call_not_awaited", 52, "it has several calls, each with a message of its own"),
    ("change_not_awaited", 72, "it has several changes, each with a message of its own"),
    ("key_by_another_reference", 31, "the compiler lists what keys can be asked for by"),
    ("option_by_another_name", 59, "it has several options, each with a message of its own"),
    ("refused_with_callers", 29, "it has several functions, each with a message of its own"),
    ("result_of_a_struct", 26, "the type stands in the head of the function, too"),
    ("result_of_another_kind", 26, "the type stands in the head of the function, too"),
];

#[test]
fn each_misuse_has_one_message() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn a_message_has_25_lines_at_most() {
    for file in fs::read_dir("ui").expect("the folder is there") {
        let path = file.expect("it can be read").path();
        if path.extension().is_none_or(|extension| extension != "stderr") {
            continue;
        }
        let name = path.file_stem().expect("it has a name").to_string_lossy();
        let longer = LONGER.iter().find(|(longer, ..)| *longer == name);
        let most = longer.map_or(25, |&(_, lines, _)| lines);
        let lines = fs::read_to_string(&path).expect("it is text").lines().count();
        assert!(lines <= most, "{name}: {lines} lines");
    }
}
