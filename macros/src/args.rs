//! The options in the brackets of `#[memoize(..)]`.

use proc_macro2::Span;
use syn::{
    Error, Expr, Ident, LitStr, Path, Result, Token, Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    parse_quote,
    punctuated::Punctuated,
};

use crate::{
    duration::is_off,
    unknown::{misused, unknown},
};

/// Every option, in the order of the documentation.
pub(crate) const OPTIONS: &str = "`capacity = ..`, `policy = ..`, `update_after = ..`, \
     `expire_after = ..`, `method_timeout = ..`, `stale_if_error = ..`, `soft_timeout = ..`, \
     `refresh_backoff = ..`, `cache_errors_for = ..`, `max_loads = ..`, `jitter = ..`, \
     `early_refresh = ..`, `sweep_every = ..`, `observer = ..`, `weigher = ..`, \
     `entry_builder = ..`, `stale_if_error_when = ..`, `valid_if = ..`, `skip(..)`, `key = ..`, \
     `cache_if = ..`, `result = whole`, `error = ..`, `in = ..`, `runtime = ..`, `local`, \
     `listed`, `method`, `companion = ..`, `crate = ..`";

/// The options of one attribute; an option that is not written is `None`, empty or false.
pub(crate) struct Args {
    pub(crate) capacity: Option<Expr>,
    pub(crate) policy: Option<Expr>,
    pub(crate) update_after: Option<Expr>,
    pub(crate) expire_after: Option<Expr>,
    pub(crate) method_timeout: Option<Expr>,
    /// The settings for failures and random times.
    pub(crate) resilience: Vec<Setting>,
    pub(crate) hooks: HookOptions,
    pub(crate) skip: Vec<Ident>,
    pub(crate) key: Option<Expr>,
    pub(crate) cache_if: Option<Expr>,
    pub(crate) whole: bool,
    /// The error that callers get.
    pub(crate) error: Option<Type>,
    pub(crate) place: Option<Expr>,
    pub(crate) runtime: Option<Type>,
    pub(crate) local: bool,
    /// The cache is in the list of the process.
    pub(crate) listed: bool,
    pub(crate) method: bool,
    /// The name of the companion, if it is not that of the function.
    pub(crate) companion: Option<Ident>,
    pub(crate) krate: Path,
    /// The options as they were written, to point at.
    written: Vec<Ident>,
}

/// The author's functions and objects on the types of the cache.
#[derive(Default)]
pub(crate) struct HookOptions {
    pub(crate) observer: Option<Expr>,
    pub(crate) weigher: Option<Expr>,
    pub(crate) entry_builder: Option<Expr>,
    /// The errors for which an old entry stands in.
    pub(crate) outage: Option<Expr>,
    /// The values that may answer from the cache.
    pub(crate) valid: Option<Expr>,
}

/// An option that is a setter of the builder's, of the same name.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
    /// Whether the value may be text, as in `"10m"`.
    pub(crate) lasts: bool,
}

impl Args {
    /// Returns the value of an option of the resilience; `None` if it is not written.
    pub(crate) fn resilient(&self, option: &str) -> Option<&Expr> {
        let mut settings = self.resilience.iter();
        settings.find(|setting| setting.name == option).map(|setting| &setting.value)
    }

    /// Returns whether an option of the resilience is written as off.
    pub(crate) fn is_off(&self, option: &str) -> bool {
        self.resilient(option).is_some_and(|value| is_off(option, value))
    }

    /// Returns where an option was written; `None` if it was not.
    pub(crate) fn written(&self, option: &str) -> Option<Span> {
        self.written.iter().find(|&written| written == option).map(Ident::span)
    }
}

