//! Runs a program under callgrind and reads what it wrote.

use std::{
    collections::HashMap,
    fs, io,
    path::Path,
    process::{self, Command},
};

use super::locked::Locked;

/// What was counted while a program ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) instructions: u64,
    /// How often the program itself asked for memory, or for more of it.
    pub(super) allocations: u64,
    pub(super) locked: u64,
}

/// Where memory comes from. What the allocator calls by itself does not count.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// Runs a program, which hashes by a seed, and counts.
///
/// # Errors
///
/// If valgrind or the program fails, or what callgrind wrote is not understood.
pub(super) fn run(
    program: &Path,
    arguments: &[&str],
    seed: u64,
    locked: &mut HashMap<String, Locked>,
) -> io::Result<Counts> {
    // With a name of this process: another may count the same program.
    let written = program.with_extension(format!("callgrind.{}", process::id()));
    let output = Command::new("valgrind")
        // Names and addresses as they are; by instruction, and not by line of a source.
        .args(["--tool=callgrind", "--dump-instr=yes", "--dump-line=no"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", written.display()))
        .arg(program)
        .args(arguments)
        .env("SEED", seed.to_string())
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("{} {arguments:?}: {said}", program.display())));
    }
    let profile = fs::read_to_string(&written)?;
    fs::remove_file(&written)?;
    read(&profile, &program.to_string_lossy(), |object, address| {
        if !locked.contains_key(object) {
            locked.insert(object.to_owned(), Locked::of(object)?);
        }
        Ok(locked[object].has(address))
    })
}

/// Sums a profile up: see "Callgrind Format Specification" in valgrind's manual.
fn read(
    profile: &str,
    program: &str,
    mut is_locked: impl FnMut(&str, u64) -> io::Result<bool>,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let (mut object, mut callee) = ("", "");
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        let unknown = || io::Error::other(format!("callgrind wrote `{line}`"));
        if let Some(name) = line.strip_prefix("ob=") {
            object = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            // A function that calls itself bears a number behind its name.
            callee = name.split('\'').next().unwrap_or(name);
        } else if let Some(call) = line.strip_prefix("calls=") {
            let times = call.split(' ').next().and_then(|times| times.parse().ok());
            let times: u64 = times.ok_or_else(unknown)?;
            if object == program && ALLOCATORS.contains(&callee) {
                counts.allocations += times;
            }
            // What the callee costs has lines of its own.
            lines.next();
        } else if let Some(cost) = line.strip_prefix("0x") {
            let (address, times) = cost.split_once(' ').ok_or_else(unknown)?;
            let address = u64::from_str_radix(address, 16).map_err(|_| unknown())?;
            // Behind the last position, the only event that is asked for.
            let times: u64 = times
                .rsplit(' ')
                .next()
                .and_then(|times| times.parse().ok())
                .ok_or_else(unknown)?;
            counts.instructions += times;
            if is_locked(object, address)? {
                counts.locked += times;
            }
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_program_count_and_costs_of_callees_count_once() {
        let profile = "\
version: 1
positions: instr
events: Ir

ob=/a/program
fn=main
0x10 5
0x14 7
cob=/lib/libc.so
cfn=malloc
calls=3 0x99
0x18 300
cfn=other
calls=2 0x50
0x1c 200

ob=/lib/libc.so
fn=malloc
0x99 300
cfn=malloc'2
calls=9 0x99
0x9c 10

totals: 312
";
        let locked = |object: &str, address| Ok(object == "/a/program" && address == 0x14);
        let counts = read(profile, "/a/program", locked).unwrap();
        assert_eq!(counts, Counts { instructions: 312, allocations: 3, locked: 7 });
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let error = read("0x10 many\n", "/a/program", |_, _| Ok(false)).unwrap_err();
        assert_eq!(error.to_string(), "callgrind wrote `0x10 many`");
    }
}
