//! The place of a function, as far as its source file reveals it.
//!
//! The compiler does not tell a macro where its function is. The expansion for one place is no item
//! of another, and the compiler's message for that is about the expansion. So the file is read;
//! where it reveals nothing, only the better message is lost.

use alloc::sync::Arc;
use proc_macro::Span;
use syn::Ident;

use crate::source::{SourceFile, is_head_of_an_impl_block};

/// Returns whether a function without a receiver is in an `impl` block without
/// `#[memoize(method)]`.
pub(crate) fn stands_in_an_impl_block(name: &Ident) -> bool {
    let here = Span::call_site();
    source().is_some_and(|source| {
        source.may_be_in_an_impl_block(here.line(), here.column())
            && source.methods().unsaid.contains(&name.to_string())
    })
}

/// Returns whether a method is in an `impl` block of a trait.
pub(crate) fn stands_in_an_impl_of_a_trait(name: &Ident) -> bool {
    source().is_some_and(|source| {
        is_headed_by_a_trait(&source) && source.methods().of_traits.contains(&name.to_string())
    })
}

/// Returns whether the last head above is that of a trait; `None` if the source does not reveal it.
pub(crate) fn stands_in_a_trait() -> Option<bool> {
    source()?.above(Span::call_site().line()).find_map(|line| match line.trim_start() {
        line if is_head_of_an_impl_block(line) => Some(false),
        line if is_head_of_a_trait(line) => Some(true),
        _ => None,
    })
}

fn is_head_of_a_trait(line: &str) -> bool {
    // As `$vis` of a macro.
    let line = match line.starts_with('$') {
        true => line.split_once(' ').map_or(line, |(_, rest)| rest),
        false => line,
    };
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => {
            rest.split_once(')').map_or(rest, |(_, after)| after).trim_start()
        }
        Some(rest) => rest.trim_start(),
        None => line,
    };
    line.strip_prefix("unsafe ").unwrap_or(line).starts_with("trait ")
}

/// Returns the file of a function that is indented; in an `impl` block, they all are.
fn source() -> Option<Arc<SourceFile>> {
    let here = Span::call_site();
    match here.column() {
        1 => None,
        _ => SourceFile::of(&here.local_file()?),
    }
}

/// Returns whether the last head of an `impl` block above names a trait.
fn is_headed_by_a_trait(source: &SourceFile) -> bool {
    let mut head = Vec::new();
    for line in source.above(Span::call_site().line()) {
        // What has stood above an empty line is another head.
        if line.is_empty() {
            head.clear();
        }
        head.push(line);
        let line = line.trim_start();
        if line.starts_with("impl") || line.starts_with("unsafe impl") {
            return head.into_iter().rev().any(|line| line.contains(" for "));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_head_of_a_trait;

    #[test]
    fn heads_of_traits_are_told_by_their_text() {
        for head in
            ["trait A {", "pub(in a::b) unsafe trait A", "pub trait A: B {", "$vis trait $a {"]
        {
            assert!(is_head_of_a_trait(head), "{head}");
        }
        for other in ["impl A for B {", "traits.push(1)", "$vis fn trait_of() {", "// trait A {"] {
            assert!(!is_head_of_a_trait(other), "{other}");
        }
    }
}
