//! Records on their way out: which there are, and their bytes as they are stored.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::{StateError, file};

/// Largest record that is sent; real ones have some kilobytes.
const RECORD_LIMIT: u64 = 64 * 1024 * 1024;

/// Why a file is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It cannot be read.
    #[error("it cannot be read: {reason}")]
    Unreadable {
        /// What the system says.
        reason: String,
    },
    /// It is far larger than any record.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// What is sent at most.
        limit: u64,
    },
    /// It holds bytes that are no text.
    #[error("it is not UTF-8 from byte {at} on")]
    NotText {
        /// Number of bytes that are text.
        at: usize,
    },
    /// It is not JSON.
    #[error("it is not JSON, line {line}, column {column}")]
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is JSON, but no object.
    #[error("it is not a JSON object")]
    NotObject,
}

/// The files with records, by name.
///
/// # Errors
/// [`StateError::Read`] when the folder is there and cannot be read.
pub fn files(records: &Path) -> Result<Vec<PathBuf>, StateError> {
    file::json_files(records).map_err(|source| StateError::Read { path: records.to_owned(), source })
}

/// The bytes of a record, which must be one JSON object.
///
/// # Errors
/// When they cannot be read or are none.
pub fn read(path: &Path) -> Result<Vec<u8>, RecordError> {
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|file| file.take(RECORD_LIMIT + 1).read_to_end(&mut bytes));
    file.map_err(|error| RecordError::Unreadable { reason: error.to_string() })?;
    if bytes.len() as u64 > RECORD_LIMIT {
        return Err(RecordError::TooLarge { limit: RECORD_LIMIT });
    }
    check(&bytes).map(|()| bytes)
}

/// A byte order mark is tolerated: whoever wrote it, receivers have always got it.
fn check(bytes: &[u8]) -> Result<(), RecordError> {
    let text =
        std::str::from_utf8(bytes).map_err(|error| RecordError::NotText { at: error.valid_up_to() })?;
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| RecordError::NotJson { line: error.line(), column: error.column() })?;
    if text.trim_start().starts_with('{') { Ok(()) } else { Err(RecordError::NotObject) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_are_records() {
        assert_eq!(check("\u{feff} {\"a\": \"Ё\"}\n".as_bytes()), Ok(()));
        assert_eq!(check(b"{\n\"a\": }"), Err(RecordError::NotJson { line: 2, column: 6 }));
        assert_eq!(check(b""), Err(RecordError::NotJson { line: 1, column: 0 }));
        assert_eq!(check(b"[{}]"), Err(RecordError::NotObject));
        assert_eq!(check(b"{\"a\": \"\xcf\xf0\"}"), Err(RecordError::NotText { at: 7 }));
        assert!(check(b"{} {}").is_err());
    }
}
