//! Processes: one that we start together with all that it starts in turn, one that is to outlive
//! us, and those that run already.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::os;

/// How long a process that was killed may take to go; one that is stuck in a device driver of the
/// system may take for ever.
const FAREWELL: Duration = Duration::from_secs(2);
/// Pause between looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// A process with all that it starts in turn, without a window. Dropped, it takes with it whatever
/// of them still runs; so does our own end by Ctrl+C.
#[derive(Debug)]
pub struct Family {
    child: Child,
    members: os::Members,
}

impl Family {
    /// Starts the process.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let (child, members) = os::Members::start(command)?;
        Ok(Self { child, members })
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How the process itself ended; `None` while it runs.
    ///
    /// # Errors
    /// What the system says.
    pub fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// True while the process or anything that it started runs.
    ///
    /// # Errors
    /// What the system says.
    pub fn lives(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none() || self.members.live())
    }

    /// Ends all of it.
    pub fn kill(&mut self) {
        self.members.kill();
        // An error means that it is gone already.
        self.child.kill().ok();
        let limit = Instant::now() + FAREWELL;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < limit {
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        if !matches!(self.lives(), Ok(false)) {
            self.kill();
        }
    }
}

/// Starts a program that outlives us and has none of our streams, and tells its number.
///
/// # Errors
/// What the system says.
pub fn start_detached(mut command: Command) -> io::Result<u32> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    os::spawn_detached(&mut command).map(|child| child.id())
}

/// A process that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Name of its program, without a folder.
    pub name: String,
}

/// Names of the programs that run, each once.
#[must_use]
pub fn running() -> Vec<String> {
    let mut names: Vec<String> = os::processes().into_iter().map(|process| process.name).collect();
    names.sort();
    names.dedup();
    names
}

/// True while a program runs, whoever started it: as a process of its own, or as a batch file or
/// script that an interpreter was started with. What the system does not tell of a process of that
/// name counts as a yes.
#[must_use]
pub fn is_running(program: &Path) -> bool {
    os::processes().iter().any(|process| is_of(process, program))
}

fn is_of(process: &Process, program: &Path) -> bool {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let is_it = same_text(&process.name, &name)
        && os::image(process.id).is_none_or(|image| same_file(&image, program));
    is_it || runs_script(process, program)
}

fn runs_script(process: &Process, program: &Path) -> bool {
    let interprets = os::INTERPRETERS.iter().any(|name| same_text(&process.name, name));
    interprets && os::command_line(process.id).is_some_and(|line| names(&line, &program.to_string_lossy()))
}

/// Windows does not tell capital letters from small ones.
fn same_text(one: &str, other: &str) -> bool {
    if cfg!(windows) { one.to_lowercase() == other.to_lowercase() } else { one == other }
}

fn names(line: &str, path: &str) -> bool {
    if cfg!(windows) { line.to_lowercase().contains(&path.to_lowercase()) } else { line.contains(path) }
}

/// The same file may go by several names: short ones, links, other drives.
fn same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => same_text(&one.to_string_lossy(), &other.to_string_lossy()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        command
    }

    /// True when nobody holds the other end of the output any more, which is how the death of a
    /// process is seen that is nobody's child.
    fn is_silent(mut family: Family) -> bool {
        let mut stdout = family.child().stdout.take().expect("a pipe");
        drop(family);
        stdout.read_to_end(&mut Vec::new()).is_ok()
    }

    #[test]
    fn nobody_of_a_family_is_left() {
        assert!(is_silent(Family::start(&mut shell("sleep 600 & sleep 600 & wait")).unwrap()));
        let mut family = Family::start(&mut shell("sleep 600 & exit 3")).unwrap();
        while family.status().unwrap().is_none() {
            thread::sleep(PAUSE);
        }
        assert!(family.lives().unwrap());
        assert!(is_silent(family));
    }

    #[test]
    fn a_family_ends_by_itself() {
        let mut family = Family::start(&mut shell("true & exit 3")).unwrap();
        while family.lives().unwrap() {
            thread::sleep(PAUSE);
        }
        assert_eq!(family.status().unwrap().and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn this_program_runs_and_no_other() {
        let own = std::env::current_exe().unwrap();
        assert!(is_running(&own));
        assert!(!is_running(&own.with_file_name("no-such-program")));
    }
}
