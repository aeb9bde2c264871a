//! Registration of tasks through `schtasks.exe`.
//!
//! Exit codes decide: zero is success. A failure is looked into by the rights of this process,
//! never by words, which follow the language of Windows.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::xml::file_bytes;
use crate::host::program::{self, Ended, command, system_folder};

/// The task that restarts the computer once.
pub const REBOOT: &str = r"Getad\Reboot";
/// The task that reads the registers.
pub const BOOT: &str = r"Getad\Boot";
/// The task that checks the FN.
pub const INTERVAL: &str = r"Getad\Interval";

/// Longest time that `schtasks.exe` may take; usually it takes a fraction of a second, on a
/// computer that has just started some seconds.
const LIMIT: Duration = Duration::from_secs(60);
/// Largest task that is read, in bytes.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Why a task was not registered, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// This process may not do it.
    #[error("tasks may be changed by an administrator only")]
    NoRights,
    /// This is not Windows.
    #[error("tasks exist on Windows only")]
    NotWindows,
    /// The program that registers tasks cannot be run.
    #[error("{} cannot be run: {source}", .program.display())]
    Absent {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The text of the task could not be handed over.
    #[error("{} cannot be written: {source}", .path.display())]
    File {
        /// The temporary file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The scheduler refused.
    #[error("Task Scheduler refused (code {code:?}): {text}")]
    Failed {
        /// Exit code of `schtasks.exe`, if it ended by itself.
        code: Option<i32>,
        /// What it said, in the language of Windows.
        text: String,
    },
}

impl TaskError {
    /// True when no other task would fare better.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        matches!(self, Self::NoRights | Self::NotWindows | Self::Absent { .. })
    }
}

/// Tells before anything is changed whether this process may change tasks.
///
/// # Errors
/// [`TaskError::NotWindows`] or [`TaskError::NoRights`].
pub fn may_change() -> Result<(), TaskError> {
    only_on_windows()?;
    if is_administrator() { Ok(()) } else { Err(TaskError::NoRights) }
}

/// Registers a task, in place of one of the same name.
///
/// # Errors
/// [`TaskError`]; an older task of this name then stays.
pub fn register(name: &str, xml: &str) -> Result<(), TaskError> {
    only_on_windows()?;
    let file = TaskFile::new(xml)?;
    let path = file.0.to_string_lossy().into_owned();
    succeed(schtasks(&["/create", "/tn", name, "/xml", &path, "/f"])?)
}

/// The text of a registered task; `None` when there is none.
///
/// # Errors
/// [`TaskError`].
pub fn read(name: &str) -> Result<Option<String>, TaskError> {
    only_on_windows()?;
    let ended = schtasks(&["/query", "/tn", name, "/xml"])?;
    // Printed, the text lacks the letters that the console's code page lacks.
    let stored = stored(name);
    match (ended.code, stored) {
        (Some(0), Ok(Some(text))) => Ok(Some(text)),
        (Some(0), _) => Ok(Some(ended.stdout).filter(|text| !text.trim().is_empty())),
        (_, Ok(None)) => Ok(None),
        (_, Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => Err(TaskError::NoRights),
        _ => Err(refusal(ended)),
    }
}

/// Whether a task is registered, as the scheduler's own folder shows: that costs no program.
///
/// # Errors
/// [`TaskError::NotWindows`]; [`TaskError::NoRights`] when this user is not told.
pub fn is_registered(name: &str) -> Result<bool, TaskError> {
    only_on_windows()?;
    match fs::metadata(store().join(name)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            log::debug!("{name}: {error}");
            Err(TaskError::NoRights)
        }
    }
}

/// Removes a task; `false` when there was none.
///
/// # Errors
/// [`TaskError`]; the task then stays.
pub fn remove(name: &str) -> Result<bool, TaskError> {
    if read(name)?.is_none() {
        return Ok(false);
    }
    succeed(schtasks(&["/delete", "/tn", name, "/f"])?).map(|()| true)
}

fn only_on_windows() -> Result<(), TaskError> {
    if cfg!(windows) { Ok(()) } else { Err(TaskError::NotWindows) }
}

fn schtasks(arguments: &[&str]) -> Result<Ended, TaskError> {
    let program = system_folder().join("schtasks.exe");
    program::run(command(&program, arguments), LIMIT).map_err(|source| TaskError::Absent { program, source })
}

fn succeed(ended: Ended) -> Result<(), TaskError> {
    if ended.code == Some(0) { Ok(()) } else { Err(refusal(ended)) }
}

fn refusal(ended: Ended) -> TaskError {
    if !is_administrator() {
        return TaskError::NoRights;
    }
    let said = [ended.stderr.trim(), ended.stdout.trim()].join(" ");
    TaskError::Failed { code: ended.code, text: said.split_whitespace().collect::<Vec<_>>().join(" ") }
}

/// Only SYSTEM and administrators, with their rights switched on, may list the folder of the
/// registry's files.
fn is_administrator() -> bool {
    let listed = fs::read_dir(system_folder().join("config"));
    !listed.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// What the scheduler keeps of a task in its folder, as Windows has done since Vista.
fn stored(name: &str) -> io::Result<Option<String>> {
    let file = fs::File::open(store().join(name));
    let file = match file {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, SIZE_LIMIT), &mut bytes)?;
    Ok(Some(program::decode(&bytes)))
}

/// A 32-bit program on a 64-bit Windows sees another folder under the name `System32`; the real
/// one has a name of its own for it, which nobody else sees.
fn store() -> PathBuf {
    let system = system_folder();
    let real = system.with_file_name("Sysnative");
    if real.is_dir() { real.join("Tasks") } else { system.join("Tasks") }
}

/// A file with the text of a task, removed when dropped.
struct TaskFile(PathBuf);

impl TaskFile {
    fn new(xml: &str) -> Result<Self, TaskError> {
        let folder = std::env::temp_dir();
        let path = |attempt: u32| folder.join(format!("getad-{}-{attempt}.xml", std::process::id()));
        let mut attempt = 0;
        loop {
            let path = path(attempt);
            match write_new(&path, &file_bytes(xml)) {
                // Whoever may write to the folder of temporary files may have been there first;
                // his file is not used.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
                Err(source) => return Err(TaskError::File { path, source }),
                Ok(()) => return Ok(Self(path)),
            }
        }
    }
}

impl Drop for TaskFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            log::debug!("{}: {error}", self.0.display());
        }
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_new_and_goes_away() {
        let one = TaskFile::new("<Task/>").unwrap();
        let other = TaskFile::new("<Task/>").unwrap();
        assert_ne!(one.0, other.0);
        assert_eq!(fs::read(&one.0).unwrap(), file_bytes("<Task/>"));
        let path = one.0.clone();
        drop(one);
        assert!(!path.exists() && other.0.exists());
    }

    #[cfg(not(windows))]
    #[test]
    fn other_systems_have_no_tasks() {
        assert!(matches!(may_change(), Err(TaskError::NotWindows)));
        assert!(matches!(register(BOOT, "<Task/>"), Err(TaskError::NotWindows)));
        assert!(matches!(read(BOOT), Err(TaskError::NotWindows)));
        assert!(matches!(remove(BOOT), Err(TaskError::NotWindows)));
        assert!(matches!(is_registered(BOOT), Err(TaskError::NotWindows)));
    }
}
