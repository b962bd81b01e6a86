//! Searches inside a type or a body.

use proc_macro2::Span;
use syn::{
    Ident, Item, ItemFn, Lifetime, Type, TypePath, TypeReference,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Finds a borrow that is not `'static`.
pub(crate) struct Borrow(Option<Span>);

impl Borrow {
    pub(crate) fn within(ty: &Type) -> Option<Span> {
        let mut borrow = Self(None);
        borrow.visit_type(ty);
        borrow.0
    }
}

impl<'ast> Visit<'ast> for Borrow {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.is_none() {
            self.0.get_or_insert_with(|| reference.span());
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.0.get_or_insert_with(|| lifetime.span());
        }
    }

    // The lifetimes of a function's type are its callers'.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
}

/// Finds a floating-point number.
pub(crate) struct Float(Option<Ident>);

impl Float {
    pub(crate) fn within(ty: &Type) -> Option<Ident> {
        let mut float = Self(None);
        float.visit_type(ty);
        float.0
    }
}

impl<'ast> Visit<'ast> for Float {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if let Some(name) = path.path.get_ident()
            && (name == "f32" || name == "f64")
        {
            self.0.get_or_insert_with(|| name.clone());
        }
        // A type of another name may compare a number inside in its own way.
        if path
            .path
            .segments
            .iter()
            .all(|segment| STANDARD.iter().any(|name| segment.ident == name))
        {
            visit::visit_type_path(self, path);
        }
    }
}

/// Types that are as comparable as their contents.
const STANDARD: [&str; 5] = ["Option", "Vec", "Box", "Arc", "Rc"];

/// Finds `Self`, which only a function of an `impl` block can name.
pub(crate) struct NamesSelf(Option<Span>);

impl NamesSelf {
    pub(crate) fn within(item: &ItemFn) -> Option<Span> {
        let mut names = Self(None);
        names.visit_signature(&item.sig);
        names.visit_block(&item.block);
        names.0
    }
}

impl<'ast> Visit<'ast> for NamesSelf {
    fn visit_ident(&mut self, name: &'ast Ident) {
        if name == "Self" {
            self.0.get_or_insert_with(|| name.span());
        }
    }

    // Items inside have a `Self` of their own.
    fn visit_item(&mut self, _: &'ast Item) {}
}
