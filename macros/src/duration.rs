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

/// Writes the value of an option that is a duration: text is read here, an expression is left as it
/// is.
pub(crate) fn duration(value: &Expr) -> Result<TokenStream> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            read(&text.value()).map(written).ok_or_else(|| misread(text))
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Err(Error::new(
            value.span(),
            format!("`{number}` has no unit: write it as in \"{number}s\" or \"{number}ms\""),
        )),
        expression => Ok(quote!(#expression)),
    }
}

fn misread(text: &LitStr) -> Error {
    let message = format!(
        "`{}` is no duration: write whole numbers, each with its unit (d, h, m, s, ms, us, ns), as \
         in \"90s\" or \"1h30m\", or \"never\", or an expression of type `Duration`",
        text.value(),
    );
    Error::new(text.span(), message)
}

/// Reads numbers with their units, largest unit first; `None` if there is anything else.
fn read(text: &str) -> Option<Duration> {
    if text == "never" {
        return Some(Duration::MAX);
    }
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
    use super::read;
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
        assert_eq!(read("never"), Some(Duration::MAX));
    }

    #[test]
    fn what_is_no_duration_is_not_guessed_at() {
        for text in ["", "10", "m", "10 m", "1.5h", "-1s", "10x", "5s1m", "1s1s", "999999999999d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
