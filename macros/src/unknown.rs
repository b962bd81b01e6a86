//! Options that do not exist, and the most likely alternative.

use syn::{Error, Ident, ext::IdentExt};

/// Names by which other caches and other versions of this one know an option.
const OTHER_NAMES: [(&str, &[&str]); 18] = [
    (
        "expire_after",
        &[
            "ttl",
            "ttl_secs",
            "ttl_millis",
            "time",
            "time_to_live",
            "lifetime",
            "life",
            "life_span",
            "lifespan",
            "duration",
            "expire",
            "expires",
            "expires_in",
            "expires_after",
            "expire_after_write",
            "expiry",
            "expiration",
            "max_age",
            "valid_for",
        ],
    ),
    (
        "update_after",
        &[
            "refresh",
            "refresh_after",
            "refresh_after_write",
            "soft_ttl",
            "stale",
            "stale_after",
            "stale_while_revalidate",
            "revalidate",
            "revalidate_after",
            "update",
            "updates_after",
            "fresh_for",
        ],
    ),
    (
        "capacity",
        &[
            "size",
            "max_size",
            "maxsize",
            "max_capacity",
            "max_entries",
            "max_items",
            "max_len",
            "entries",
            "items",
            "len",
            "length",
            "limit",
            "count",
        ],
    ),
    ("policy", &["eviction", "eviction_policy", "evict", "lru", "lfu", "fifo"]),
    ("method_timeout", &["timeout", "load_timeout", "call_timeout", "deadline"]),
    (
        "stale_if_error",
        &["grace", "fallback", "result_fallback", "stale_on_error", "serve_stale", "keep_stale"],
    ),
    ("refresh_backoff", &["backoff", "back_off", "retry", "retry_after", "retries"]),
    (
        "cache_errors_for",
        &["cache_err", "cache_errs", "cache_error", "cache_errors", "error_ttl", "negative_ttl"],
    ),
    ("max_loads", &["concurrency", "max_concurrency", "max_concurrent", "permits", "parallel"]),
    ("sweep_every", &["sweep", "cleanup", "clean_every", "cleanup_interval", "purge"]),
    ("skip", &["ignore", "ignored", "exclude", "except", "without", "skip_args"]),
    ("key", &["by", "cache_key", "key_fn", "key_by", "convert", "hash", "with_key"]),
    (
        "cache_if",
        &[
            "if",
            "when",
            "only_if",
            "store_if",
            "keep_if",
            "condition",
            "filter",
            "option",
            "cache_none",
        ],
    ),
    ("in", &["cache", "store", "place", "field", "map", "ty", "create"]),
    ("runtime", &["executor", "rt", "spawner"]),
    ("local", &["unsync", "thread_local", "not_send", "single_threaded"]),
    ("listed", &["register", "registered", "registry", "global", "list"]),
    ("method", &["associated", "assoc", "in_impl", "in_impl_block", "impl"]),
];

/// Settings of the builder that the attribute does not have.
const OF_THE_BUILDER: [&str; 10] = [
    "configuration",
    "eviction_strategy",
    "key_extractor",
    "on_abandon",
    "opaque_errors",
    "postprocessing",
    "seed",
    "storage",
    "storage_timeout",
    "update_statuses",
];

/// Behaviour that needs no option, or that no option gives.
const NEVER: [(&[&str], &str); 4] = [
    (
        &["sync", "sync_writes", "single_flight", "coalesce"],
        "concurrent calls of one key share a load, always",
    ),
    (&["name"], "a cache bears the path of its function"),
    (&["with_cached_flag"], "`f::outcome(..)` says where a value comes from"),
    (
        &["idle", "time_to_idle", "tti", "expire_after_access"],
        "reads do not prolong the life of an entry, which ends by `expire_after = ..`",
    ),
];

