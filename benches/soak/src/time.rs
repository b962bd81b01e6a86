//! Times on a command line.

use std::time::Duration;

/// Reads a time such as `90s`, `10m` or `8h`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let unit = |seconds: u64, unit: char| text.strip_suffix(unit).map(|number| (seconds, number));
    let read = unit(1, 's').or_else(|| unit(60, 'm')).or_else(|| unit(3_600, 'h'));
    let time = read.and_then(|(seconds, number)| number.parse::<u64>().ok()?.checked_mul(seconds));
    match time {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("a whole number above 0 with `s`, `m` or `h`, such as `10m`".to_owned()),
    }
}
