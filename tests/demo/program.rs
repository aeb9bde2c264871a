//! What the demonstration needs built: the program, and a stand-in for the ATOL driver.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Name of the driver library in the home folder.
pub const DRIVER: &str = "libfptr10.so";

const SOURCES: &str = env!("CARGO_MANIFEST_DIR");

/// Builds `getad` by the cargo that runs us and tells where it is.
pub fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--locked", "--bin", "getad", "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(Path::new(SOURCES).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("getad could not be built".into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let executable = messages.lines().find_map(executable);
    executable.ok_or_else(|| "cargo does not say where it has put getad".into())
}

/// The program's path, if this message of cargo tells it.
fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_program = message["target"]["name"] == "getad" && message["target"]["kind"][0] == "bin";
    is_program.then(|| message["executable"].as_str().map(PathBuf::from))?
}

/// Compiles the driver simulator to `library`.
pub fn build_driver(library: &Path) -> Result<(), Box<dyn Error>> {
    let built = Command::new("cc")
        .args(["-std=c99", "-O1", "-shared", "-fPIC", "-o"])
        .arg(library)
        .arg(Path::new(SOURCES).join("tests/sim/fptr10.c"))
        .output()
        .map_err(|error| {
            format!("a C compiler is needed (Debian: apt-get install gcc libc6-dev): cc: {error}")
        })?;
    if built.status.success() {
        Ok(())
    } else {
        Err(format!("the driver simulator does not compile:\n{}", String::from_utf8_lossy(&built.stderr))
            .into())
    }
}
