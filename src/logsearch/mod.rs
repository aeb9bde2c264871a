//! Which FN was in a register last, as the logs of the cash desk's programs tell it.
//!
//! A POS program writes the register's serial number and then the number of its FN; the pair that
//! was written last is what counts. So files are searched from the newest to the oldest and each
//! from its end, in blocks, until every wanted register is found: the usual answer takes a few
//! milliseconds however large the file is.
//!
//! | module | owns |
//! |---|---|
//! | `pattern` | what a key, a serial and an FN look like in the bytes of a log, whatever their encoding |
//! | [`backward`] | the newest pairs of one open file |
//! | [`driver`] | the second source: the log of the ATOL driver, which is written for any POS program |
//!
//! The programs go on writing meanwhile. A file is opened in a way that hinders nobody, is taken
//! as long as it was then, and may grow, shrink, be renamed or vanish under the search. Memory is
//! bounded whatever the file holds, and so is time: no byte is looked at more than a fixed number
//! of times.
//!
//! Nothing here judges: the caller compares the pairs with what is known.

pub mod backward;
pub mod driver;
mod pattern;
#[cfg(test)]
mod tests;

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::NaiveDateTime;

/// Texts that stand right before the digits. They are literal, and each begins a word: a key is
/// not found inside a longer word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Before the register's serial number, like `serialNumber=`.
    pub serial: String,
    /// Before the number of the FN, like `fnNumber=`.
    pub fn_number: String,
    /// The FN may stand on a line after that of the serial number.
    pub multiline: bool,
}

/// Which FN was in a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Serial number of the register.
    pub serial: String,
    /// Number of the FN.
    pub fn_serial: String,
    /// Where that stands.
    pub file: PathBuf,
    /// Time stamp of the line with the FN, local time. Without one there, that of the line with
    /// the serial number.
    pub time: Option<NaiveDateTime>,
}

/// What a search gave.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest pair of each register that was found.
    pub pairs: Vec<Pair>,
    /// How many files were looked at.
    pub searched: usize,
    /// What could not be looked at.
    pub problems: Vec<Problem>,
}

/// What keeps a search from looking everywhere.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The folder cannot be listed.
    #[error("{} cannot be listed: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file was there when the folder was listed and is not any more, as happens when logs are
    /// rotated.
    #[error("{} has vanished", .path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// A key is empty and would be found everywhere.
    #[error("the key before the {0} is empty")]
    EmptyKey(
        /// Of what: `serial number` or `FN number`.
        &'static str,
    ),
}

/// Files `*.log` right in `folder` whose name contains `mask`, neither with regard to case,
/// changed at `changed_since` or later. The one that was changed last comes first; a change in
/// the future is as good as any.
///
/// # Errors
/// [`Problem::Folder`] when the folder cannot be listed.
pub fn files(folder: &Path, mask: &str, changed_since: SystemTime) -> Result<Vec<PathBuf>, Problem> {
    let mask = mask.to_lowercase();
    let wanted = |name: &str| {
        let name = name.to_lowercase();
        name.ends_with(".log") && name.contains(&mask)
    };
    let mut found: Vec<_> = listed(folder, wanted)?
        .into_iter()
        .map(|(path, metadata)| (changed(&metadata), path))
        .filter(|(changed, _)| *changed >= changed_since)
        .collect();
    found.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.cmp(b)));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Files of a folder, not its folders, with what the file itself says: on Windows the entry of
/// the folder is as old as the last time that somebody closed the file.
fn listed(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<(PathBuf, Metadata)>, Problem> {
    let failed = |source| Problem::Folder { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_str().is_some_and(&wanted) {
            continue;
        }
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_file() => found.push((entry.path(), metadata)),
            Ok(_) => log::debug!("{}: not a file", entry.path().display()),
            Err(error) => log::debug!("{}: {error}", entry.path().display()),
        }
    }
    Ok(found)
}

/// A file system that keeps no times gets its files searched.
fn changed(metadata: &Metadata) -> SystemTime {
    metadata.modified().unwrap_or_else(|_| SystemTime::now())
}

/// Looks in `files`, newest first, for the newest pair of each of `serials`.
#[must_use]
pub fn search(files: &[PathBuf], keys: &Keys, serials: &[String]) -> Found {
    for (key, name) in [(&keys.serial, "serial number"), (&keys.fn_number, "FN number")] {
        if key.trim().is_empty() {
            return Found { problems: vec![Problem::EmptyKey(name)], ..Found::default() };
        }
    }
    each_file(files, serials, |file, wanted| newest_in(file, keys, wanted))
}

/// A pair in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Serial number of the register.
    pub serial: String,
    /// Number of the FN.
    pub fn_serial: String,
    /// See [`Pair::time`].
    pub time: Option<NaiveDateTime>,
}

/// Goes through files until all serials are found, `look` giving the newest pairs of one file.
fn each_file(
    files: &[PathBuf],
    serials: &[String],
    mut look: impl FnMut(&Path, &[String]) -> (Vec<Hit>, Option<io::Error>),
) -> Found {
    let mut found = Found::default();
    let mut wanted: Vec<String> = Vec::new();
    for serial in serials.iter().filter(|serial| !serial.is_empty()) {
        if !wanted.contains(serial) {
            wanted.push(serial.clone());
        }
    }
    for file in files {
        if wanted.is_empty() {
            break;
        }
        found.searched += 1;
        let (hits, error) = look(file, &wanted);
        found.problems.extend(error.map(|error| problem(file, error)));
        for Hit { serial, fn_serial, time } in hits {
            log::debug!("{}: register {serial}, FN {fn_serial}, {time:?}", file.display());
            wanted.retain(|other| *other != serial);
            found.pairs.push(Pair { serial, fn_serial, file: file.clone(), time });
        }
    }
    found
}

fn problem(file: &Path, source: io::Error) -> Problem {
    let path = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => Problem::Vanished { path },
        _ => Problem::File { path, source },
    }
}

/// Times that a file is begun anew because somebody cut it off meanwhile.
const ATTEMPTS: usize = 3;

fn newest_in(file: &Path, keys: &Keys, wanted: &[String]) -> (Vec<Hit>, Option<io::Error>) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match open(file).and_then(|file| backward::newest(&file, keys, wanted, backward::BLOCK)) {
            Ok(hits) => return (hits, None),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && attempts < ATTEMPTS => {
                log::debug!("{}: became shorter; begun anew", file.display());
            }
            Err(error) => return (Vec::new(), Some(error)),
        }
    }
}

/// Everybody else may go on reading, writing, renaming and deleting the file: that is how the
/// standard library opens files on Windows unless told otherwise.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    Ok(file)
}
