//! The ATOL driver: that it is there, can be loaded by one of our programs, and is not too old.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commands::probe;
use crate::config::Connect;
use crate::context::Context;
use crate::host::ports;
use crate::host::program::{search_path, system_folder};
use crate::kkt::ReadError;
use crate::kkt::atol::library::{Library, Machine};
use crate::kkt::atol::{imports, is_too_old, worker};
use crate::kkt::fleet::Driver;
use crate::render::doctor::facts::driver::Fact;
use crate::render::doctor::finding::{Check, Finding};

/// How long loading may take; a virus scanner may look at some ten megabytes first.
const LIMIT: Duration = Duration::from_secs(15);
/// The part of the C runtime that is spread over many names; on Windows 7 it comes with an update.
const RUNTIME: (&str, &str) = ("api-ms-win-crt-", "ucrtbase.dll");
/// Names that Windows itself resolves, without files.
const VIRTUAL: [&str; 2] = ["api-ms-", "ext-ms-"];

/// Finds the library and loads it in a process of its own, without touching a register.
pub fn check(context: &Context) -> Vec<Finding> {
    let Ok(connect) = context.connect() else { return Vec::new() };
    let found = match probe::installed_library(context) {
        Ok(driver) => examine(&driver),
        Err(ReadError::LibraryMissing { .. }) if !is_needed(&connect) => {
            Finding::ok(Check::Driver, Fact::Unneeded)
        }
        Err(error) => Finding::problem(Check::Driver, Fact::Unusable(error)),
    };
    vec![found]
}

/// A search that finds no ATOL device needs no driver.
fn is_needed(connect: &Connect) -> bool {
    !connect.atol.links.is_empty() || connect.atol.search && ports::serial_ports().iter().any(ports::is_atol)
}

fn examine(driver: &Driver) -> Finding {
    let Library { path, machine, .. } = &driver.library;
    let missing = if cfg!(windows) { missing(path, *machine) } else { Vec::new() };
    if !missing.is_empty() {
        return Finding::problem(Check::Driver, Fact::Lacking { path: path.clone(), missing });
    }
    match worker::version(path, &driver.executable, LIMIT) {
        Err(error) => Finding::problem(Check::Driver, Fact::Unusable(error)),
        Ok(Some(version)) if is_too_old(&version) => {
            Finding::problem(Check::Driver, Fact::TooOld { path: path.clone(), version })
        }
        Ok(version) => {
            Finding::ok(Check::Driver, Fact::Fine { path: path.clone(), bits: machine.bits(), version })
        }
    }
}

fn missing(library: &Path, machine: Machine) -> Vec<String> {
    let names = imports::of(library).unwrap_or_else(|error| {
        log::debug!("{}: {error}", library.display());
        Vec::new()
    });
    missing_in(&names, &folders(library, machine))
}

fn missing_in(names: &[String], folders: &[PathBuf]) -> Vec<String> {
    let mut files: Vec<String> = names.iter().filter_map(|name| file_of(name)).collect();
    files.sort();
    files.dedup();
    files.retain(|file| !folders.iter().any(|folder| folder.join(file).is_file()));
    files
}

/// The file behind a name; `None` for one that has none.
fn file_of(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    if name.starts_with(RUNTIME.0) {
        return Some(RUNTIME.1.to_owned());
    }
    (!VIRTUAL.iter().any(|start| name.starts_with(start))).then_some(name)
}

/// Where Windows looks, for a library of this width.
fn folders(library: &Path, machine: Machine) -> Vec<PathBuf> {
    let system = system_folder();
    // Each width sees its own folder under the common name; the other's has another one.
    let of_other = if machine == Machine::X64 { "Sysnative" } else { "SysWOW64" };
    let system = if machine == Machine::OWN { system } else { system.with_file_name(of_other) };
    let windows = system.parent().map(Path::to_owned);
    let own = library.parent().map(Path::to_owned);
    own.into_iter().chain([system]).chain(windows).chain(search_path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_can_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kernel32.dll"), "").unwrap();
        let names = [
            "KERNEL32.dll",
            "MSVCP140.dll",
            "api-ms-win-crt-heap-l1-1-0.dll",
            "api-ms-win-crt-math-l1-1-0.dll",
            "api-ms-win-core-file-l1-1-0.dll",
        ];
        let names = names.map(str::to_owned);
        let missing = missing_in(&names, &[PathBuf::from("/nowhere"), folder.path().to_owned()]);
        assert_eq!(missing, ["msvcp140.dll", "ucrtbase.dll"]);
    }
}
