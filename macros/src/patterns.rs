//! Names that an argument's pattern binds: only the body knows them.

use syn::{
    Expr, ExprBlock, ExprClosure, ExprPath, FnArg, Ident, ItemFn, Pat, PatIdent,
    visit::{self, Visit},
};

/// The names that patterns of arguments bind.
pub(crate) fn bound(item: &ItemFn) -> Vec<Ident> {
    let mut bound = PatternNames(Vec::new());
    for input in &item.sig.inputs {
        match input {
            FnArg::Typed(typed) if !matches!(*typed.pat, Pat::Ident(_)) => {
                bound.visit_pat(&typed.pat);
            }
            _ => {}
        }
    }
    bound.0
}

struct PatternNames(Vec<Ident>);

impl<'ast> Visit<'ast> for PatternNames {
    fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
        self.0.push(pat.ident.clone());
        visit::visit_pat_ident(self, pat);
    }
}

/// The first of these names that an expression uses.
pub(crate) fn used<'a>(expression: &'a Expr, names: &[Ident]) -> Option<&'a Ident> {
    let mut used = Used { names, found: None };
    used.visit_expr(expression);
    used.found
}

struct Used<'a, 'n> {
    names: &'n [Ident],
    found: Option<&'a Ident>,
}

impl<'a> Visit<'a> for Used<'a, '_> {
    fn visit_expr_path(&mut self, path: &'a ExprPath) {
        if let Some(name) = path.path.get_ident().filter(|name| self.names.contains(name)) {
            self.found.get_or_insert(name);
        }
    }

    // These may bind names of their own.
    fn visit_expr_closure(&mut self, _: &'a ExprClosure) {}

    fn visit_expr_block(&mut self, _: &'a ExprBlock) {}
}

#[cfg(test)]
mod tests {
    use super::{bound, used};
    use syn::parse_quote;

    #[test]
    fn a_name_of_a_pattern_is_found_where_it_is_used() {
        let item = parse_quote! {
            async fn f(n: u8, (a, Pair { b, .. }): (u8, Pair)) {}
        };
        let names = bound(&item);
        assert_eq!(names.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(used(&parse_quote!(n + b), &names).unwrap(), "b");
        for other in ["n", "n.a", "n.map(|a| a)", "a::b", "{ let a = n; a }"] {
            assert_eq!(used(&syn::parse_str(other).unwrap(), &names), None, "{other}");
        }
    }
}
