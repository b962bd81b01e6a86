//! Where a function stands, as far as its source file tells.

use proc_macro::Span;
use syn::{
    Ident, ImplItemFn, Meta,
    visit::{self, Visit},
};

/// Whether a function without a receiver stands in an `impl` block without `#[memoize(method)]`.
///
/// The compiler does not tell a macro where it stands, and what is written for a free function is
/// no item of an `impl` block, which the compiler says in words that help nobody. So the file is
/// looked into, for functions that are indented. What it does not tell costs the better message
/// only.
pub(crate) fn stands_in_an_impl_block(name: &Ident) -> bool {
    let here = Span::call_site();
    if here.column() == 1 {
        return false;
    }
    let source = here.local_file().and_then(|path| std::fs::read_to_string(path).ok());
    let Some(file) = source.and_then(|source| syn::parse_file(&source).ok()) else { return false };
    let mut search = Search { name, found: false };
    search.visit_file(&file);
    search.found
}

struct Search<'a> {
    name: &'a Ident,
    found: bool,
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.found |= function.sig.ident == *self.name
            && function.sig.receiver().is_none()
            && function.attrs.iter().any(|attribute| is_without_method(&attribute.meta));
        visit::visit_impl_item_fn(self, function);
    }
}

fn is_without_method(attribute: &Meta) -> bool {
    if attribute.path().segments.last().is_none_or(|last| last.ident != "memoize") {
        return false;
    }
    match attribute {
        Meta::List(list) => !list.tokens.clone().into_iter().any(
            |token| matches!(token, proc_macro2::TokenTree::Ident(option) if option == "method"),
        ),
        _ => true,
    }
}
