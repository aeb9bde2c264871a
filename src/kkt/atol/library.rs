//! Which driver library is used, and which of our executables can load it.
//!
//! Owns the choice among the places that the caller found; the places themselves (home folder,
//! registry, uninstall keys) are looked up elsewhere. Nothing is loaded here: a library's width
//! is read from its header, because a process can load only libraries of its own width.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::header::{self, Format};
use crate::kkt::ReadError;

pub use super::header::Machine;

/// Name of the driver library.
pub const FILE_NAME: &str = if cfg!(windows) { "fptr10.dll" } else { "libfptr10.so" };

/// Name of our executable for 32-bit libraries. Only Windows has two; elsewhere a name tells what
/// would be needed.
const EXECUTABLE_X86: &str = if cfg!(windows) { "getad.exe" } else { "getad32" };
/// Name of our executable for 64-bit libraries.
const EXECUTABLE_X64: &str = if cfg!(windows) { "getad64.exe" } else { "getad64" };

/// Who named a place, in the order of their right to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The user, on the command line.
    Given,
    /// A file in the home folder.
    Home,
    /// The vendor's key in the registry.
    Registry,
    /// An uninstall entry.
    Uninstall,
    /// A folder of the system.
    System,
}

/// A place where the library may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Who named it.
    pub origin: Origin,
}

/// The library that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Who named it.
    pub origin: Origin,
    /// What it was built for.
    pub machine: Machine,
}

