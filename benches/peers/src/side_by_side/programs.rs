//! The other programs of this package.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Returns the path of a program of this package, beside the one that runs. Under `cargo run` it
/// is built first.
///
/// # Errors
///
/// If it is not there, or cannot be built.
pub fn program(name: &str) -> io::Result<PathBuf> {
    if let Some(cargo) = env::var_os("CARGO") {
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--profile", "bench", "--bin", name, "--manifest-path"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .status()?;
        if !built.success() {
            return Err(io::Error::other(format!("`{name}` cannot be built: {built}")));
        }
    }
    let path = env::current_exe()?.with_file_name(name);
    if path.exists() {
        return Ok(path);
    }
    let build = format!("cargo build --profile bench -p evermemo-peers --bin {name}");
    Err(io::Error::other(format!("{} does not exist; `{build}` makes it", path.display())))
}

/// Runs a program of this package and returns what it prints.
///
/// # Errors
///
/// If there is none of that name, or it fails.
pub fn output(name: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(program(name)?).args(arguments).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("`{name}` failed: {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}