impl Default for Args {
    fn default() -> Self {
        Self {
            capacity: None,
            policy: None,
            update_after: None,
            expire_after: None,
            method_timeout: None,
            resilience: Vec::new(),
            hooks: HookOptions::default(),
            skip: Vec::new(),
            key: None,
            cache_if: None,
            whole: false,
            error: None,
            place: None,
            runtime: None,
            local: false,
            listed: false,
            method: false,
            companion: None,
            krate: parse_quote!(::evermemo),
            written: Vec::new(),
        }
    }
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            let option = name(input)?;
            if args.written.contains(&option) {
                return Err(Error::new(option.span(), format!("`{option}` is given twice")));
            }
            if let Some(error) = misused(&option, OPTIONS, input.peek(Token![=])) {
                return Err(error);
            }
            args.parse_option(&option, input)?;
            args.written.push(option);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

impl Args {
    fn parse_option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "capacity" => self.capacity = value(input)?,
            "policy" => self.policy = value(input)?,
            "update_after" => self.update_after = value(input)?,
            "expire_after" => self.expire_after = value(input)?,
            "method_timeout" => self.method_timeout = value(input)?,
            "stale_if_error" | "soft_timeout" | "cache_errors_for" | "sweep_every" => {
                self.resilience.push(setting(option, true, input)?);
            }
            "refresh_backoff" | "max_loads" | "jitter" | "early_refresh" => {
                self.resilience.push(setting(option, false, input)?);
            }
            "observer" => self.hooks.observer = value(input)?,
            "weigher" => self.hooks.weigher = value(input)?,
            "entry_builder" => self.hooks.entry_builder = value(input)?,
            "stale_if_error_when" => self.hooks.outage = value(input)?,
            "valid_if" => self.hooks.valid = value(input)?,
            "skip" => self.skip = names(option, input)?,
            "key" => self.key = value(input)?,
            "cache_if" => self.cache_if = value(input)?,
            "result" => self.whole = whole(input)?,
            "error" => self.error = Some(error_of_callers(input)?),
            "in" => self.place = value(input)?,
            "runtime" => self.runtime = value(input)?,
            "local" => self.local = true,
            "listed" => self.listed = true,
            "method" => self.method = true,
            "companion" => self.companion = Some(companion(input)?),
            "crate" => {
                input.parse::<Token![=]>()?;
                self.krate = Path::parse_mod_style(input)?;
            }
            _ => return Err(unknown(option, OPTIONS)),
        }
        Ok(())
    }
}

/// The name that an option begins with.
fn name(input: ParseStream<'_>) -> Result<Ident> {
    Ident::parse_any(input).map_err(|error| {
        let meant = match input.peek(LitStr) {
            true => "expire_after = \"1m\"",
            false => "capacity = 1_000",
        };
        Error::new(error.span(), format!("options are `name = value`, as in `{meant}`"))
    })
}

fn value<T: Parse>(input: ParseStream<'_>) -> Result<Option<T>> {
    input.parse::<Token![=]>()?;
    input.parse().map(Some)
}

fn setting(option: &Ident, lasts: bool, input: ParseStream<'_>) -> Result<Setting> {
    input.parse::<Token![=]>()?;
    // Placed like the other setters, so that messages point at the value.
    let name = Ident::new(&option.to_string(), Span::call_site());
    Ok(Setting { name, value: input.parse()?, lasts })
}

fn names(option: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>> {
    if !input.peek(syn::token::Paren) {
        let message = "write the names of arguments in parentheses: `skip(a, b)`";
        return Err(Error::new(option.span(), message));
    }
    let content;
    parenthesized!(content in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
    if names.is_empty() {
        return Err(Error::new(option.span(), "`skip()` names no argument: leave it out"));
    }
    Ok(names.into_iter().collect())
}

fn error_of_callers(input: ParseStream<'_>) -> Result<Type> {
    input.parse::<Token![=]>()?;
    input.parse().map_err(|error| {
        let message = "write the type that callers get for an error: `error = AppError`";
        Error::new(error.span(), message)
    })
}

fn companion(input: ParseStream<'_>) -> Result<Ident> {
    input.parse::<Token![=]>()?;
    input.parse().map_err(|error| {
        let message = "write a name for the companion: `companion = prices`";
        Error::new(error.span(), message)
    })
}

fn whole(input: ParseStream<'_>) -> Result<bool> {
    input.parse::<Token![=]>()?;
    let choice = Ident::parse_any(input)?;
    if choice == "whole" {
        return Ok(true);
    }
    let message = "write `result = whole` to cache the `Result` itself, errors included, or leave \
                   `result` out to cache what is `Ok`";
    Err(Error::new(choice.span(), message))
}
