//! The block around a function, as far as one line of its source file reveals it.

use proc_macro::Span;
use syn::{ItemImpl, PathArguments, Type, parse_str};

use crate::{search::Borrow, source::SourceFile};

/// Whether the function stands in an `impl` block of a type without parameters, so that a constant
/// can name `Self`. It is assumed not to be where the file does not make it certain.
pub(crate) fn is_of_a_plain_type() -> bool {
    head().is_some_and(|head| is_plain(&head))
}

/// Whether the function stands in an `impl` block of a type that borrows.
pub(crate) fn is_of_a_type_that_borrows() -> bool {
    head().is_some_and(|head| Borrow::within(&head.self_ty).is_some())
}

/// The head of the `impl` block: in a formatted file, it is the first line above that stands
/// farther out.
fn head() -> Option<ItemImpl> {
    let here = Span::call_site();
    let source = SourceFile::of(&here.local_file()?)?;
    let outside = |line: &&str| !line.trim().is_empty() && indent(line) + 1 < here.column();
    source.above(here.line().saturating_sub(1)).find(outside).and_then(read)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn read(line: &str) -> Option<ItemImpl> {
    let head = line.trim().strip_suffix('{')?;
    parse_str(&format!("{head}{{}}")).ok()
}

fn is_plain(head: &ItemImpl) -> bool {
    let Type::Path(path) = &*head.self_ty else { return false };
    let arguments = path.path.segments.iter().map(|segment| &segment.arguments);
    head.generics.params.is_empty()
        && head.trait_.is_none()
        && path.qself.is_none()
        && arguments.into_iter().all(|arguments| matches!(arguments, PathArguments::None))
}

#[cfg(test)]
mod tests {
    use super::{Borrow, is_plain, read};

    #[test]
    fn only_the_head_of_a_plain_type_is_taken_for_one() {
        for plain in ["impl Shop {", "    impl shops::Shop {"] {
            assert!(read(plain).is_some_and(|head| is_plain(&head)), "{plain}");
        }
        for other in [
            "impl<T> Shop<T> {",
            "impl Shop<u32> {",
            "impl Shop<'_> {",
            "impl $shop {",
            "impl Prices for Shop {",
            "impl Shop",
            "impl Shop<",
            "trait Prices {",
            "methods! {",
            "}",
        ] {
            assert!(!read(other).is_some_and(|head| is_plain(&head)), "{other}");
        }
    }

    #[test]
    fn a_type_that_borrows_is_seen_in_the_head() {
        for (head, borrows) in [
            ("impl Shop<'_> {", true),
            ("impl<'a, T> Shop<'a, T> {", true),
            ("impl Shop<&'static str> {", false),
            ("impl<F: for<'a> Fn(&'a str)> Shop<F> {", false),
            ("impl Shop {", false),
        ] {
            let seen = read(head).is_some_and(|head| Borrow::within(&head.self_ty).is_some());
            assert_eq!(seen, borrows, "{head}");
        }
    }
}
