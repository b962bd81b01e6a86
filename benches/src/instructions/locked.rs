//! Which instructions of a program are atomic read-modify-writes.

use std::{collections::HashSet, io, path::Path, process::Command};

/// The addresses of the locked instructions of an object file.
#[derive(Clone, Debug, Default)]
pub(super) struct Locked(HashSet<u64>);

impl Locked {
    /// Disassembles a file. What is not one, as the kernel's part of a process, has none.
    ///
    /// # Errors
    ///
    /// If objdump, of the binutils, cannot be run.
    pub(super) fn of(object: &str) -> io::Result<Self> {
        if !Path::new(object).is_file() {
            return Ok(Self::default());
        }
        let output = Command::new("objdump").args(["-d", "--no-show-raw-insn", object]).output();
        let output = output.map_err(|error| io::Error::other(format!("objdump: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(io::Error::other(format!("objdump {object}: {said}")));
        }
        Ok(Self::read(&String::from_utf8_lossy(&output.stdout)))
    }

    fn read(disassembled: &str) -> Self {
        let locked = disassembled.lines().filter_map(|line| {
            let (address, instruction) = line.split_once(':')?;
            if !is_locked(instruction.trim()) {
                return None;
            }
            u64::from_str_radix(address.trim(), 16).ok()
        });
        Self(locked.collect())
    }

    pub(super) fn has(&self, address: u64) -> bool {
        self.0.contains(&address)
    }
}

/// By its prefix; an exchange with memory is locked without one.
fn is_locked(instruction: &str) -> bool {
    instruction.starts_with("lock ") || instruction.starts_with("xchg") && instruction.contains('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_exchanges_with_memory_are_found() {
        let locked = Locked::read(
            "
program:     file format elf64-x86-64

0000000000001000 <lock >:
    1000:\tlock cmpxchg %rdx,(%rdi)
    1005:\txchg   %rax,0x8(%rsi)
    1009:\txchg   %ax,%ax
    100b:\tmov    %rax,(%rdi)
",
        );
        let found = [0x1000, 0x1005, 0x1009, 0x100b].map(|address| locked.has(address));
        assert_eq!(found, [true, true, false, false]);
    }
}