/// Chooses the library: the first origin that has one wins, and within an origin a library of
/// our own width is preferred.
///
/// # Errors
/// A file that the user gave or put into the home folder is never passed over: if it is broken,
/// or if a given one is absent, that is the error. Broken installed ones are passed over while
/// another is left. [`ReadError::LibraryMissing`] when there is none at all.
pub fn find(candidates: &[Candidate]) -> Result<Library, ReadError> {
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_key(|candidate| candidate.origin);
    let mut first_error = None;
    for group in ordered.chunk_by(|a, b| a.origin == b.origin) {
        match best_of(group) {
            Ok(Some(library)) => return Ok(library),
            Ok(None) => {}
            Err(error) if group.iter().any(|candidate| candidate.origin <= Origin::Home) => {
                return Err(error);
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    let searched = ordered.iter().map(|candidate| candidate.path.clone()).collect();
    Err(first_error.unwrap_or(ReadError::LibraryMissing { searched }))
}

/// The best library that one origin names; `None` when no file is there.
fn best_of(group: &[&Candidate]) -> Result<Option<Library>, ReadError> {
    let mut usable: Option<Library> = None;
    let mut first_error = None;
    for candidate in group {
        match examine(candidate) {
            Ok(Some(library)) if library.machine == Machine::OWN => return Ok(Some(library)),
            Ok(Some(library)) => usable = usable.or(Some(library)),
            Ok(None) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match (usable, first_error) {
        (None, Some(error)) => Err(error),
        (usable, _) => Ok(usable),
    }
}

fn examine(candidate: &Candidate) -> Result<Option<Library>, ReadError> {
    let Candidate { path, origin } = candidate;
    match machine_of(path) {
        Ok(machine) => Ok(Some(Library { path: path.clone(), origin: *origin, machine })),
        Err(ReadError::LibraryMissing { .. }) if *origin != Origin::Given => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads from a library's header what it was built for.
///
/// # Errors
/// [`ReadError::LibraryMissing`] when there is no such file, [`ReadError::LibraryBroken`] when it
/// is no library that could run here.
pub fn machine_of(path: &Path) -> Result<Machine, ReadError> {
    let broken = |reason: String| ReadError::LibraryBroken { path: path.to_owned(), reason };
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if is_absent(&error) => {
            return Err(ReadError::LibraryMissing { searched: vec![path.to_owned()] });
        }
        Err(error) => return Err(broken(error.to_string())),
    };
    if !meta.is_file() {
        return Err(broken("it is not a file".to_owned()));
    }
    let file = File::open(path).map_err(|error| broken(error.to_string()))?;
    let (format, machine) = header::inspect(file).map_err(|error| broken(error.to_string()))?;
    match (format, machine) {
        (Format::Pe, _) if format != Format::OWN => Err(broken("it is a library for Windows".to_owned())),
        (Format::Elf, _) if format != Format::OWN => Err(broken("it is a library for Linux".to_owned())),
        (_, Machine::Other(number)) if machine != Machine::OWN => {
            Err(broken(format!("it was built for another processor (0x{number:04X})")))
        }
        _ => Ok(machine),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The executable that can load the library: our own, or its sibling of the other width.
///
/// # Errors
/// [`ReadError::LibraryWidth`] when the sibling is not there; only Windows has one.
pub fn executable_for(library: &Library, own_exe: &Path) -> Result<PathBuf, ReadError> {
    if library.machine == Machine::OWN {
        return Ok(own_exe.to_owned());
    }
    let executable = sibling(library.machine, own_exe);
    if cfg!(windows) && executable != own_exe && executable.is_file() {
        return Ok(executable);
    }
    Err(width_error(&library.path, library.machine, own_exe))
}

/// The error that a library of a foreign width is.
pub(super) fn width_error(path: &Path, machine: Machine, own_exe: &Path) -> ReadError {
    let executable = sibling(machine, own_exe);
    ReadError::LibraryWidth { path: path.to_owned(), bits: machine.bits(), executable }
}

fn sibling(machine: Machine, own_exe: &Path) -> PathBuf {
    own_exe.with_file_name(if machine == Machine::X64 { EXECUTABLE_X64 } else { EXECUTABLE_X86 })
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::{elf, pe};
    use super::*;

    const FOREIGN: Machine = if matches!(Machine::OWN, Machine::X64) { Machine::X86 } else { Machine::X64 };

    fn library_bytes(machine: Machine) -> Vec<u8> {
        match (Format::OWN, machine) {
            (Format::Pe, Machine::X86) => pe(b"PE\0\0", 0x014C, 0x2102),
            (Format::Pe, Machine::X64) => pe(b"PE\0\0", 0x8664, 0x2022),
            (Format::Elf, Machine::X86) => elf(3, 3),
            (Format::Elf, Machine::X64) => elf(3, 62),
            (Format::Pe, Machine::Other(number)) => pe(b"PE\0\0", number, 0x2022),
            (Format::Elf, Machine::Other(number)) => elf(3, number),
        }
    }

    /// A folder that goes away with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("getad-library-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).expect("a temporary folder");
            Self(path)
        }

        fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.join(name);
            fs::write(&path, bytes).expect("a writable folder");
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn candidates(list: &[(&Path, Origin)]) -> Vec<Candidate> {
        list.iter().map(|(path, origin)| Candidate { path: path.to_path_buf(), origin: *origin }).collect()
    }

    #[test]
    fn the_file_in_the_home_folder_goes_before_the_installed_one() {
        let folder = Folder::new("priority");
        let home = folder.file("home", &library_bytes(FOREIGN));
        let installed = folder.file("installed", &library_bytes(Machine::OWN));
        let found = find(&candidates(&[(&installed, Origin::Registry), (&home, Origin::Home)]));
        assert_eq!(found, Ok(Library { path: home, origin: Origin::Home, machine: FOREIGN }));
    }

    #[test]
    fn an_installed_library_of_our_width_is_preferred() {
        let folder = Folder::new("width");
        let foreign = folder.file("foreign", &library_bytes(FOREIGN));
        let own = folder.file("own", &library_bytes(Machine::OWN));
        let both = candidates(&[(&foreign, Origin::Registry), (&own, Origin::Registry)]);
        assert_eq!(find(&both).map(|library| library.path), Ok(own));
        let one = find(&both[..1]);
        assert_eq!(one.map(|library| library.machine), Ok(FOREIGN));
    }

    #[test]
    fn a_broken_file_of_the_user_is_an_error_and_a_broken_installed_one_is_passed_over() {
        let folder = Folder::new("broken");
        let text = folder.file("text", b"not a library at all");
        let good = folder.file("good", &library_bytes(Machine::OWN));
        for origin in [Origin::Given, Origin::Home] {
            let found = find(&candidates(&[(&text, origin), (&good, Origin::Registry)]));
            assert!(matches!(found, Err(ReadError::LibraryBroken { path, .. }) if path == text));
        }
        let found = find(&candidates(&[(&text, Origin::Registry), (&good, Origin::Uninstall)]));
        assert_eq!(found.map(|library| library.path), Ok(good));
        let found = find(&candidates(&[(&text, Origin::Registry), (Path::new("/nowhere"), Origin::System)]));
        assert!(matches!(found, Err(ReadError::LibraryBroken { .. })));
    }

    #[test]
    fn absent_files_are_listed() {
        let (a, b) = (Path::new("/nowhere/a"), Path::new("/nowhere/b"));
        let found = find(&candidates(&[(b, Origin::System), (a, Origin::Home)]));
        assert_eq!(found, Err(ReadError::LibraryMissing { searched: vec![a.to_owned(), b.to_owned()] }));
        assert_eq!(find(&[]), Err(ReadError::LibraryMissing { searched: vec![] }));
    }

    #[test]
    fn a_given_file_that_is_absent_is_not_replaced_by_another() {
        let folder = Folder::new("given");
        let good = folder.file("good", &library_bytes(Machine::OWN));
        let given = Path::new("/nowhere/given");
        let found = find(&candidates(&[(given, Origin::Given), (&good, Origin::Registry)]));
        assert_eq!(found, Err(ReadError::LibraryMissing { searched: vec![given.to_owned()] }));
    }

    #[test]
    fn folders_and_libraries_of_other_systems_are_broken() {
        let folder = Folder::new("kinds");
        let other_system = match Format::OWN {
            Format::Pe => elf(3, 62),
            Format::Elf => pe(b"PE\0\0", 0x8664, 0x2022),
        };
        let alien = folder.file("alien", &other_system);
        let empty = folder.file("empty", b"");
        for path in [&folder.0, &alien, &empty] {
            assert!(matches!(machine_of(path), Err(ReadError::LibraryBroken { .. })), "{path:?}");
        }
    }

    #[test]
    fn the_executable_follows_the_width() {
        let folder = Folder::new("siblings");
        let own_exe = folder.file("own.exe", b"");
        let library = |machine| Library { path: PathBuf::from("lib"), origin: Origin::Home, machine };
        assert_eq!(executable_for(&library(Machine::OWN), &own_exe), Ok(own_exe.clone()));

        let wanted = sibling(FOREIGN, &own_exe);
        let absent = executable_for(&library(FOREIGN), &own_exe);
        let error = ReadError::LibraryWidth {
            path: PathBuf::from("lib"),
            bits: FOREIGN.bits(),
            executable: wanted.clone(),
        };
        assert_eq!(absent, Err(error));

        fs::write(&wanted, b"").expect("a writable folder");
        assert_eq!(executable_for(&library(FOREIGN), &own_exe).is_ok(), cfg!(windows));
    }
}
