//! The parameters that decide which cache is asked.

use syn::{
    GenericParam, Generics, Lifetime, TypeParamBound, WherePredicate,
    punctuated::Punctuated,
    visit::{self, Visit},
};

/// Returns the parameters without lifetimes, and without the bounds on these.
pub(crate) fn without_lifetimes(generics: &Generics) -> Generics {
    let lifetimes = Lifetimes(generics.lifetimes().map(|param| &param.lifetime).collect());
    let mut generics = generics.clone();
    generics.params = generics
        .params
        .into_iter()
        .filter_map(|mut param| match &mut param {
            GenericParam::Lifetime(_) => None,
            GenericParam::Type(ty) => {
                lifetimes.leave_out(&mut ty.bounds);
                Some(param)
            }
            GenericParam::Const(_) => Some(param),
        })
        .collect();
    if let Some(clause) = &mut generics.where_clause {
        let predicates = core::mem::take(&mut clause.predicates);
        let kept = predicates.into_iter().filter_map(|one| lifetimes.left_out_of(one));
        clause.predicates = kept.collect();
    }
    generics
}

/// The lifetimes that are parameters of the function. Others are those of its `impl` block, or of
/// a type, as in `for<'a> Fn(&'a str)`, which is one of its own.
struct Lifetimes<'a>(Vec<&'a Lifetime>);

impl Lifetimes<'_> {
    /// Returns the part of a predicate that concerns other parameters, if there is one.
    fn left_out_of(&self, mut predicate: WherePredicate) -> Option<WherePredicate> {
        let says_something = match &mut predicate {
            WherePredicate::Lifetime(of) => {
                let bounds = core::mem::take(&mut of.bounds);
                of.bounds = bounds.into_iter().filter(|bound| !self.0.contains(&bound)).collect();
                !self.0.contains(&&of.lifetime) && !of.bounds.is_empty()
            }
            WherePredicate::Type(of) => {
                let asked_nothing = of.bounds.is_empty();
                self.leave_out(&mut of.bounds);
                !self.are_in(|named| named.visit_type(&of.bounded_ty))
                    && (asked_nothing || !of.bounds.is_empty())
            }
            _ => true,
        };
        says_something.then_some(predicate)
    }

    fn leave_out<P: Default>(&self, bounds: &mut Punctuated<TypeParamBound, P>) {
        let all = core::mem::take(bounds);
        let kept =
            all.into_iter().filter(|one| !self.are_in(|named| named.visit_type_param_bound(one)));
        *bounds = kept.collect();
    }

    fn are_in(&self, visit: impl FnOnce(&mut Named<'_>)) -> bool {
        let mut named = Named { lifetimes: &self.0, found: false };
        visit(&mut named);
        named.found
    }
}

/// Searches for one of some lifetimes.
struct Named<'a> {
    lifetimes: &'a [&'a Lifetime],
    found: bool,
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.found |= self.lifetimes.contains(&lifetime);
        visit::visit_lifetime(self, lifetime);
    }
}
