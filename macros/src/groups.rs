//! The groups without brackets around the fragments that `macro_rules!` passes on.
//!
//! A `$ty:ty` or `$value:expr` reaches an attribute in a group that cannot be seen. What the
//! attribute writes loses it: the compiler takes `$value * 2` for `1 + 1 * 2`. So groups are opened
//! before anything is read, and those that hold several tokens together get parentheses.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{Expr, ExprUnary, FnArg, Lit, ReceiverKind, ReturnType, Signature, Type, UnOp};

/// Opens all groups without brackets.
pub(crate) fn opened(tokens: TokenStream) -> TokenStream {
    match has_any(tokens.clone()) {
        true => opened_in(false, tokens),
        false => tokens,
    }
}

/// Removes needless parentheses from the types of a function.
pub(crate) fn bared(signature: &mut Signature) {
    for input in &mut signature.inputs {
        match input {
            FnArg::Typed(typed) => bare(&mut typed.ty),
            FnArg::Receiver(receiver) => {
                if let ReceiverKind::Typed(_, ty) = &mut receiver.kind {
                    bare(ty);
                }
            }
        }
    }
    if let ReturnType::Type(_, ty) = &mut signature.output {
        bare(ty);
    }
}

fn bare(ty: &mut Type) {
    while let Type::Paren(outer) = ty
        && !is_a_sum(&outer.elem)
    {
        *ty = (*outer.elem).clone();
    }
}

fn has_any(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || has_any(group.stream()),
        _ => false,
    })
}

fn opened_in(is_in_a_macro: bool, tokens: TokenStream) -> TokenStream {
    let mut before = None;
    let tokens = tokens.into_iter().flat_map(|token| {
        let bang = before.take() == Some('!');
        let TokenTree::Group(group) = token else {
            if let TokenTree::Punct(punct) = &token {
                before = Some(punct.as_char());
            }
            return TokenStream::from(token);
        };
        let content = opened_in(is_in_a_macro || bang, group.stream());
        if group.delimiter() != Delimiter::None {
            return grouped(group.delimiter(), content, group.span());
        }
        match holds_together(is_in_a_macro, &content) {
            // Lints must not take them for the author's.
            true => {
                let span = Span::mixed_site().located_at(group.span());
                grouped(Delimiter::Parenthesis, content, span)
            }
            false => content,
        }
    });
    tokens.collect()
}

fn grouped(delimiter: Delimiter, content: TokenStream, span: Span) -> TokenStream {
    let mut group = Group::new(delimiter, content);
    group.set_span(span);
    TokenTree::Group(group).into()
}

/// Returns whether tokens outside a group might bind to their neighbours instead.
fn holds_together(is_in_a_macro: bool, tokens: &TokenStream) -> bool {
    if tokens.clone().into_iter().nth(1).is_none() {
        return false;
    }
    match syn::parse2::<Expr>(tokens.clone()) {
        // A macro may need the literal itself, as `concat!` does.
        Ok(Expr::Unary(unary)) => !(is_in_a_macro && is_negative_number(&unary)),
        Ok(
            Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Closure(_)
            | Expr::Range(_)
            | Expr::RawAddr(_)
            | Expr::Reference(_),
        ) => true,
        Ok(_) => false,
        Err(_) => syn::parse2::<Type>(tokens.clone()).is_ok_and(|ty| is_a_sum(&ty)),
    }
}

fn is_negative_number(unary: &ExprUnary) -> bool {
    matches!(unary.op, UnOp::Neg(_))
        && matches!(&*unary.expr, Expr::Lit(lit) if matches!(lit.lit, Lit::Int(_) | Lit::Float(_)))
}

/// Whether a type is written with a `+`.
fn is_a_sum(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(object) => object.bounds.len() > 1,
        Type::ImplTrait(object) => object.bounds.len() > 1,
        _ => false,
    }
}
