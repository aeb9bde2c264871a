//! Values from stdin.

use std::io::{self, IsTerminal, Read};

use encoding_rs::UTF_8;

use crate::render::Output;
use crate::render::encrypt::{EncryptError, typing};
use crate::secret::Secret;

/// Most bytes that are read.
const LIMIT: u64 = 1024 * 1024;

/// The lines, blanks around them dropped: consoles add some. A byte order mark may say that the
/// text is UTF-16.
pub fn lines(output: &Output) -> Result<Vec<Secret>, EncryptError> {
    let stdin = io::stdin().lock();
    if stdin.is_terminal() {
        output.aside(typing(output.lang));
    }
    let mut bytes = Vec::new();
    let read = stdin.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|source| EncryptError::Unreadable { source })?;
    if bytes.len() as u64 > LIMIT {
        return Err(EncryptError::TooMuch { limit: LIMIT });
    }
    match UTF_8.decode(&bytes) {
        (_, _, true) => Err(EncryptError::NotText),
        (text, ..) => Ok(text.lines().map(|line| Secret::new(line.trim().to_owned())).collect()),
    }
}
