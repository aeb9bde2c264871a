//! What lies in a folder of the predecessor: files that getad uses too, and the rest.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::config::{CONNECT_FILE, SERVICE_FILE, Service, load};
use crate::render::migrate::outcome::{Left, Reason};

/// Most files that are looked at in one folder.
const FILES_LIMIT: usize = 10_000;
/// Files of a fixed place. The library is that of ATOL's driver for Windows and for Linux.
const FIXED: [(&str, Sort); 7] = [
    (CONNECT_FILE, Sort::Connect),
    (SERVICE_FILE, Sort::Service),
    ("_resources/uuid", Sort::Uuid),
    ("_resources/key", Sort::Key),
    ("_resources/fiscals.json", Sort::Fiscals),
    ("fptr10.dll", Sort::Library),
    ("libfptr10.so", Sort::Library),
];
/// Folders whose content is looked at by name.
const FOLDERS: [&str; 3] = ["_resources", "date", "updater"];

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Connections of the registers.
    Connect,
    /// All other settings.
    Service,
    /// Identity of the workstation.
    Uuid,
    /// Fernet key.
    Key,
    /// Known registers.
    Fiscals,
    /// A record.
    Record,
    /// ATOL's driver.
    Library,
    /// The plugin for Shtrih registers.
    Plugin,
    /// The updater, or a file of its.
    Updater,
    /// What restarts the computer.
    RebootFile,
}

impl Sort {
    /// True when it is run or loaded, or may be.
    pub fn runs(self) -> bool {
        matches!(self, Self::Library | Self::Plugin | Self::Updater | Self::RebootFile)
    }
}

/// A file that getad uses too.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Its place, in the predecessor's folder and in ours.
    pub name: PathBuf,
    /// What it is for.
    pub sort: Sort,
}

/// The files of a folder that getad uses too. Which programs belong to it says its `service.json`;
/// the shipped names stand in for one that cannot be read.
pub fn items(from: &Path) -> Vec<Item> {
    let settings = load::read::<Service>(&from.join(SERVICE_FILE)).ok().flatten().unwrap_or_default();
    let fixed = FIXED.map(|(name, sort)| (Some(name.into()), sort));
    let plugin = relative(&settings.shtrihscanner.exe_name);
    let reboot_file = relative(&settings.service.reboot_file).map(|name| Path::new("_resources").join(name));
    let named = [(reboot_file, Sort::RebootFile), (plugin.clone(), Sort::Plugin)];
    let alone = fixed.into_iter().chain(named).filter_map(|(name, sort)| Some(Item { name: name?, sort }));
    let mut items: Vec<Item> = alone.filter(|item| is_file(&from.join(&item.name))).collect();
    items.extend(records(from).into_iter().map(|name| Item { name, sort: Sort::Record }));
    let plugins =
        plugin.iter().filter_map(|plugin| plugin.parent()).filter(|folder| *folder != Path::new(""));
    let beside_plugin = plugins.flat_map(|folder| below(from, folder));
    items.extend(beside_plugin.map(|name| Item { name, sort: Sort::Plugin }));
    items
        .extend(below(from, Path::new("updater")).into_iter().map(|name| Item { name, sort: Sort::Updater }));
    // Shown with the slashes of this system.
    items.iter_mut().for_each(|item| item.name = item.name.components().collect());
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.name.clone()));
    items
}

/// A name that leads no further than into the folder itself, with either slash.
fn relative(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name.trim().replace('\\', "/"));
    let leads_out = |component| !matches!(component, Component::Normal(_));
    (!name.contains(':') && path.file_name().is_some() && !path.components().any(leads_out)).then_some(path)
}

fn records(from: &Path) -> Vec<PathBuf> {
    let is_json = |name: &PathBuf| name.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let names = names(&from.join("date")).into_iter().map(|name| Path::new("date").join(name));
    names.filter(is_json).filter(|name| is_file(&from.join(name))).collect()
}

/// All files below a folder; links are not followed.
fn below(from: &Path, folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for name in names(&from.join(&folder)).into_iter().map(|name| folder.join(name)) {
            match fs::symlink_metadata(from.join(&name)) {
                Ok(metadata) if metadata.is_dir() && open.len() < FILES_LIMIT => open.push(name),
                Ok(metadata) if metadata.is_file() && files.len() < FILES_LIMIT => files.push(name),
                _ => log::warn!("{} is left out", name.display()),
            }
        }
    }
    files
}

/// Names in a folder, sorted; none if it cannot be read.
fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<OsString> = entries.take(FILES_LIMIT).map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// What getad has no use for.
pub fn left<'a>(from: &Path, items: impl Iterator<Item = &'a Item>) -> Vec<Left> {
    let used: BTreeSet<&Path> = items.flat_map(|item| item.name.ancestors()).collect();
    let of_folder = |folder: &str| -> Vec<PathBuf> {
        names(&from.join(folder)).into_iter().map(|name| Path::new(folder).join(name)).collect()
    };
    let top =
        of_folder("").into_iter().filter(|name| !FOLDERS.iter().any(|folder| name == Path::new(folder)));
    let unused =
        top.chain(FOLDERS.into_iter().flat_map(of_folder)).filter(|name| !used.contains(name.as_path()));
    unused.map(|name| Left { reason: reason(&name), name }).collect()
}

fn reason(name: &Path) -> Reason {
    let end = name.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default();
    match end.as_str() {
        "log" => Reason::Logs,
        _ if name == Path::new("logs") => Reason::Logs,
        "exe" | "py" | "pyd" | "pyc" => Reason::Program,
        _ => Reason::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_into_the_folder_only() {
        for (name, path) in [("a.exe", "a.exe"), (r" plugin\a.exe", "plugin/a.exe"), ("./a", "")] {
            assert_eq!(relative(name), Some(PathBuf::from(path)).filter(|_| !path.is_empty()), "{name}");
        }
        for name in ["", ".", "..", r"..\a.exe", "/a.exe", r"\a.exe", r"C:\a.exe", "C:a.exe", r"a\..\..\b"] {
            assert_eq!(relative(name), None, "{name}");
        }
    }
}
