//! Drivers of registers that are installed on this computer.
//!
//! Says where they are and which version a file has; whether a library exists, fits this program
//! and can be loaded is for the caller to find out.

use std::path::{Path, PathBuf};

use super::os;
use super::registry::{Key, Registry, View};

/// Library of an installed ATOL driver 10.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtolDriver {
    /// Path of `fptr10.dll`, which may not exist.
    pub path: PathBuf,
    /// What named it.
    pub source: AtolSource,
}

/// What names an installed ATOL driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtolSource {
    /// The vendor's own key, value `INSTALL_DIR`.
    Registry,
    /// The list of installed programs.
    Uninstall,
}

/// Installed ATOL drivers: by the vendor's key in both registry views, and only if it is absent
/// by the list of installed programs. Empty on other systems.
#[must_use]
pub fn atol() -> Vec<AtolDriver> {
    let drivers = atol_in(&os::Local);
    if drivers.is_empty() {
        log::debug!("ATOL: no driver 10 is installed");
    }
    drivers
}

fn atol_in(registry: &impl Registry) -> Vec<AtolDriver> {
    let own =
        drivers(View::BOTH.iter().filter_map(|&view| install_dir(registry, view)), AtolSource::Registry);
    if !own.is_empty() {
        return own;
    }
    let programs = View::BOTH.iter().flat_map(|&view| installed_programs(registry, view));
    drivers(programs, AtolSource::Uninstall)
}

fn drivers(folders: impl Iterator<Item = String>, source: AtolSource) -> Vec<AtolDriver> {
    let mut drivers: Vec<AtolDriver> = Vec::new();
    for folder in folders {
        let folder = folder.trim_matches('"').trim_end_matches('\\');
        let path = PathBuf::from(format!("{folder}\\bin\\fptr10.dll"));
        if !drivers.iter().any(|known| same_file_name(&known.path, &path)) {
            drivers.push(AtolDriver { path, source });
        }
    }
    drivers
}

fn same_file_name(one: &Path, other: &Path) -> bool {
    one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase()
}

fn install_dir(registry: &impl Registry, view: View) -> Option<String> {
    let key = Key::machine(view, "SOFTWARE\\ATOL\\Drivers\\10.0\\KKT");
    registry.value(&key, "INSTALL_DIR")?.text()
}

fn installed_programs(registry: &impl Registry, view: View) -> Vec<String> {
    let list = Key::machine(view, "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall");
    let programs = registry.subkeys(&list).into_iter().map(|name| list.child(&name));
    let text = |key: &Key, name: &str| registry.value(key, name)?.text();
    programs
        .filter(|key| text(key, "DisplayName").is_some_and(|name| is_atol_driver(&name)))
        .filter_map(|key| text(&key, "InstallLocation"))
        .collect()
}

/// The program's name is `Драйвер ККТ v.10.9.1.2`, with more words around it in some versions.
fn is_atol_driver(name: &str) -> bool {
    let name = name.to_lowercase();
    let Some((_, rest)) = name.split_once("драйвер ккт") else { return false };
    let version = rest.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    version.split(|letter: char| !letter.is_ascii_digit()).next() == Some("10")
}

/// Version of the installed ATOL driver.
#[must_use]
pub fn atol_version() -> Option<String> {
    atol().iter().find_map(|driver| file_version(&driver.path))
}

/// Version of Mitsu's own program `MitsuCube.exe`, as `a.b.c.d`.
#[must_use]
pub fn mitsu_version() -> Option<String> {
    let files = program_files().into_iter().map(|folder| folder.join("MITSU.1-F").join("MitsuCube.exe"));
    let version = files.filter(|file| file.is_file()).find_map(|file| file_version(&file));
    if version.is_none() {
        log::debug!("Mitsu: no MitsuCube.exe with a version in the program folders");
    }
    version
}

