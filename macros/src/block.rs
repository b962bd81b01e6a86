//! The block that a function stands in, as far as one line of its source file tells.

use proc_macro::Span;

/// Whether the function stands in an `impl` block of a type without parameters, so that a constant can
/// name `Self`. What the file does not tell for certain is taken for no.
pub(crate) fn is_of_a_plain_type() -> bool {
    let here = Span::call_site();
    let source = here.local_file().and_then(|file| std::fs::read_to_string(file).ok());
    source.is_some_and(|source| {
        // The first line above that stands farther out is that of the block, if it is formatted.
        let above = source.lines().take(here.line().saturating_sub(1)).collect::<Vec<_>>();
        let outside = |line: &&&str| !line.trim().is_empty() && indent(line) + 1 < here.column();
        above.iter().rev().find(outside).is_some_and(|line| is_head_of_a_plain_type(line))
    })
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_head_of_a_plain_type(line: &str) -> bool {
    let name = line.trim().strip_prefix("impl ").and_then(|rest| rest.strip_suffix(" {"));
    name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::is_head_of_a_plain_type;

    #[test]
    fn only_the_head_of_a_plain_type_is_taken_for_one() {
        assert!(is_head_of_a_plain_type("impl Shop {"));
        assert!(is_head_of_a_plain_type("    impl shops::Shop {"));
        for other in [
            "impl<T> Shop<T> {",
            "impl Shop<u32> {",
            "impl Shop<'_> {",
            "impl $shop {",
            "impl Prices for Shop {",
            "impl Shop",
            "trait Prices {",
            "methods! {",
            "}",
        ] {
            assert!(!is_head_of_a_plain_type(other), "{other}");
        }
    }
}
