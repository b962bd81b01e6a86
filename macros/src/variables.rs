//! The names in an expression that may be those of variables.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Expr, ExprPath, Macro,
    visit::{self, Visit},
};

/// Returns the names that may be of variables, and all that is in macros. A field or a method of an
/// argument's name is another thing.
pub(crate) fn variables(expression: &Expr) -> TokenStream {
    let mut variables = Variables(TokenStream::new());
    variables.visit_expr(expression);
    variables.0
}

struct Variables(TokenStream);

impl<'ast> Visit<'ast> for Variables {
    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident() {
            name.to_tokens(&mut self.0);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.0.extend(mac.tokens.clone());
    }
}
