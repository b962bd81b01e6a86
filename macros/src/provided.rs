//! Provided methods of traits, whose cache is found by a required one.
//!
//! A native `async fn` of a trait does not say whether its future is `Send`, and a load has to know
//! that of every implementor. So what is written for a provided method says it.

use quote::quote;
use syn::{
    Expr, ExprField, ExprPath, ItemFn, Receiver, ReceiverKind, ReturnType, Type, Visibility,
    parse_quote,
    visit::{self, Visit},
};

use crate::{args::Args, surroundings::stands_in_a_trait};

/// Whether a function is, or may be, a provided method of a trait: where the source cannot be looked
/// into, what is written for one does for a private method of a type, too.
pub(crate) fn is_provided(item: &ItemFn, args: &Args) -> bool {
    let inherits = matches!(item.vis, Visibility::Inherited) && item.sig.receiver().is_some();
    let found = args.place.as_ref().is_some_and(SelfUses::by_a_method);
    inherits && found && stands_in_a_trait().unwrap_or(true)
}

/// Asks of the implementor what a load needs of it. It is asked by those who call the method, so
/// that a trait need not have it of all.
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

/// Whether the load has a clone of the implementor, and not of a pointer to it.
fn is_cloned(receiver: &Receiver) -> bool {
    !matches!(receiver.kind, ReceiverKind::Typed(..))
}

/// Makes an `async fn` one that says that its future is `Send`.
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

/// Looks for `self`, and for a field of it, which a trait does not know of.
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