/// The message about an option that does not exist; `options` are those that do.
pub(crate) fn unknown(option: &Ident, options: &str) -> Error {
    let name = option.unraw().to_string();
    let unknown = format!("unknown option `{name}`");
    let message = if let Some((_, why)) = NEVER.iter().find(|(names, _)| names.contains(&&*name)) {
        format!("{unknown}: {why}")
    } else if let Some(meant) = known_elsewhere(&name).or_else(|| similar(&name, options)) {
        format!("{unknown}: did you mean `{}`?", written(meant, options))
    } else if OF_THE_BUILDER.contains(&&*name) {
        format!(
            "only a builder has `{name}`: build a cache with it, and name its place with `in = ..`"
        )
    } else {
        format!("{unknown}; the options are {options}")
    };
    Error::new(option.span(), message)
}

/// The message about a value that is lacking, or one too many; `has_value` says whether `=`
/// follows.
pub(crate) fn misused(option: &Ident, options: &str, has_value: bool) -> Option<Error> {
    let name = option.unraw().to_string();
    let (_, written) = each(options).find(|(known, _)| *known == name)?;
    let message = match (written.contains('='), written.contains('(')) {
        (true, _) if !has_value => format!("`{name}` takes a value: write `{written}`"),
        (false, false) if has_value => format!("`{name}` takes no value: write it alone"),
        _ => return None,
    };
    Some(Error::new(option.span(), message))
}

fn known_elsewhere(name: &str) -> Option<&'static str> {
    let mut known = OTHER_NAMES.iter();
    known.find(|(_, others)| others.contains(&name)).map(|&(option, _)| option)
}

/// The option that looks most like a name, if one does.
fn similar<'a>(name: &str, options: &'a str) -> Option<&'a str> {
    let distances = each(options).map(|(option, _)| (distance(name, option), option));
    let (distance, option) = distances.min_by_key(|&(distance, _)| distance)?;
    (distance <= option.len() / 3).then_some(option)
}

/// An option as it is written, with its value.
fn written<'a>(option: &'a str, options: &'a str) -> &'a str {
    each(options).find(|(name, _)| *name == option).map_or(option, |(_, written)| written)
}

/// The options of a list, by their names and as they are written.
fn each(options: &str) -> impl Iterator<Item = (&str, &str)> {
    options.split('`').skip(1).step_by(2).map(|written| {
        let end = written.find([' ', '(']).unwrap_or(written.len());
        (&written[..end], written)
    })
}

/// How many letters have to be put in, left out, changed or exchanged with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{OF_THE_BUILDER, OTHER_NAMES, distance, each, known_elsewhere, similar, written};
    use crate::args::OPTIONS;

    #[test]
    fn what_others_call_an_option_is_known() {
        for (name, option) in [("ttl", "expire_after"), ("size", "capacity"), ("convert", "key")] {
            assert_eq!(known_elsewhere(name), Some(option));
        }
    }

    #[test]
    fn every_option_that_is_suggested_exists() {
        let names = each(OPTIONS).map(|(name, _)| name).collect::<Vec<_>>();
        for (option, others) in OTHER_NAMES {
            assert!(names.contains(&option), "{option}");
            assert!(!others.iter().any(|other| names.contains(other)), "{option}");
        }
        assert!(!OF_THE_BUILDER.iter().any(|option| names.contains(option)));
    }

    #[test]
    fn a_slip_of_the_pen_is_seen_through() {
        for (slip, option) in [
            ("capcity", "capacity"),
            ("expire_atfer", "expire_after"),
            ("upadte_after", "update_after"),
            ("max_load", "max_loads"),
            ("skips", "skip"),
            ("jiter", "jitter"),
        ] {
            assert_eq!(similar(slip, OPTIONS), Some(option), "{slip}");
        }
        for other in ["banana", "x", "metrics", "retain"] {
            assert_eq!(similar(other, OPTIONS), None, "{other}");
        }
    }

    #[test]
    fn letters_are_counted() {
        assert_eq!(distance("key", "key"), 0);
        assert_eq!(distance("kye", "key"), 1);
        assert_eq!(distance("skip", "skips"), 1);
        assert_eq!(distance("", "in"), 2);
    }

    #[test]
    fn an_option_is_shown_with_its_value() {
        assert_eq!(written("skip", OPTIONS), "skip(..)");
        assert_eq!(written("local", OPTIONS), "local");
        assert_eq!(written("capacity", OPTIONS), "capacity = ..");
    }
}
