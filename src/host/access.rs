//! Folders whose files run as SYSTEM: who may write to them, and how that is stopped.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::acl::{Descriptor, INHERITING, PRIVATE, RESTRICTED, SYSTEM};
use super::os;

/// Most files and folders below a home folder whose access list is set anew.
const CONTENT_LIMIT: usize = 100_000;
/// Folders of the system, by their names at the top of a drive: their access lists are not ours.
const OF_SYSTEM: [&str; 6] =
    ["windows", "users", "program files", "program files (x86)", "programdata", "documents and settings"];

/// True when this process runs as SYSTEM.
#[must_use]
pub fn runs_as_system() -> bool {
    let sid = os::own_sid();
    if let Some(sid) = &sid {
        log::debug!("running as {sid}");
    }
    sid.as_deref() == Some(SYSTEM)
}

/// True when others than SYSTEM and administrators could put files of their own into a folder, or
/// another folder in its place. False when that cannot be told.
#[must_use]
pub fn folder_is_writable_by_others(folder: &Path) -> bool {
    let writers = writers(folder);
    if let Err(error) = &writers {
        log::debug!("access list of {}: {error}", folder.display());
    }
    let above = replacers_above(folder);
    writers.is_ok_and(|writers| !writers.is_empty()) || !above.is_empty()
}

/// Who besides SYSTEM and administrators may write to a folder, as security identifiers.
///
/// # Errors
/// When its access list cannot be read.
pub fn writers(folder: &Path) -> io::Result<Vec<String>> {
    let text = os::descriptor(folder)?;
    log::debug!("access list of {}: {text}", folder.display());
    Ok(Descriptor::parse(&text).writers())
}

/// The first folder above in which others may put something else in the place of what lies there,
/// and who may.
#[must_use]
pub fn replacers_above(folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let above = folder.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    above
        .filter_map(|folder| {
            let text = os::descriptor(folder).ok()?;
            let replacers = Descriptor::parse(&text).replacers(folder.parent().is_none());
            (!replacers.is_empty()).then(|| (folder.to_owned(), replacers))
        })
        .collect()
}

/// True when the access list of a folder may be changed: it is no drive, none of the system's
/// folders, and not in a user's profile, where it could be exchanged whole anyhow.
#[must_use]
pub fn may_be_restricted(folder: &Path) -> bool {
    let names = folder.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy().to_lowercase()),
        _ => None,
    });
    match names.collect::<Vec<_>>().as_slice() {
        [] => false,
        [only] => !OF_SYSTEM.contains(&only.as_str()),
        [first, ..] => !["windows", "users", "documents and settings"].contains(&first.as_str()),
    }
}

/// Lets only SYSTEM and administrators write to a folder and all that lies in it; ordinary users
/// keep the right to read, save for files that they could not read before. Links are not followed.
///
/// # Errors
/// When an access list cannot be set; what was set before stays so.
pub fn restrict(folder: &Path) -> io::Result<()> {
    os::set_descriptor(folder, RESTRICTED, true)?;
    for path in content(folder)? {
        let (descriptor, protected) = if is_private(&path) { (PRIVATE, true) } else { (INHERITING, false) };
        os::set_descriptor(&path, descriptor, protected)?;
    }
    Ok(())
}

/// True for a file that others than SYSTEM and administrators may not even read: it holds a key.
fn is_private(path: &Path) -> bool {
    path.is_file() && os::descriptor(path).is_ok_and(|text| Descriptor::parse(&text).is_private())
}

/// Makes an empty file for a secret, which only SYSTEM and administrators may read; on systems
/// other than Windows only its owner. A file that is there already is replaced.
///
/// # Errors
/// When it cannot be made or protected.
pub fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => os::create_private(path),
    }
}

/// All that lies below a folder, folders before what lies in them.
fn content(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                continue;
            }
            if found.len() >= CONTENT_LIMIT {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if kind.is_dir() {
                open.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_system_are_left_alone() {
        for folder in ["/", "/Windows", "/Users", "/Users/Касса/Desktop", "/Program Files", "/windows/temp/x"]
        {
            assert!(!may_be_restricted(Path::new(folder)), "{folder}");
        }
        for folder in ["/getad", "/Program Files/getad", "/Касса/Users", "/ProgramData/getad"] {
            assert!(may_be_restricted(Path::new(folder)), "{folder}");
        }
    }

    #[test]
    fn content_is_complete_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.path().join("a/link")).unwrap();
        let found = content(folder.path()).unwrap();
        assert_eq!(found, ["a", "a/b", "a/b/c"].map(|name| folder.path().join(name)));
    }
}
