//! The place of a function, as far as its source file reveals it.
//!
//! The compiler does not tell a macro where its function is. The expansion for one place is no item
//! of another, and the compiler's message for that is about the expansion. So the file is read;
//! where it reveals nothing, only the better message is lost.

use proc_macro::Span;
use syn::{
    Ident, ImplItemFn, ItemImpl, Meta,
    visit::{self, Visit},
};

/// Returns whether a function without a receiver is in an `impl` block without
/// `#[memoize(method)]`.
pub(crate) fn stands_in_an_impl_block(name: &Ident) -> bool {
    source().is_some_and(|source| {
        Search::within(&source, |method, _| {
            method.sig.ident == *name
                && method.sig.receiver().is_none()
                && method.attrs.iter().any(|attribute| is_without_method(&attribute.meta))
        })
    })
}

/// Returns whether a method is in an `impl` block of a trait.
pub(crate) fn stands_in_an_impl_of_a_trait(name: &Ident) -> bool {
    // Parsing a file takes time: it is for functions that are about to be refused.
    source().filter(|source| is_headed_by_a_trait(source)).is_some_and(|source| {
        Search::within(&source, |method, block| {
            method.sig.ident == *name
                && block.trait_.is_some()
                && method.attrs.iter().any(|attribute| is_memoize(&attribute.meta))
        })
    })
}

/// Returns whether the last head above is that of a trait; `None` if the source does not reveal it.
pub(crate) fn stands_in_a_trait() -> Option<bool> {
    let source = source()?;
    let above = source.lines().take(Span::call_site().line()).collect::<Vec<_>>();
    above.into_iter().rev().find_map(|line| match line.trim_start() {
        line if is_head_of_an_impl_block(line) => Some(false),
        line if is_head_of_a_trait(line) => Some(true),
        _ => None,
    })
}

fn is_head_of_an_impl_block(line: &str) -> bool {
    let line = line.strip_prefix("unsafe ").unwrap_or(line);
    line.strip_prefix("impl").is_some_and(|rest| rest.starts_with([' ', '<']))
}

fn is_head_of_a_trait(line: &str) -> bool {
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
fn source() -> Option<String> {
    let here = Span::call_site();
    if here.column() == 1 {
        return None;
    }
    std::fs::read_to_string(here.local_file()?).ok()
}

/// Returns whether the last head of an `impl` block above names a trait.
fn is_headed_by_a_trait(source: &str) -> bool {
    let above = source.lines().take(Span::call_site().line()).collect::<Vec<_>>();
    let head = above.iter().rposition(|line| {
        let line = line.trim_start();
        line.starts_with("impl") || line.starts_with("unsafe impl")
    });
    head.is_some_and(|head| {
        above[head..].iter().take_while(|line| !line.is_empty()).any(|line| line.contains(" for "))
    })
}

struct Search<'a, F> {
    sought: F,
    block: Option<&'a ItemImpl>,
    found: bool,
}

impl<F: Fn(&ImplItemFn, &ItemImpl) -> bool> Search<'_, F> {
    fn within(source: &str, sought: F) -> bool {
        let Ok(file) = syn::parse_file(source) else { return false };
        let mut search = Search { sought, block: None, found: false };
        search.visit_file(&file);
        search.found
    }
}

impl<'ast, F: Fn(&ImplItemFn, &ItemImpl) -> bool> Visit<'ast> for Search<'ast, F> {
    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let around = self.block.replace(block);
        visit::visit_item_impl(self, block);
        self.block = around;
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        self.found |= self.block.is_some_and(|block| (self.sought)(method, block));
        visit::visit_impl_item_fn(self, method);
    }
}

fn is_without_method(attribute: &Meta) -> bool {
    is_memoize(attribute) && match attribute {
        Meta::List(list) => !list.tokens.clone().into_iter().any(
            |token| matches!(token, proc_macro2::TokenTree::Ident(option) if option == "method"),
        ),
        _ => true,
    }
}

fn is_memoize(attribute: &Meta) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "memoize")
}
