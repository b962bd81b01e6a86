//! The author's functions and objects on the types of the cache.
//!
//! Each is passed on by a function that knows the cache's types, so that a closure need not name
//! them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Ident, Result, Stmt, spanned::Spanned};

use crate::{
    args::HookOptions,
    duration::duration,
    item::{Function, Place},
};

impl HookOptions {
    /// Returns whether a cache has none.
    pub(crate) const fn is_empty(&self) -> bool {
        let Self { observer, weigher, entry_builder, outage, valid } = self;
        observer.is_none()
            && weigher.is_none()
            && entry_builder.is_none()
            && outage.is_none()
            && valid.is_none()
    }
}

impl Function {
    /// Writes the calls of a builder's setters, but for that of the entry builder.
    pub(crate) fn hooks(&self) -> Result<TokenStream> {
        let hooks = &self.args.hooks;
        let observer = hooks.observer.iter().map(|observer| match is_closure(observer) {
            true => self.typed("observing", observer),
            false => self.typed("observer", observer),
        });
        let weigher = hooks.weigher.iter().map(|weigher| self.typed("weigher", weigher));
        let outage = match (&hooks.outage, self.args.resilient("stale_if_error")) {
            (Some(outage), Some(window)) => duration("stale_if_error", window)?
                .map(|window| (window, self.typed("outage", outage))),
            _ => None,
        };
        let outage = outage.map(|(window, outage)| quote!(.stale_if_error_when(#window, #outage)));
        let valid = hooks.valid.iter().map(|valid| self.typed("valid", valid));
        Ok(quote!(
            #(.weigher(#weigher))* #outage #(.valid_if(#valid))* #(.observer(#observer))*
        ))
    }

    /// Writes the entry builder, where that is not the builder's own: it gets the `times`.
    pub(crate) fn entry_builder(&self, times: &TokenStream) -> Option<TokenStream> {
        let krate = &self.args.krate;
        let builder = self.args.hooks.entry_builder.as_ref().map(|builder| {
            let handing = match (is_closure(builder), self.args.local) {
                (true, false) => "building",
                (true, true) => "local_building",
                (false, false) => "entry_builder",
                (false, true) => "local_entry_builder",
            };
            self.typed(handing, builder)
        });
        let value = self.fitting(self.value());
        match (&self.args.cache_if, builder) {
            (Some(keep), Some(builder)) => {
                Some(quote!(#krate::private::KeepBuilt::<#value, _>::new(#keep, #builder)))
            }
            (Some(keep), None) => {
                Some(quote!(#krate::private::KeepIf::<#value>::new(#keep) #times))
            }
            (None, builder) => builder,
        }
    }

    /// Writes an expression inside the function that sets its type for this cache.
    fn typed(&self, handing: &str, expression: &Expr) -> TokenStream {
        let (krate, of) = (&self.args.krate, of(self));
        let span = Span::call_site().located_at(expression.span());
        let handing = Ident::new(handing, span);
        quote_spanned!(span=> #krate::private::#handing(#of, #expression))
    }
}

/// Writes the types of a cache, as a value; its name is one that no constant of the author's has.
pub(crate) fn of(function: &Function) -> TokenStream {
    let (key, value) = (function.key(), function.fitting(function.value()));
    let error = function.error().unwrap_or_else(|| quote!(::core::convert::Infallible));
    match function.place() {
        // The key's type has no name, so the function that makes the cache gets them.
        Place::Keyed => Ident::new("__of", Span::mixed_site()).to_token_stream(),
        _ => quote!(::core::marker::PhantomData::<fn() -> (#key, #value, #error)>),
    }
}

/// Returns whether an expression is written as a closure, whose types can be inferred.
fn is_closure(expression: &Expr) -> bool {
    match expression {
        Expr::Closure(_) => true,
        Expr::Group(group) => is_closure(&group.expr),
        Expr::Paren(paren) => is_closure(&paren.expr),
        Expr::Block(block) => {
            matches!(block.block.stmts.last(), Some(Stmt::Expr(last, None)) if is_closure(last))
        }
        _ => false,
    }
}
