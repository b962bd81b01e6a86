//! Searches inside a type or a body.

use core::mem::replace;

use proc_macro2::Span;
use syn::{
    BoundLifetimes, GenericParam, Ident, Item, ItemFn, Lifetime, ParenthesizedGenericArguments,
    TraitBound, Type, TypePath, TypeReference,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Looks for something borrowed that is not `'static`.
#[derive(Default)]
pub(crate) struct Borrow {
    found: Option<Span>,
    /// The lifetimes of `for<'a>` around, which are those of callers.
    of_callers: Vec<Ident>,
    /// Whether it is in the arguments of a function, whose unnamed lifetimes are its callers', too.
    takes: bool,
}

impl Borrow {
    pub(crate) fn within(ty: &Type) -> Option<Span> {
        let mut borrow = Self::default();
        borrow.visit_type(ty);
        borrow.found
    }

    fn bound(&mut self, lifetimes: Option<&BoundLifetimes>, visit: impl FnOnce(&mut Self)) {
        let outer = self.of_callers.len();
        for param in lifetimes.iter().flat_map(|bound| &bound.lifetimes) {
            if let GenericParam::Lifetime(param) = param {
                self.of_callers.push(param.lifetime.ident.clone());
            }
        }
        visit(self);
        self.of_callers.truncate(outer);
    }
}

impl<'ast> Visit<'ast> for Borrow {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.is_none() && !self.takes {
            self.found.get_or_insert_with(|| reference.span());
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        let is_of_a_caller =
            self.of_callers.contains(&lifetime.ident) || (self.takes && lifetime.ident == "_");
        if lifetime.ident != "static" && !is_of_a_caller {
            self.found.get_or_insert_with(|| lifetime.span());
        }
    }

    fn visit_trait_bound(&mut self, of: &'ast TraitBound) {
        self.bound(of.lifetimes.as_ref(), |borrow| borrow.visit_path(&of.path));
    }

    // As in `dyn Fn(&str) -> &str`.
    fn visit_parenthesized_generic_arguments(
        &mut self,
        arguments: &'ast ParenthesizedGenericArguments,
    ) {
        let takes = replace(&mut self.takes, true);
        visit::visit_parenthesized_generic_arguments(self, arguments);
        self.takes = takes;
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
