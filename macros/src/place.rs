//! The function that returns the cache, and how the cache is built.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Result, ext::IdentExt, parse_quote};

use crate::{
    args::Setting,
    duration::duration,
    hooks,
    item::{Argument, Function, Place, Role},
    words,
};

impl Function {
    /// The function that returns the cache, and what it needs; nothing where the user has it in a
    /// place.
    pub(crate) fn access(&self) -> Result<Vec<TokenStream>> {
        let krate = &self.args.krate;
        let (vis, name, docs) = (&self.item.vis, self.member("cache"), words::cache(self));
        let choices = self.choices();
        let (generics, _, clause) = choices.split_for_impl();
        let builder = self.builder()?;
        let attributes = quote!(#[doc = #docs] #[must_use] #vis);
        Ok(match self.place() {
            Place::Given | Place::Handed => Vec::new(),
            Place::Static if !self.is_generic() => {
                let cache = self.cache(&self.key());
                vec![quote! {
                    #attributes fn #name() -> &'static #cache {
                        static MEMOIZED: #krate::private::LazyLock<#cache> =
                            #krate::private::LazyLock::new(|| #builder);
                        &MEMOIZED
                    }
                }]
            }
            Place::Static => {
                let cache = self.cache(&self.key());
                vec![quote! {
                    #attributes fn #name #generics() -> &'static #cache #clause {
                        static MEMOIZED: #krate::private::Choices = #krate::private::Choices::new();
                        MEMOIZED.of(|| #builder)
                    }
                }]
            }
            Place::Local => {
                let cache = self.cache(&self.key());
                vec![quote! {
                    #attributes fn #name #generics() -> #cache #clause {
                        #krate::private::thread_local! {
                            static MEMOIZED: #krate::private::LocalChoices =
                                const { #krate::private::LocalChoices::new() };
                        }
                        #krate::private::LocalChoices::of(&MEMOIZED, || #builder)
                    }
                }]
            }
            Place::Keyed => {
                let cache = self.cache(&quote!(impl #krate::private::KeyArgument));
                let (keyed, keyed_at) = (self.keyed_definition(&builder), self.path("keyed"));
                let access = quote! {
                    #attributes fn #name #generics() -> &'static #cache #clause {
                        #keyed_at().cache
                    }
                };
                vec![access, keyed]
            }
        })
    }

    /// The function that returns the cache together with what makes its keys: the type of an
    /// expression has no name, so one `impl Trait` has to stand for both.
    fn keyed_definition(&self, builder: &TokenStream) -> TokenStream {
        let krate = &self.args.krate;
        let (name, expression) = (self.member("keyed"), &self.args.key);
        let of = if self.args.hooks.is_empty() { quote!(_) } else { hooks::of(self) };
        let (mut choices, parameters) = (self.choices(), self.parameters());
        let argument = quote!(impl #krate::private::KeyArgument + use<#(#parameters),*>);
        let looked_at = self.looked_at().map(|argument| &argument.name).collect::<Vec<_>>();
        let types = self.looked_at().map(with_lifetime).collect::<Vec<_>>();
        let (value, error) = (self.value(), self.error());
        let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
        let runtime = self.args.runtime.clone().unwrap_or_else(|| parse_quote!(#krate::Auto));
        choices.params.insert(0, parse_quote!('memo));
        let (generics, _, clause) = choices.split_for_impl();
        quote! {
            fn #name #generics() -> #krate::private::Keyed<
                (#(#types,)*), #argument, #value, #error, #runtime
            > #clause {
                static MEMOIZED: #krate::private::Choices = #krate::private::Choices::new();
                #krate::private::keyed(&MEMOIZED, |(#(#looked_at,)*)| #expression, |#of| #builder)
            }
        }
    }

    /// The arguments that `key = ..` has a look at.
    pub(crate) fn looked_at(&self) -> impl Iterator<Item = &Argument> {
        self.carried().filter(|argument| argument.role == Role::Carried { looked_at: true })
    }

    fn builder(&self) -> Result<TokenStream> {
        let (krate, args) = (&self.args.krate, &self.args);
        let started = match &args.runtime {
            None => quote!(#krate::builder()),
            Some(runtime) => {
                quote!(#krate::Builder::on(<#runtime as ::core::default::Default>::default()))
            }
        };
        let name = format!("::{}", self.name().unraw());
        let capacity = args.capacity.iter();
        let policy = args.policy.iter().map(|policy| self.policy(policy));
        let lasting = |option: &str, value: &Option<Expr>| match value {
            Some(value) => duration(option, value).map(Option::into_iter),
            None => Ok(None.into_iter()),
        };
        let timeout = lasting("method_timeout", &args.method_timeout)?;
        let update_after = lasting("update_after", &args.update_after)?;
        let expire_after = lasting("expire_after", &args.expire_after)?;
        let times = quote!(#(.update_after(#update_after))* #(.expire_after(#expire_after))*);
        let resilience = args
            .resilience
            .iter()
            .filter(|setting| args.hooks.outage.is_none() || setting.name != "stale_if_error");
        let resilience = resilience.map(Setting::written).collect::<Result<Vec<_>>>()?;
        let hooks = self.hooks()?;
        let build = if args.local { quote!(build_local) } else { quote!(build) };
        let builder = quote! {
            #started
                .name(::core::concat!(::core::module_path!(), #name))
                #(.capacity(#capacity))*
                #(.policy(#policy))*
                #(.method_timeout(#timeout))*
                #(#resilience)*
                #hooks
        };
        Ok(match self.entry_builder(&times) {
            Some(entries) => quote!(#builder.entry_builder(#entries).#build()),
            None if args.hooks.is_empty() => quote!(#krate::private::#build(#builder #times)),
            None => quote!(#builder #times.#build()),
        })
    }

    /// A policy may be named without its type.
    fn policy(&self, policy: &Expr) -> TokenStream {
        let krate = &self.args.krate;
        match policy {
            Expr::Path(path) if path.path.get_ident().is_some() => quote!(#krate::Policy::#path),
            _ => quote!(#policy),
        }
    }
}

impl Setting {
    /// The call of the builder's setter, and nothing for what is off.
    fn written(&self) -> Result<TokenStream> {
        let Self { name, value, lasts } = self;
        let value = match lasts {
            true => duration(&name.to_string(), value)?,
            false => Some(quote!(#value)),
        };
        Ok(value.map_or_else(TokenStream::new, |value| quote!(.#name(#value))))
    }
}

/// A type in which the lifetime of a reference has a name.
fn with_lifetime(argument: &Argument) -> TokenStream {
    match (argument.referent(), &argument.ty) {
        (Some(referent), _) => quote!(&'memo #referent),
        (None, ty) => quote!(#ty),
    }
}