/// Program folders; a 32-bit program learns the 64-bit one from `ProgramW6432`.
fn program_files() -> Vec<PathBuf> {
    let variables = ["ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"];
    let usual = ["C:\\Program Files", "C:\\Program Files (x86)"].map(PathBuf::from);
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in variables.iter().filter_map(std::env::var_os).map(PathBuf::from).chain(usual) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// Version in the version resource of an executable or library, as `a.b.c.d`.
#[must_use]
pub fn file_version(path: &Path) -> Option<String> {
    let version = os::file_version(path);
    if version.is_none() {
        log::debug!("{}: no version resource", path.display());
    }
    version.map(version_text)
}

fn version_text((high, low): (u32, u32)) -> String {
    format!("{}.{}.{}.{}", high >> 16, high & 0xffff, low >> 16, low & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::registry::table::Table;

    const KKT: &str = "SOFTWARE\\ATOL\\Drivers\\10.0\\KKT";

    fn program(view: View, name: &str) -> Key {
        Key::machine(view, "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall").child(name)
    }

    fn driver(path: &str, source: AtolSource) -> AtolDriver {
        AtolDriver { path: path.into(), source }
    }

    #[test]
    fn both_views_of_the_vendors_key_are_read() {
        let table = Table::default()
            .text(
                Key::machine(View::Bits32, KKT),
                "INSTALL_DIR",
                "C:\\Program Files (x86)\\ATOL\\Drivers10\\KKT\\",
            )
            .text(Key::machine(View::Bits64, KKT), "INSTALL_DIR", "C:\\Program Files\\ATOL\\Drivers10\\KKT");
        assert_eq!(
            atol_in(&table),
            [
                driver("C:\\Program Files\\ATOL\\Drivers10\\KKT\\bin\\fptr10.dll", AtolSource::Registry),
                driver(
                    "C:\\Program Files (x86)\\ATOL\\Drivers10\\KKT\\bin\\fptr10.dll",
                    AtolSource::Registry
                ),
            ]
        );
    }

    #[test]
    fn one_driver_seen_in_both_views_is_one() {
        let table = Table::default().text(Key::machine(View::Bits32, KKT), "INSTALL_DIR", "C:\\ATOL\\").text(
            Key::machine(View::Bits64, KKT),
            "INSTALL_DIR",
            "c:\\atol",
        );
        assert_eq!(atol_in(&table), [driver("c:\\atol\\bin\\fptr10.dll", AtolSource::Registry)]);
    }

    #[test]
    fn installed_programs_are_asked_when_the_vendors_key_is_absent() {
        let atol = program(View::Bits32, "{ATOL}");
        let table = Table::default()
            .text(program(View::Bits64, "7-Zip"), "DisplayName", "7-Zip 10")
            .text(program(View::Bits64, "7-Zip"), "InstallLocation", "C:\\7-Zip")
            .text(program(View::Bits64, "old"), "DisplayName", "Драйвер ККТ v.10.5")
            .text(atol.clone(), "DisplayName", "Драйвер ККТ v.10.9.1.2")
            .text(atol, "InstallLocation", "\"D:\\ATOL\\Drivers10\\KKT\\\"");
        let found = driver("D:\\ATOL\\Drivers10\\KKT\\bin\\fptr10.dll", AtolSource::Uninstall);
        assert_eq!(atol_in(&table), [found]);
        let own = table.text(Key::machine(View::Bits64, KKT), "INSTALL_DIR", "E:\\KKT");
        assert_eq!(atol_in(&own), [driver("E:\\KKT\\bin\\fptr10.dll", AtolSource::Registry)]);
    }

    #[test]
    fn only_driver_10_of_registers_is_meant() {
        for name in ["Драйвер ККТ v.10.9.1.2", "Драйвер ККТ v10 (x64)", "АТОЛ: Драйвер ККТ v.10"]
        {
            assert!(is_atol_driver(name), "{name}");
        }
        for name in
            ["Драйвер ККТ v.9.10", "Драйвер ККТ v.100", "Драйвер ККТ", "Драйвер весов 10", "Program 10", ""]
        {
            assert!(!is_atol_driver(name), "{name}");
        }
        assert_eq!(atol_in(&Table::default()), []);
    }

    #[test]
    fn version_has_four_numbers() {
        assert_eq!(version_text((0x0001_0002, 0x0003_ffff)), "1.2.3.65535");
    }
}
