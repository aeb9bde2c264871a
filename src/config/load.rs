//! Reading a configuration file into a type, with the place of every mistake, and rewriting one
//! so that unknown keys and their order survive.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Largest configuration file that is read, bytes.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

/// Byte order mark of UTF-8.
const BOM: &str = "\u{feff}";

/// Why a configuration file cannot be used. None of these carries a value of the file, which
/// might be a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It exists and cannot be read.
    #[error("{}: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It is not UTF-8 text.
    #[error("{}:{line}:{column}: not UTF-8", .path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is not JSON.
    #[error("{}:{line}:{column}: {problem}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// A value is of the wrong sort.
    #[error("{}:{line}:{column}: {key}: expected {expected}, found {found}", .path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The key: `atol[0].ip_port`.
        key: String,
        /// What would be right.
        expected: String,
        /// Sort of what stands there.
        found: String,
    },
}

impl ConfigError {
    /// The file that cannot be used.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. }
            | Self::Encoding { path, .. }
            | Self::Syntax { path, .. }
            | Self::Value { path, .. } => path,
        }
    }
}

/// Reads a file into `T`. A missing file is `None`: the caller takes the shipped default.
///
/// # Errors
/// When the file exists and cannot be read or understood.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ConfigError> {
    let Some(source) = read_source(path)? else { return Ok(None) };
    parse(path, &source.text).map(Some)
}

/// Understands the text of a file; `path` is for messages only.
///
/// # Errors
/// When the text is not JSON or a value is of the wrong sort.
pub fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    if text.trim_start().starts_with('[') {
        // A list would be taken for the values of an object without their keys.
        return Err(ConfigError::Value {
            path: path.to_owned(),
            line: 1,
            column: 1,
            key: String::new(),
            expected: "struct".to_owned(),
            found: "sequence".to_owned(),
        });
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| explain(path, &error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| explain(path, "", &error))?;
    Ok(value)
}

/// Reads a file as a tree that keeps unknown keys and their order, for an edit.
///
/// # Errors
/// When the file exists and cannot be read or is not JSON.
pub fn read_tree(path: &Path) -> Result<Option<Value>, ConfigError> {
    read(path)
}

/// The text of an edited tree, in the house form: four spaces, nothing escaped.
#[must_use]
pub fn tree_text(tree: &Value) -> String {
    crate::state::file::json_text(tree)
}

/// The text of a file.
pub struct Source {
    /// Its byte order mark, if it has one.
    pub mark: &'static str,
    /// All that follows.
    pub text: String,
}

/// Reads the text of a file; a missing one is `None`.
///
/// # Errors
/// When the file exists and cannot be read or is not UTF-8.
pub fn read_source(path: &Path) -> Result<Option<Source>, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable { path: path.to_owned(), reason };
    let size = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    if size > SIZE_LIMIT {
        return Err(unreadable(format!("{size} bytes are too many for a configuration file")));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    decode(path, &bytes).map(Some)
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Source, ConfigError> {
    let mark = if bytes.starts_with(BOM.as_bytes()) { BOM } else { "" };
    let body = bytes.get(mark.len()..).unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(|error| {
        let before = body.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let tail = before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(tail).chars().count() + 1;
        ConfigError::Encoding { path: path.to_owned(), line, column }
    })?;
    Ok(Source { mark, text: text.to_owned() })
}

/// Turns the parser's error into ours, dropping any value it quotes.
pub(super) fn explain(path: &Path, key: &str, error: &serde_json::Error) -> ConfigError {
    let (path, line, column) = (path.to_owned(), error.line(), error.column());
    let text = error.to_string();
    let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
    match problem.split_once(", expected ") {
        Some((found, expected)) if error.is_data() => {
            let (key, expected) = (key.to_owned(), expected.to_owned());
            ConfigError::Value { path, line, column, key, expected, found: sort_of(found) }
        }
        _ => ConfigError::Syntax { path, line, column, problem: problem.to_owned() },
    }
}

/// `invalid type: string "abc"` → `string`.
fn sort_of(found: &str) -> String {
    let found = found.split_once(": ").map_or(found, |(_, sort)| sort);
    found.split(['"', '`']).next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::connect::ConnectFile;

    fn error_of(text: &str) -> String {
        parse::<ConnectFile>(Path::new("connect.json"), text).map(|_| ()).expect_err("must fail").to_string()
    }

    #[test]
    fn mistakes_have_a_place() {
        assert_eq!(error_of("{\n  \"atol\": [,]\n}"), "connect.json:2:12: expected value");
        assert_eq!(
            error_of("{\"atol\":[{\"ip_port\":\n\"many\"}]}"),
            "connect.json:2:6: atol[0].ip_port: expected a whole number from 1 to 65535, found string"
        );
        assert_eq!(error_of("{} x"), "connect.json:1:4: trailing characters");
        assert_eq!(error_of(""), "connect.json:1:0: EOF while parsing a value");
    }

    #[test]
    fn other_encodings_are_named_with_their_place() {
        let error = decode(Path::new("c"), b"{\n\"\xD0\x96\": \"\xE0\"}").err().expect("cp1251");
        assert_eq!(error.to_string(), "c:2:7: not UTF-8");
    }
}
