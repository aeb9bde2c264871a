//! Files that are always whole, and the lock that keeps two writers apart.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

use super::StateError;

/// Attempts to put a file in its place while a virus scanner or a reader holds the old one.
const RENAME_ATTEMPTS: u32 = 10;
/// Pause between those attempts.
const RENAME_PAUSE: Duration = Duration::from_millis(50);
/// Pause between looks at a lock that somebody else holds.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// JSON as the predecessor wrote it: four spaces, no escapes but those that JSON demands.
///
/// # Panics
/// Never for the types of this crate: their maps have text keys.
#[must_use]
pub fn json_text<T: Serialize>(value: &T) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    "));
    value.serialize(&mut serializer).expect("maps have text keys and memory does not fail");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Replaces a file by a new content, whole: a temporary file in the same folder is written,
/// flushed to the disk and renamed. Missing folders are made.
///
/// # Errors
/// [`StateError::Write`]; the old content then still stands.
pub fn write(path: &Path, content: &str) -> Result<(), StateError> {
    write_bytes(path, content.as_bytes(), |temporary| File::create(temporary))
}

/// Like [`write()`], into a temporary file that `create` makes: with the rights that it is to have.
///
/// # Errors
/// [`StateError::Write`]; the old content then still stands.
pub fn write_into(
    path: &Path,
    content: &str,
    create: impl FnOnce(&Path) -> io::Result<File>,
) -> Result<(), StateError> {
    write_bytes(path, content.as_bytes(), create)
}

/// Like [`write_into`], for what may be no text.
///
/// # Errors
/// [`StateError::Write`]; the old content then still stands.
pub fn write_bytes(
    path: &Path,
    content: &[u8],
    create: impl FnOnce(&Path) -> io::Result<File>,
) -> Result<(), StateError> {
    let failed = |source: io::Error| StateError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    replace(path, &temporary_name(path), content, create).map_err(failed)
}

/// Replaces a file that programs of others read, whole, readable for every user. Its folder is
/// theirs and is not made. Several may do so at once without a lock: the last one stands.
///
/// # Errors
/// [`StateError::NoFolder`], [`StateError::Write`]; the old content then still stands.
pub fn publish(path: &Path, content: &str) -> Result<(), StateError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        return Err(StateError::NoFolder { folder: folder.to_owned() });
    }
    let temporary = path.with_extension(format!("{}.getad-tmp", std::process::id()));
    let create = |temporary: &Path| {
        // A file of that name is what a power cut left, or a trap: it is not written into.
        fs::remove_file(temporary).ok();
        let file = File::create_new(temporary)?;
        let_everybody_read(temporary)?;
        Ok(file)
    };
    replace(path, &temporary, content.as_bytes(), create)
        .map_err(|source| StateError::Write { path: path.to_owned(), source })
}

fn replace(
    path: &Path,
    temporary: &Path,
    content: &[u8],
    create: impl FnOnce(&Path) -> io::Result<File>,
) -> io::Result<()> {
    let written = create(temporary)
        .and_then(|file| write_through(file, content))
        .and_then(|()| put_in_place(temporary, path));
    if written.is_err() {
        // The disk may be full: leave nothing half-written behind.
        fs::remove_file(temporary).ok();
    }
    written?;
    flush_folder(path);
    Ok(())
}

/// An exporter runs as a user of its own; on Windows its folder's rights are inherited.
#[cfg(unix)]
fn let_everybody_read(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn let_everybody_read(_: &Path) -> io::Result<()> {
    Ok(())
}

/// One fixed name per file: what a power cut left behind is overwritten by the next writer.
fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".getad-tmp");
    path.with_file_name(name)
}

fn write_through(mut file: File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

fn put_in_place(from: &Path, to: &Path) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match fs::rename(from, to) {
            Err(error) if cfg!(windows) && attempt < RENAME_ATTEMPTS && to.is_file() => {
                log::debug!("{}: {error}, attempt {attempt}", to.display());
                attempt += 1;
                std::thread::sleep(RENAME_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

/// The new name itself must survive a power cut too; Windows does that on its own.
fn flush_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        log::debug!("{}: {error}", folder.display());
    }
}

/// The JSON files of a folder, by name; none when there is no folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let is_json = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    files.retain(|path| is_json(path) && !path.is_dir());
    files.sort();
    Ok(files)
}

/// Reads a text file; a missing one is `None`, a byte order mark is dropped, bytes that are not
/// UTF-8 are replaced (state files that contain such bytes fail to parse and are set aside).
///
/// # Errors
/// [`StateError::Read`] when it exists and cannot be read.
pub fn read(path: &Path) -> Result<Option<String>, StateError> {
    match fs::read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StateError::Read { path: path.to_owned(), source }),
    }
}

/// Removes a file; a missing one is fine.
///
/// # Errors
/// [`StateError::Write`] when it stays.
pub fn remove(path: &Path) -> Result<(), StateError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StateError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Moves a broken state file aside as `<name>.broken-<time>` and says where it is now.
///
/// # Errors
/// [`StateError::Write`] when it cannot be moved.
pub fn set_aside(path: &Path, now: NaiveDateTime) -> Result<PathBuf, StateError> {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".broken-{}", now.format("%Y%m%d-%H%M%S")));
    let aside = path.with_file_name(name);
    put_in_place(path, &aside).map_err(|source| StateError::Write { path: aside.clone(), source })?;
    Ok(aside)
}

/// The right to write in a home folder; given back on drop, and by the system if we are killed.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock; `waiting` is called once when somebody else holds it.
    ///
    /// # Errors
    /// [`StateError::Busy`] after `limit`, [`StateError::Write`] when the file cannot be opened.
    pub fn acquire(path: &Path, limit: Duration, waiting: impl FnOnce()) -> Result<Self, StateError> {
        let failed = |source: io::Error| StateError::Write { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        let started = Instant::now();
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= limit => {
                    return Err(StateError::Busy { path: path.to_owned() });
                }
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    std::thread::sleep(LOCK_PAUSE.min(limit.saturating_sub(started.elapsed())));
                }
            }
        }
    }
}
