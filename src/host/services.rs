//! Services of Windows: finding those of the predecessor, stopping and deleting them.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::os;

/// How long a service may take to stop: the predecessor's may be in the middle of a reading.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Parts of the names under which the predecessor installs itself, `MH_Getad` for one.
const NAMES: [&str; 2] = ["getad", "posrelay"];

/// A service that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Name by which it is called.
    pub name: String,
    /// Name that people see.
    pub title: String,
    /// Its command line; empty when that could not be read.
    pub command: String,
}

/// Why services could not be listed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// This system has no such services.
    #[error("services exist only in Windows")]
    NotWindows,
    /// That takes an administrator.
    #[error("only an administrator may change services")]
    NoRights,
    /// It was told to stop and did not.
    #[error("it has not stopped within {} s", .0.as_secs())]
    StillRunning(Duration),
    /// What the system says.
    #[error("{0}")]
    System(io::Error),
}

impl From<io::Error> for ServiceError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::PermissionDenied { Self::NoRights } else { Self::System(error) }
    }
}

/// The services of the predecessor: by their names, and those that run a program of this folder.
///
/// # Errors
/// When the services cannot be listed.
pub fn of_predecessor(folder: Option<&Path>) -> Result<Vec<Service>, ServiceError> {
    let mut services = os::services()?;
    services.retain(|service| service.is_predecessor(folder));
    log::debug!("services of the predecessor: {services:?}");
    Ok(services)
}

/// Stops a service, waits until it has stopped, deletes it. One that is gone meanwhile is fine.
///
/// # Errors
/// When it does not stop or may not be deleted.
pub fn remove(name: &str) -> Result<(), ServiceError> {
    os::remove_service(name, STOP_LIMIT)
}

impl Service {
    fn is_predecessor(&self, folder: Option<&Path>) -> bool {
        let named = |name: &str| NAMES.iter().any(|part| name.to_lowercase().contains(part));
        let within = folder.is_some_and(|folder| same_folder(folder_of(&self.command), folder));
        within || named(&self.name) || named(&self.title)
    }
}

/// Folder of the program of a command line, which may stand in quotes and have arguments. Without
/// quotes the program ends after `.exe`, as its path may have blanks in it.
fn folder_of(command: &str) -> &str {
    let command = command.trim();
    let program = match command.strip_prefix('"') {
        Some(rest) => rest.split('"').next().unwrap_or_default(),
        None => {
            let end = command.to_ascii_lowercase().find(".exe").map_or(command.len(), |start| start + 4);
            command.get(..end).unwrap_or_default()
        }
    };
    let program = program.strip_prefix(r"\??\").unwrap_or(program);
    program.rsplit_once(['\\', '/']).map_or("", |(folder, _)| folder)
}

/// Compared as Windows does: upper and lower case are alike, and so are both slashes.
fn same_folder(one: &str, other: &Path) -> bool {
    let plain = |path: &str| path.replace('/', "\\").trim_end_matches('\\').to_lowercase();
    !one.is_empty() && plain(one) == plain(&other.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, command: &str) -> Service {
        Service { name: name.to_owned(), title: name.to_owned(), command: command.to_owned() }
    }

    #[test]
    fn the_predecessor_is_known_by_its_name() {
        for name in ["MH_Getad", "POSRelayd", "getad-service"] {
            assert!(service(name, "").is_predecessor(None), "{name}");
        }
        assert!(!service("Spooler", r"C:\Windows\System32\spoolsv.exe").is_predecessor(None));
    }

    #[test]
    fn the_predecessor_is_known_by_its_folder() {
        let folder = Path::new(r"C:\Касса 1\Служба");
        for command in [
            r#""C:\Касса 1\Служба\getadsc.exe""#,
            r"c:\касса 1\служба\GETADSC.EXE --startup auto",
            r"\??\C:\Касса 1\Служба\a.exe",
            "C:/Касса 1/Служба/a.exe",
        ] {
            assert!(service("x", command).is_predecessor(Some(folder)), "{command}");
        }
        for command in ["", "a.exe", r"C:\Касса 1\Служба\updater\a.exe", r"C:\Касса 1\a.exe"]
        {
            assert!(!service("x", command).is_predecessor(Some(folder)), "{command}");
        }
    }
}
