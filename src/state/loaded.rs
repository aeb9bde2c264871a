//! State files that go on without what was in them when they are broken: how all of them are read.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde::de::DeserializeOwned;

use super::{StateError, file};

/// What a state file holds, and what became of a broken one.
#[derive(Debug, Default)]
pub struct Loaded<T> {
    /// The content; what stands in its place when the file is missing or broken.
    pub content: T,
    /// The broken file's new place.
    pub set_aside: Option<PathBuf>,
    /// What was wrong with the file.
    pub problem: Option<String>,
}

impl<T> Loaded<T> {
    /// The content, once it has been told where a broken file was put.
    pub fn told(self, tell: impl FnOnce(&Path)) -> T {
        if let Some(aside) = &self.set_aside {
            tell(aside);
        }
        self.content
    }
}

/// Reads a file that `check` finds no fault in. A missing or broken one has the default content; with `repair` a
/// broken one is set aside.
///
/// # Errors
/// [`StateError`] when it cannot be read or moved.
pub(super) fn load<T: Default + DeserializeOwned>(
    path: &Path,
    check: impl FnOnce(&T) -> Result<(), String>,
    repair: bool,
    now: NaiveDateTime,
) -> Result<Loaded<T>, StateError> {
    let Some(text) = file::read(path)? else { return Ok(Loaded::default()) };
    let parsed = serde_json::from_str::<T>(&text).map_err(|error| error.to_string());
    let problem = match parsed.and_then(|content| check(&content).map(|()| content)) {
        Ok(content) => return Ok(Loaded { content, ..Loaded::default() }),
        Err(problem) => problem,
    };
    log::warn!("{}: {problem}", path.display());
    let set_aside = if repair { Some(file::set_aside(path, now)?) } else { None };
    Ok(Loaded { content: T::default(), set_aside, problem: Some(problem) })
}

/// Finds fault in a form that is not the one that is known.
///
/// # Errors
/// When it is another one.
pub(super) fn is_form(form: u32, known: u32) -> Result<(), String> {
    if form == known { Ok(()) } else { Err(format!("form {form} is unknown")) }
}
