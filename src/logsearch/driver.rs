//! The log of the ATOL driver: a second source of pairs, whatever the POS program writes.
//!
//! The driver logs every call that any program makes, for each user in
//! `%APPDATA%\ATOL\drivers10\logs\fptr10.log`; at midnight the file gets the day appended to its
//! name, and older days are packed by gzip. The vendor does not document the form of the log, so
//! [`journal`] counts as a pair only what can be nothing else, and what was seen is told at debug
//! level. Which folders are a user's and not our own is the caller's knowledge.

pub mod journal;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{Days, Local, NaiveDate, NaiveTime};
use flate2::bufread::MultiGzDecoder;

use super::{Found, Hit, each_file, listed};
use journal::Journal;

/// Bytes of a packed day that are looked at: much more than any day has.
const LARGEST_DAY: u64 = 4 << 30;

/// Bytes of a line that are kept: the lines that matter are short.
const LONGEST_LINE: usize = 4 << 10;

/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

/// Logs of the driver below folders of roaming application data, written at `changed_since` or
/// later, newest first.
#[must_use]
pub fn files(roaming_folders: &[PathBuf], changed_since: SystemTime) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for roaming in roaming_folders {
        let folder = roaming.join("ATOL").join("drivers10").join("logs");
        match listed(&folder, |name| day(name).is_some()) {
            Ok(files) => found.extend(files),
            Err(problem) => log::debug!("{problem}"),
        }
    }
    let mut dated: Vec<_> = found
        .into_iter()
        .map(|(path, metadata)| (written(&path, super::changed(&metadata)), path))
        .filter(|(written, _)| *written >= changed_since)
        .collect();
    dated.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.cmp(b)));
    dated.into_iter().map(|(_, path)| path).collect()
}

/// Day of a log by its name; `Some(None)` for the one of today.
fn day(name: &str) -> Option<Option<NaiveDate>> {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("fptr10.log")?;
    match rest.strip_suffix(".gz").unwrap_or(rest) {
        "" => Some(None),
        rest => NaiveDate::parse_from_str(rest.strip_prefix('.')?, "%Y-%m-%d").ok().map(Some),
    }
}

/// When a log got its last line. Packing a file changes it later than that.
fn written(path: &Path, changed: SystemTime) -> SystemTime {
    let day = path.file_name().and_then(|name| day(name.to_str()?)).flatten();
    let midnight = day.and_then(|day| {
        let end = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN);
        end.and_local_timezone(Local).earliest()
    });
    midnight.map_or(changed, |midnight| changed.min(midnight.into()))
}

/// Looks in `files`, newest first, for the newest pair of each of `serials`.
#[must_use]
pub fn search(files: &[PathBuf], serials: &[String]) -> Found {
    each_file(files, serials, newest_in)
}

fn newest_in(path: &Path, wanted: &[String]) -> (Vec<Hit>, Option<io::Error>) {
    let file = match super::open(path) {
        Ok(file) => file,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut journal = Journal::new(wanted);
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let outcome = if packed { unpack(file, &mut journal) } else { journal_of(file, &mut journal) };
    log::debug!("{}: {}", path.display(), journal.seen());
    (journal.into_hits(), outcome.err())
}

fn journal_of(file: File, journal: &mut Journal) -> io::Result<()> {
    each_line(BufReader::with_capacity(BUFFER, file), |line| journal.read(line))
}

/// What stands before the place where a packed file is damaged is still read.
fn unpack(file: impl Read, journal: &mut Journal) -> io::Result<()> {
    let packed = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, file));
    let lines = BufReader::with_capacity(BUFFER, packed.take(LARGEST_DAY));
    each_line(lines, |line| journal.read(line))
}

/// Gives each line without its end; of a long one the begin. A last line that is not ended may
/// still be being written and is not given.
///
/// # Errors
/// What reading gives.
pub fn each_line(mut lines: impl BufRead, mut read: impl FnMut(&[u8])) -> io::Result<()> {
    let mut begun: Vec<u8> = Vec::new();
    loop {
        let bytes = match lines.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', bytes);
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let used = end.map_or(bytes.len(), |end| end + 1);
        if begun.is_empty() && end.is_some() {
            read(part);
        } else {
            let room = LONGEST_LINE - begun.len();
            begun.extend(part.iter().take(room));
            if end.is_some() {
                read(&begun);
                begun.clear();
            }
        }
        lines.consume(used);
    }
}

#[cfg(test)]
mod tests;
