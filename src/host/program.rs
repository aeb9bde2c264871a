//! Programs of others that are run to their end: without a window, with a deadline.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use encoding_rs::{IBM866, UTF_16LE};

use super::process::Family;

/// Most bytes that are kept of what a program says.
const OUTPUT_LIMIT: usize = 1024 * 1024;
/// How long the rest of the output may take after the program has ended: what escaped us may hold
/// the other end open.
const GRACE: Duration = Duration::from_secs(2);
/// Pause between looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` when it was ended from outside.
    pub code: Option<i32>,
    /// It or something that it started was killed at the deadline.
    pub overdue: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// Folder with the programs of Windows, `C:\Windows\System32`. Programs are called by their full
/// path: a file of the same name in the home folder must not run in their stead.
#[must_use]
pub fn system_folder() -> PathBuf {
    let windows = std::env::var_os("SystemRoot").filter(|root| !root.is_empty());
    PathBuf::from(windows.unwrap_or_else(|| r"C:\Windows".into())).join("System32")
}

/// The folders of the environment variable `PATH`.
#[must_use]
pub fn search_path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

/// Runs a program to its end. One that has not ended by the deadline is killed; so is what it
/// leaves running.
///
/// # Errors
/// When it cannot be started, or was killed ([`io::ErrorKind::TimedOut`]).
pub fn run(command: Command, limit: Duration) -> io::Result<Ended> {
    let ended = run_until(command, limit, |family| Ok(family.status()?.is_some()))?;
    if ended.overdue { Err(io::ErrorKind::TimedOut.into()) } else { Ok(ended) }
}

/// Runs a program until it and all that it started have ended. Whatever of them has not ended by
/// the deadline is killed.
///
/// # Errors
/// When it cannot be started.
pub fn run_with_all_it_starts(command: Command, limit: Duration) -> io::Result<Ended> {
    run_until(command, limit, |family| Ok(!family.lives()?))
}

fn run_until(
    mut command: Command,
    limit: Duration,
    is_over: impl Fn(&mut Family) -> io::Result<bool>,
) -> io::Result<Ended> {
    log::debug!("running {command:?}");
    let deadline = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut family = Family::start(&mut command)?;
    let child = family.child();
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let mut overdue = false;
    while !is_over(&mut family)? && !overdue {
        overdue = Instant::now() >= deadline;
        thread::sleep(PAUSE);
    }
    let status = family.status()?;
    // What it left running would hold its output open.
    drop(family);
    let code = status.and_then(|status| status.code());
    let ended = Ended { code, overdue, stdout: stdout.text(), stderr: stderr.text() };
    log::debug!("it ended with {code:?}: {} {}", ended.stdout.trim(), ended.stderr.trim());
    Ok(ended)
}

/// Reads beside us, so that a program that says much does not wait for a reader.
fn reader(stream: Option<impl Read + Send + 'static>) -> Reader {
    let read = Arc::new(Mutex::new(Vec::new()));
    let (done, ended) = mpsc::channel();
    let shared = Arc::clone(&read);
    thread::spawn(move || {
        stream.into_iter().for_each(|stream| collect(stream, &shared));
        // Nobody may listen any more.
        done.send(()).ok();
    });
    Reader { read, ended }
}

/// What has been read until an error is kept, and so is the beginning of what is too long.
fn collect(mut stream: impl Read, read: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut chunk) {
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() < OUTPUT_LIMIT {
            read.extend(chunk.iter().take(len));
        }
    }
}

/// The output of a program while it is read.
struct Reader {
    read: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Reader {
    /// All of it, when the program has ended.
    fn text(self) -> String {
        self.ended.recv_timeout(GRACE).ok();
        decode(&self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a program of Windows printed: UTF-16 by its mark or its zeros, else UTF-8, else the
/// console's code page, for which the Russian one stands. Words are only shown, so a letter that
/// comes out wrong elsewhere does no harm.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    let bare = bytes.strip_prefix(b"\xFF\xFE");
    let looks_wide = bytes.len() >= 2 && bytes.iter().skip(1).step_by(2).take(8).all(|&byte| byte == 0);
    if bare.is_some() || looks_wide {
        return UTF_16LE.decode_without_bom_handling(bare.unwrap_or(bytes)).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => IBM866.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A program with its arguments.
#[must_use]
pub fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_understood_in_three_encodings() {
        assert_eq!(decode("Готово".as_bytes()), "Готово");
        assert_eq!(decode(b"\xEF\xBB\xBFok"), "ok");
        assert_eq!(decode(b"\x83\xAE\xE2\xAE\xA2\xAE"), "Готово");
        assert_eq!(decode(b"\xFF\xFE\x01\x04"), "Ё");
        assert_eq!(decode(b"<\0?\0x\0"), "<?x");
        assert_eq!(decode(b""), "");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_says_how_it_ended() {
        let shell = |script| command(Path::new("/bin/sh"), &["-c", script]);
        let ended = run(shell("echo out; echo err >&2; exit 3"), Duration::from_secs(20)).unwrap();
        assert_eq!(
            ended,
            Ended { code: Some(3), overdue: false, stdout: "out\n".into(), stderr: "err\n".into() }
        );
        let error = run(shell("exec sleep 60"), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let ended = run(shell("echo out; sleep 60 & exit 0"), Duration::from_secs(20)).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "out\n"));
        let ended = run_with_all_it_starts(shell("(sleep 0.1; echo late) & exit 4"), Duration::from_secs(20));
        assert_eq!(ended.map(|ended| (ended.code, ended.stdout)).unwrap(), (Some(4), "late\n".into()));
        let ended = run_with_all_it_starts(shell("echo out; sleep 60 & exit 0"), Duration::from_millis(50));
        let ended = ended.unwrap();
        assert_eq!((ended.code, ended.overdue, ended.stdout.as_str()), (Some(0), true, "out\n"));
        let absent = run(command(Path::new("/nowhere"), &[]), Duration::from_secs(1)).unwrap_err();
        assert_eq!(absent.kind(), io::ErrorKind::NotFound);
    }
}
