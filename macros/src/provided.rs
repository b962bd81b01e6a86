//! Provided methods of traits, whose cache is found by a required one.
//!
//! A native `async fn` of a trait does not declare whether its future is `Send`, and a load has to
//! know that of every implementor. So the expansion of a provided method declares it.

use quote::quote;
use syn::{
    Expr, ExprField, ExprPath, ItemFn, Receiver, ReceiverKind, ReturnType, Type, Visibility,
    parse_quote,
    visit::{self, Visit},
};

use crate::{args::Args, surroundings::stands_in_a_trait};

/// Returns whether a function is, or may be, a provided method of a trait: where the source cannot
/// be read, the expansion for one works for a private method of a type, too.
pub(crate) fn is_provided(item: &ItemFn, args: &Args) -> bool {
    let inherits = matches!(item.vis, Visibility::Inherited) && item.sig.receiver().is_some();
    let found = args.place.as_ref().is_some_and(SelfUses::by_a_method);
    inherits && found && stands_in_a_trait().unwrap_or(true)
}

/// Adds the load's requirements on the implementor. They are bounds of the method, so that a trait
/// need not have them for all.
pub(crate) fn bind(item: &mut ItemFn, args: &Args) {
    let mut bounds = Vec::new();
    if item.sig.receiver().is_some_and(is_cloned) {
        bounds.push(quote!(::core::clone::Clone));
    }
    if !args.local {
        bounds.extend([quote!(::core::marker::Send), quote!(::core::marker::Sync)]);
    }
    let clause = item.sig.generics.make_where_clause();
    clause.predicates.push(parse_quote!(Self: #(#bounds +)* 'static));
}

/// Returns whether the load has a clone of the implementor, and not of a pointer to it.
fn is_cloned(receiver: &Receiver) -> bool {
    !matches!(receiver.kind, ReceiverKind::Typed(..))
}

/// Turns an `async fn` into one that declares its future `Send`.
pub(crate) fn send(item: &mut ItemFn) {
    let output: Type = match &item.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    let block = &item.block;
    item.block = parse_quote!({ async move #block });
    item.sig.asyncness = None;
    item.sig.output = parse_quote! {
        -> impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
}

/// Finds `self`, and a field of it, which a trait does not know.
#[derive(Default)]
struct SelfUses {
    myself: bool,
    field: bool,
}

impl SelfUses {
    fn by_a_method(place: &Expr) -> bool {
        let mut found = Self::default();
        found.visit_expr(place);
        found.myself && !found.field
    }
}

impl<'ast> Visit<'ast> for SelfUses {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        self.myself |= path.path.is_ident("self");
    }

    fn visit_expr_field(&mut self, field: &'ast ExprField) {
        self.field |= matches!(&*field.base, Expr::Path(base) if base.path.is_ident("self"));
        visit::visit_expr_field(self, field);
    }
}
