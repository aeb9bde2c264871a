//! Programs of Windows that are run to their end: without a window, with a deadline.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use encoding_rs::{IBM866, UTF_16LE};

/// Most bytes that are kept of what a program says.
const OUTPUT_LIMIT: usize = 1024 * 1024;
/// How long the rest of the output may take after the program has ended.
const GRACE: Duration = Duration::from_secs(2);
/// Pause between looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);
/// Keeps Windows from opening a console window for the program.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` when it was ended from outside.
    pub code: Option<i32>,
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

/// Runs a program to its end; one that has not ended by the deadline is killed.
///
/// # Errors
/// When it cannot be started, or was killed ([`io::ErrorKind::TimedOut`]).
pub fn run(mut command: Command, limit: Duration) -> io::Result<Ended> {
    log::debug!("running {command:?}");
    hide_window(&mut command);
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = wait(&mut child, started + limit)?;
    let ended = Ended { code: status.code(), stdout: stdout.text(), stderr: stderr.text() };
    log::debug!("it ended with {status}: {} {}", ended.stdout.trim(), ended.stderr.trim());
    Ok(ended)
}

#[cfg(windows)]
fn hide_window(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn hide_window(_: &mut Command) {}

fn wait(child: &mut Child, deadline: Instant) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            child.kill().ok();
            child.wait().ok();
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(PAUSE);
    }
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
    /// All of it, when the program has ended. What it left running may hold the other end open;
    /// that is not waited for.
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
        assert_eq!(ended, Ended { code: Some(3), stdout: "out\n".into(), stderr: "err\n".into() });
        let error = run(shell("exec sleep 60"), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let ended = run(shell("echo out; sleep 60 & exit 0"), Duration::from_secs(20)).unwrap();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "out\n"));
        let absent = run(command(Path::new("/nowhere"), &[]), Duration::from_secs(1)).unwrap_err();
        assert_eq!(absent.kind(), io::ErrorKind::NotFound);
    }
}
