//! Runs the restart file, from `_resources` and nowhere else.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::commands::own_program::is_fit;
use crate::render::restart::RestartError;
use crate::state::Home;

/// How long the file may run before it is left alone.
const LIMIT: Duration = Duration::from_secs(600);
/// Pause between looks at it.
const PAUSE: Duration = Duration::from_millis(50);

/// Place of the restart file.
pub fn path(home: &Home, name: &str) -> Result<PathBuf, RestartError> {
    let name = name.trim();
    if !is_fit(name) {
        return Err(RestartError::Name { name: name.to_owned() });
    }
    let path = home.resource(name);
    if path.is_file() { Ok(path) } else { Err(RestartError::Absent { path }) }
}

/// Starts the file and waits for its end, but not for ever. `None` when it did not end in time or
/// was ended from outside.
///
/// A .bat or .cmd file is handed to Windows' command interpreter by the standard library, which
/// knows how that wants its arguments.
pub fn run(path: &PathBuf, home: &Home) -> Result<Option<i32>, RestartError> {
    let mut command = Command::new(path);
    command.current_dir(home.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let failed = |source| RestartError::Start { path: path.clone(), source };
    let mut child = command.spawn().map_err(failed)?;
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.code()),
            Ok(None) => sleep(PAUSE),
            Err(error) => {
                log::warn!("{}: {error}", path.display());
                return Ok(None);
            }
        }
    }
    log::warn!("{}: still runs after {} s, it is left alone", path.display(), LIMIT.as_secs());
    Ok(None)
}
