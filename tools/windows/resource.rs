//! Build script: gives the programs for Windows their manifest and their version, and leaves the time of the build
//! out of them. Builds for other systems need nothing of it.

#![expect(clippy::print_stdout, reason = "cargo listens there")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const MANIFEST: &str = "tools/windows/getad.manifest";

fn main() {
    println!("cargo::rerun-if-changed=tools/windows");
    if variable("CARGO_CFG_TARGET_OS") == "windows" && variable("CARGO_CFG_TARGET_ENV") == "gnu" {
        let resource = compile(&Path::new(&variable("OUT_DIR")).join("getad.rc"));
        println!("cargo::rustc-link-arg-bins={}", resource.display());
        println!("cargo::rustc-link-arg-bins=-Wl,--no-insert-timestamp");
    }
}

fn compile(script: &Path) -> PathBuf {
    let object = script.with_extension("o");
    fs::write(script, version_and_manifest()).expect("the build folder can be written");
    let arch = variable("CARGO_CFG_TARGET_ARCH");
    let program = format!("{}-w64-mingw32-windres", if arch == "x86" { "i686" } else { &arch });
    let status = Command::new(&program).arg(script).arg(&object).status();
    let status =
        status.unwrap_or_else(|error| panic!("{program} belongs to mingw and cannot be run: {error}"));
    assert!(status.success(), "{program}: {status}");
    object
}

/// 1 and 24: the number and the type under which Windows looks for a program's manifest. 0409, 04B0: English, UTF-16.
fn version_and_manifest() -> String {
    let manifest = Path::new(&variable("CARGO_MANIFEST_DIR")).join(MANIFEST);
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| variable(&format!("CARGO_PKG_VERSION_{part}")));
    let numbers = format!("{},0", parts.join(","));
    let file = if variable("CARGO_CFG_TARGET_POINTER_WIDTH") == "64" { "getad64.exe" } else { "getad.exe" };
    let texts = [
        ("FileDescription", variable("CARGO_PKG_DESCRIPTION")),
        ("FileVersion", variable("CARGO_PKG_VERSION")),
        ("InternalName", "getad".to_owned()),
        ("LegalCopyright", format!("{} licence", variable("CARGO_PKG_LICENSE"))),
        ("OriginalFilename", file.to_owned()),
        ("ProductName", "getad".to_owned()),
        ("ProductVersion", variable("CARGO_PKG_VERSION")),
    ];
    let texts: String = texts.map(|(name, text)| format!("VALUE \"{name}\", \"{text}\"\n")).concat();
    format!(
        "1 24 \"{}\"\n1 VERSIONINFO\nFILEVERSION {numbers}\nPRODUCTVERSION {numbers}\nFILEOS 0x40004\nFILETYPE 1\n\
         BEGIN\nBLOCK \"StringFileInfo\" BEGIN\nBLOCK \"040904B0\" BEGIN\n{texts}END\nEND\n\
         BLOCK \"VarFileInfo\" BEGIN\nVALUE \"Translation\", 0x409, 0x4B0\nEND\nEND\n",
        manifest.display()
    )
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
