//! The expression in `in = ..`: a place, or a call that returns a cache.

use syn::{Expr, ExprUnary, Ident, UnOp};

/// Whether an expression names a place which a call can borrow from. What another one returns may
/// be made for that call alone.
pub(crate) fn lasts(place: &Expr) -> bool {
    match place {
        Expr::Path(_) | Expr::Unary(ExprUnary { op: UnOp::Deref(_), .. }) => true,
        Expr::Field(field) => lasts(&field.base),
        Expr::Index(index) => lasts(&index.expr),
        Expr::Reference(reference) => lasts(&reference.expr),
        Expr::Group(group) => lasts(&group.expr),
        Expr::Paren(paren) => lasts(&paren.expr),
        _ => false,
    }
}

/// What an expression begins with, if that has a name: what it finds is in there, or reached from
/// there.
pub(crate) fn root(place: &Expr) -> Option<&Ident> {
    match place {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Unary(unary) => root(&unary.expr),
        Expr::Field(field) => root(&field.base),
        Expr::Index(index) => root(&index.expr),
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Reference(reference) => root(&reference.expr),
        Expr::Group(group) => root(&group.expr),
        Expr::Paren(paren) => root(&paren.expr),
        _ => None,
    }
}
