//! What the figures were taken on.

use std::{env, fs, thread::available_parallelism};

/// Names the processor, as far as the system does, the number of cores that a program may use, and
/// the architecture.
#[must_use]
pub fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = name(&told).unwrap_or("a processor without a name");
    let cores = available_parallelism().map_or(1, usize::from);
    format!("{name}, {cores} cores, {}", env::consts::ARCH)
}

/// Finds the name in what Linux tells of processors; it has none for some.
fn name(told: &str) -> Option<&str> {
    let line = told.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_first_processor() {
        let told = "processor\t: 0\nmodel name\t: A 1000 @ 2 GHz\n\nmodel name\t: B\n";
        assert_eq!((name(told), name("processor\t: 0\n")), (Some("A 1000 @ 2 GHz"), None));
    }

    #[test]
    fn there_is_always_something_to_say() {
        assert!(processor().contains(" cores, "));
    }
}
