//! Durations as text: `"1h30m"`.

use core::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Expr, ExprLit, Lit, LitStr, Result, spanned::Spanned};

const UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The meaning of a word in place of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Longer than anything lasts.
    Endless,
    /// As if the option were not written.
    Off,
    /// It could be taken for its opposite; this is the unambiguous word.
    Refused(&'static str),
}

/// Writes the value of an option that is a duration: text is read here, an expression is left as it
/// is. `None` if the option is off.
pub(crate) fn duration(option: &str, value: &Expr) -> Result<Option<TokenStream>> {
    match value {
        Expr::Group(group) => duration(option, &group.expr),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => match word(option, &text.value()) {
            Some(Word::Endless) => Ok(Some(written(Duration::MAX))),
            Some(Word::Off) => Ok(None),
            Some(Word::Refused(instead)) => Err(ambiguous(option, text, instead)),
            None => read(&text.value()).map(written).map(Some).ok_or_else(|| misread(option, text)),
        },
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Err(Error::new(
            value.span(),
            format!("`{number}` has no unit: write it as in \"{number}s\" or \"{number}ms\""),
        )),
        expression => Ok(Some(quote!(#expression))),
    }
}

/// Returns whether the value of an option means that it is off.
pub(crate) fn is_off(option: &str, value: &Expr) -> bool {
    match value {
        Expr::Group(group) => is_off(option, &group.expr),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            word(option, &text.value()) == Some(Word::Off)
        }
        _ => false,
    }
}

/// Returns the meaning of a word as the value of an option. The documentation of the attribute has
/// its table.
fn word(option: &str, text: &str) -> Option<Word> {
    Some(match (option, text) {
        ("update_after" | "expire_after" | "method_timeout", "never" | "off" | "forever")
        | ("stale_if_error" | "cache_errors_for", "forever") => Word::Endless,
        ("stale_if_error" | "cache_errors_for", "off")
        | ("soft_timeout", "off" | "forever")
        | ("sweep_every", "off" | "never") => Word::Off,
        ("stale_if_error", "never") => Word::Refused(
            "\"off\" if no expired entry answers, or \"forever\" if one of any age does",
        ),
        ("cache_errors_for", "never") => {
            Word::Refused("\"off\" if no error is kept, or \"forever\" if it is kept for good")
        }
        ("soft_timeout", "never") => Word::Refused(
            "\"off\" if callers wait until the load ends, or \"0s\" if they do not wait",
        ),
        ("sweep_every", "forever") => {
            Word::Refused("\"off\" if dead entries are not removed in the background")
        }
        _ => return None,
    })
}

fn ambiguous(option: &str, text: &LitStr, instead: &str) -> Error {
    let message =
        format!("`{option} = \"{}\"` can be read in two ways: write {instead}", text.value());
    Error::new(text.span(), message)
}

fn misread(option: &str, text: &LitStr) -> Error {
    let words = ["never", "off", "forever"];
    let words = words
        .into_iter()
        .filter(|text| word(option, text).is_some_and(|word| !matches!(word, Word::Refused(_))));
    let words = words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let message = format!(
        "`{}` is no duration: write whole numbers, each with its unit (d, h, m, s, ms, us, ns), as \
         in \"90s\" or \"1h30m\", or {words}, or an expression of type `Duration`",
        text.value(),
    );
    Error::new(text.span(), message)
}

/// Reads numbers with their units, largest unit first; `None` if there is anything else.
fn read(text: &str) -> Option<Duration> {
    let (mut nanos, mut rest, mut units) = (0_u64, text, &UNITS[..]);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let place = units.iter().position(|&(name, _)| name == unit)?;
        let part = number.parse::<u64>().ok()?.checked_mul(units[place].1)?;
        nanos = nanos.checked_add(part)?;
        (rest, units) = (after, &units[place + 1..]);
    }
    (!text.is_empty()).then(|| Duration::from_nanos(nanos))
}

fn written(duration: Duration) -> TokenStream {
    if duration == Duration::MAX {
        return quote!(::core::time::Duration::MAX);
    }
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if nanos == 0 {
        quote!(::core::time::Duration::from_secs(#seconds))
    } else if nanos % 1_000_000 == 0 {
        let millis = seconds * 1_000 + u64::from(nanos / 1_000_000);
        quote!(::core::time::Duration::from_millis(#millis))
    } else {
        quote!(::core::time::Duration::new(#seconds, #nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::{Word, read, word};
    use core::time::Duration;

    #[test]
    fn text_is_read() {
        assert_eq!(read("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(read("2s"), Some(Duration::from_secs(2)));
        assert_eq!(read("10m"), Some(Duration::from_secs(600)));
        assert_eq!(read("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(read("1d"), Some(Duration::from_secs(86_400)));
        assert_eq!(read("1s5ns"), Some(Duration::new(1, 5)));
        assert_eq!(read("0s"), Some(Duration::ZERO));
    }

    #[test]
    fn never_has_no_end_where_it_says_when_something_happens() {
        for option in ["update_after", "expire_after", "method_timeout"] {
            for text in ["never", "off", "forever"] {
                assert_eq!(word(option, text), Some(Word::Endless), "{option} = {text}");
            }
        }
    }

    #[test]
    fn never_is_refused_where_it_says_for_how_long() {
        for option in ["stale_if_error", "cache_errors_for", "soft_timeout"] {
            assert!(matches!(word(option, "never"), Some(Word::Refused(_))), "{option}");
            assert_eq!(word(option, "off"), Some(Word::Off), "{option}");
        }
        for option in ["stale_if_error", "cache_errors_for"] {
            assert_eq!(word(option, "forever"), Some(Word::Endless), "{option}");
        }
    }

    #[test]
    fn what_is_no_duration_is_not_guessed_at() {
        for text in ["", "10", "m", "10 m", "1.5h", "-1s", "10x", "5s1m", "1s1s", "999999999999d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
