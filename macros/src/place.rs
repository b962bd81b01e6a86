//! The function that returns the cache, and how the cache is built.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, Ident, Lifetime, Result, ext::IdentExt};

use crate::{
    args::Setting,
    duration::duration,
    hooks,
    item::{Argument, Function, Place, Role},
    named::borrowed,
    words,
};

impl Function {
    /// The function that returns the cache, and what it needs; nothing where the user has it in a
    /// place.
    pub(crate) fn access(&self) -> Result<Vec<TokenStream>> {
        let krate = &self.args.krate;
        let (vis, name, docs) = (self.vis(), self.member("cache"), words::cache(self));
        let choices = self.bounded(self.choices());
        let (generics, _, clause) = choices.split_for_impl();
        let builder = self.builder()?;
        let (attributes, place) = (quote!(#[doc = #docs] #[must_use] #vis), place());
        Ok(match self.place() {
            Place::Given | Place::Handed => Vec::new(),
            Place::Static if !self.is_generic() => {
                let cache = self.cache(&self.fitting(self.key()));
                vec![quote! {
                    #attributes fn #name() -> &'static #cache {
                        static #place: #krate::private::CachePlace<#cache> =
                            #krate::private::CachePlace::new(|| #builder);
                        #place.cache()
                    }
                }]
            }
            Place::Static => {
                let cache = self.cache(&self.key());
                vec![quote! {
                    #attributes fn #name #generics() -> &'static #cache #clause {
                        static #place: #krate::private::Choices = #krate::private::Choices::new();
                        #place.of::<#cache, _>(|| #builder)
                    }
                }]
            }
            Place::Local => {
                let cache = self.cache(&self.key());
                vec![quote! {
                    #attributes fn #name #generics() -> #cache #clause {
                        #krate::private::thread_local! {
                            static #place: #krate::private::LocalChoices =
                                const { #krate::private::LocalChoices::new() };
                        }
                        #krate::private::LocalChoices::of(&#place, || #builder)
                    }
                }]
            }
            Place::Keyed => {
                let cache = self.cache(&quote!(impl #krate::private::KeyArgument));
                let (keyed, keyed_at) = (self.keyed_definition(&builder), self.path("keyed"));
                let access = quote! {
                    #attributes fn #name #generics() -> &'static #cache #clause {
                        #krate::private::KeyedCache::cache(&#keyed_at())
                    }
                };
                vec![access, keyed]
            }
        })
    }

    /// The function that returns the cache together with what makes its keys: the type of an
    /// expression has no name, so one `impl Trait` has to stand for both. What is looked at may be
    /// borrowed for any time, so that time is no part of that type.
    fn keyed_definition(&self, builder: &TokenStream) -> TokenStream {
        let krate = &self.args.krate;
        let (name, expression) = (self.member("keyed"), &self.args.key);
        let of = if self.args.hooks.is_empty() { quote!(_) } else { hooks::of(self) };
        let choices = self.bounded(self.choices());
        let (generics, _, clause) = choices.split_for_impl();
        let looked_at = self.looked_at().map(|argument| &argument.name).collect::<Vec<_>>();
        let types = |lifetime: Option<&Lifetime>| {
            let types = self.looked_at().map(|argument| match argument.referent() {
                Some(referent) => quote!(&#lifetime #referent),
                None => argument.ty.to_token_stream(),
            });
            types.collect::<Vec<_>>()
        };
        let lifetime = borrowed();
        // Without a name for the lifetime, a closure is one for any time.
        let (lent, any) = (types(Some(&lifetime)), types(None));
        let (closure, place) = (Ident::new("__closure", Span::mixed_site()), place());
        let (value, error) = (self.fitting(self.value()), self.error());
        let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
        let runtime = match &self.args.runtime {
            Some(runtime) => self.fitting(quote!(#runtime)),
            None => quote!(#krate::Auto),
        };
        quote! {
            fn #name #generics() -> impl
                #krate::private::KeyedCache<Value = #value, Error = #error, Runtime = #runtime>
                + for<#lifetime> #krate::private::MakesKeys<(#(#lent,)*)>
            #clause {
                static #place: #krate::private::Choices = #krate::private::Choices::new();
                // Named first, it is not taken for one of the time that it is called for first.
                let #closure = |(#(#looked_at,)*): (#(#any,)*)| #expression;
                #krate::private::keyed(&#place, #closure, |#of| #builder)
            }
        }
    }

    /// The arguments that `key = ..` reads.
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
        let listed = args.listed.then(|| quote!(.listed()));
        let build = if args.local { quote!(build_local) } else { quote!(build) };
        let builder = quote! {
            #started
                .name(::core::concat!(::core::module_path!(), #name))
                #(.capacity(#capacity))*
                #(.policy(#policy))*
                #(.method_timeout(#timeout))*
                #(#resilience)*
                #listed
                #hooks
        };
        Ok(match self.entry_builder(&times) {
            Some(entries) => quote!(#builder.entry_builder(#entries).#build()),
            None if args.hooks.is_empty() => {
                let runtime = args.runtime.iter();
                let runtime = runtime.map(|runtime| self.fitting(quote!(#runtime)));
                quote!(#krate::private::#build #(::<_, _, _, #runtime>)*(#builder #times))
            }
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

/// The `static` of a cache. The options are evaluated beside it, and an item's name is seen by all
/// that is, so it is one that no other item has.
fn place() -> Ident {
    Ident::new("__EVERMEMO_CACHE", Span::call_site())
}
