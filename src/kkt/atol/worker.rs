//! Reading a register in a process of its own.
//!
//! The vendor's library may hang, crash or end the process it runs in, so it never runs in ours:
//! the same program is started again as a worker, given one request, and killed at the deadline.
//! Whatever becomes of it is a value here. Nothing waits without a limit, not even for a killed
//! process: one that is stuck in a device driver of the system may take for ever to go.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde::de::DeserializeOwned;

use super::journal::Journal;
use super::protocol::{self, ANSWER_LIMIT, Answer};
use crate::kkt::error::{CrashCode, milliseconds};
use crate::kkt::{Brand, Link, ReadError, Reading, Target};

pub use super::protocol::{Request, Task};
pub use super::serve::{run, serve};

/// Argument with which our program becomes a worker.
pub const SUBCOMMAND: &str = "worker";

/// How long a worker may take to end after its answer, or after its output closed.
const FAREWELL: Duration = Duration::from_secs(2);
/// How often it is looked whether a silent worker still lives, should something that it started
/// hold its output open.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long its last words may take to arrive once it is gone.
const SETTLE: Duration = Duration::from_millis(300);

/// Reads a register, or does what else the request says, through `executable`, which is this
/// program in the width of the library.
///
/// `limit` is for everything, from the start of the process on; it replaces the request's own.
/// What the worker does is logged at debug level.
///
/// # Errors
/// [`ReadError::Deadline`] when the limit is over, [`ReadError::Crashed`] when the worker ended
/// without an answer, [`ReadError::Worker`] when it could not be started or is no worker, and
/// every error that the reading itself has.
pub fn read(request: &Request, executable: &Path, limit: Duration) -> Result<Reading, ReadError> {
    converse(worker_of(executable), request, limit)
}

/// Version of a library that loads; `None` when it does not tell. No register is touched.
///
/// # Errors
/// As those of [`read`], as far as they concern the library.
pub fn version(library: &Path, executable: &Path, limit: Duration) -> Result<Option<String>, ReadError> {
    let request = Request {
        task: Task::Version,
        target: Target { brand: Brand::Atol, link: Link::Usb },
        library: library.to_owned(),
        limit_ms: 0,
        now: NaiveDateTime::default(),
    };
    converse(worker_of(executable), &request, limit)
}

fn worker_of(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    command.arg(SUBCOMMAND);
    command
}

fn converse<T: DeserializeOwned + Send + 'static>(
    mut command: Command,
    request: &Request,
    limit: Duration,
) -> Answer<T> {
    let started = Instant::now();
    let limit_ms = milliseconds(limit);
    let line = protocol::request_line(&Request { limit_ms, ..request.clone() })?;
    let journal = Journal::new(&request.target);
    journal.log(&format!("starting {}", command.get_program().display()));
    let mut worker: Worker<T> = Worker::start(&mut command, &line, journal)?;
    match worker.listen(started, limit) {
        Heard::Answer(answer) => {
            worker.see_off();
            *answer
        }
        Heard::Nonsense(reason) => {
            worker.kill();
            Err(ReadError::Worker { reason })
        }
        Heard::Silence => Err(worker.silent_end(started.elapsed() >= limit, limit_ms)),
        Heard::Late => {
            worker.kill();
            worker.journal.accuse(&format!("killed after {limit_ms} ms"));
            Err(ReadError::Deadline { limit_ms })
        }
    }
}

/// What came of a worker's output.
enum Heard<T> {
    /// An answer.
    Answer(Box<Answer<T>>),
    /// Something that is none; the text says what is wrong.
    Nonsense(String),
    /// The output closed, or the process ended, without an answer.
    Silence,
    /// Nothing before the deadline.
    Late,
}

struct Worker<T> {
    child: Child,
    /// Held open as long as the worker shall live: it ends itself when this closes.
    _stdin: Option<ChildStdin>,
    output: Receiver<Heard<T>>,
    journal: Journal,
}

impl<T: DeserializeOwned + Send + 'static> Worker<T> {
    fn start(command: &mut Command, request: &[u8], journal: Journal) -> Result<Self, ReadError> {
        let program = command.get_program().display().to_string();
        let failed = |error| ReadError::Worker { reason: format!("cannot start {program}: {error}") };
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        without_window(command);
        let mut child = command.spawn().map_err(failed)?;
        let mut stdin = child.stdin.take();
        // A worker that is gone already is told from its exit code.
        let _ = stdin.as_mut().map(|stdin| stdin.write_all(request).and_then(|()| stdin.flush()));
        let (sender, output) = mpsc::channel();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut worker = Self { child, _stdin: stdin, output, journal };
        let listening =
            stdout.map(|stdout| thread::Builder::new().spawn(move || listen_to(stdout, &sender)).map(drop));
        let following = stderr.map(|stderr| worker.journal.follow(stderr));
        let spawned = [listening, following].into_iter().flatten().collect::<Result<(), _>>();
        spawned.inspect_err(|_| worker.kill()).map_err(failed)?;
        Ok(worker)
    }

    /// Waits for the output, but not beyond the limit, and not when the process is gone.
    fn listen(&mut self, started: Instant, limit: Duration) -> Heard<T> {
        loop {
            let left = limit.saturating_sub(started.elapsed());
            match self.output.recv_timeout(left.min(LOOK_AGAIN)) {
                Ok(heard) => return heard,
                Err(RecvTimeoutError::Disconnected) => return Heard::Silence,
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Heard::Late,
                Err(RecvTimeoutError::Timeout) if self.ended().is_some() => {
                    return self.output.recv_timeout(SETTLE).unwrap_or(Heard::Silence);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Lets a worker end that has answered: it still closes its session, and frees the port.
    fn see_off(&mut self) {
        match self.wait(FAREWELL) {
            Some(status) if status.success() => {}
            Some(status) => self.journal.log(&format!("ended after its answer: {status}")),
            None => {
                self.journal.log("did not end after its answer");
                self.kill();
            }
        }
        self.journal.settle(SETTLE);
    }

    /// Why a worker gave no answer.
    fn silent_end(&mut self, late: bool, limit_ms: u64) -> ReadError {
        let status = self.wait(FAREWELL);
        if status.is_none() {
            self.kill();
        }
        self.journal.settle(SETTLE);
        // A computer that slept wakes to find both of us late.
        if late {
            return ReadError::Deadline { limit_ms };
        }
        match status {
            None => ReadError::Worker { reason: "it closed its output without an answer".to_owned() },
            Some(status) if self.journal.has_greeted() => {
                self.journal.accuse(&format!("worker ended without an answer: {status}"));
                ReadError::Crashed { code: crash_code(status) }
            }
            Some(status) => {
                let said = self.journal.first_noise().map(|noise| format!(": {noise}")).unwrap_or_default();
                ReadError::Worker { reason: format!("it is no worker, {status}{said}") }
            }
        }
    }

    fn kill(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        if self.wait(FAREWELL).is_none() {
            self.journal.log("does not end although it was killed");
        }
        self.journal.settle(SETTLE);
    }

    fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match self.ended() {
                None if started.elapsed() < limit => thread::sleep(pause),
                ended => return ended,
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

/// Looks for the answer among what the worker prints, then drains the rest, so that the worker
/// never waits for us.
fn listen_to<T: DeserializeOwned>(stdout: ChildStdout, heard: &Sender<Heard<T>>) {
    let mut stdout = BufReader::new(stdout);
    let mut limited = stdout.by_ref().take(ANSWER_LIMIT as u64);
    let mut line = Vec::new();
    let found = loop {
        line.clear();
        match limited.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) if limited.limit() > 0 => break None,
            Ok(0) | Err(_) => break Some(Heard::Nonsense(format!("more than {ANSWER_LIMIT} bytes came"))),
            Ok(_) => {}
        }
        match protocol::parse_answer(&line) {
            None => {}
            Some(Ok(answer)) => break Some(Heard::Answer(Box::new(answer))),
            // Cut off: by the end of the worker, or by the limit. The next look tells which.
            Some(Err(_)) if !line.ends_with(b"\n") => {}
            Some(Err(problem)) => break Some(Heard::Nonsense(problem)),
        }
    };
    if let Some(found) = found {
        // Nobody listens any more when the deadline is over.
        let _ = heard.send(found);
        let _ = std::io::copy(&mut stdout, &mut std::io::sink());
    }
}

#[cfg(windows)]
fn without_window(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn without_window(_: &mut Command) {}

#[cfg(windows)]
fn crash_code(status: ExitStatus) -> CrashCode {
    CrashCode::Exit(status.code().unwrap_or_default().cast_unsigned())
}

#[cfg(not(windows))]
fn crash_code(status: ExitStatus) -> CrashCode {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (None, Some(signal)) => CrashCode::Signal(signal),
        (code, _) => CrashCode::Exit(code.unwrap_or_default().cast_unsigned()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::PathBuf;

    use chrono::NaiveDate;

    use super::*;

    const PATIENT: Duration = Duration::from_secs(20);

    /// Converses with a shell script that plays the worker.
    fn played(script: &str, limit: Duration) -> Answer {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script);
        converse(command, &request(), limit)
    }

    fn request() -> Request {
        let target = Target { brand: Brand::Atol, link: Link::Usb };
        let now = NaiveDate::default().into();
        Request { task: Task::Read, target, library: PathBuf::from("/lib/driver.so"), limit_ms: 0, now }
    }

    fn greeting(rest: &str) -> String {
        format!("read request; echo 'getad-trace: worker started' >&2; {rest}")
    }

    #[test]
    fn an_answer_is_found_among_noise() {
        let script = greeting(
            r#"echo noise; printf 'half a line'; printf '\ngetad-answer:{"Err":{"error":"no_serial"}}\n'; echo more"#,
        );
        assert_eq!(played(&script, PATIENT), Err(ReadError::NoSerial));
    }

    #[test]
    fn the_worker_gets_the_request_with_the_limit() {
        let script = greeting(
            r#"case "$request" in *'"usb"'*/lib/driver.so*'"limit_ms":20000'*) ;; *) exit 9 ;; esac
               echo 'getad-answer:{"Err":{"error":"no_serial"}}'"#,
        );
        assert_eq!(played(&script, PATIENT), Err(ReadError::NoSerial));
    }

    #[test]
    fn a_worker_that_hangs_is_killed_at_the_deadline() {
        let started = Instant::now();
        let answer = played(&greeting("cat"), Duration::from_millis(300));
        assert_eq!(answer, Err(ReadError::Deadline { limit_ms: 300 }));
        assert!(started.elapsed() < PATIENT);
    }

    #[test]
    fn ends_without_an_answer_are_crashes() {
        let crashed = |code| Err(ReadError::Crashed { code });
        assert_eq!(played(&greeting("kill -SEGV $$"), PATIENT), crashed(CrashCode::Signal(11)));
        assert_eq!(played(&greeting("kill -ABRT $$"), PATIENT), crashed(CrashCode::Signal(6)));
        assert_eq!(played(&greeting("exit 3"), PATIENT), crashed(CrashCode::Exit(3)));
        assert_eq!(played(&greeting("exit 0"), PATIENT), crashed(CrashCode::Exit(0)));
    }

    #[test]
    fn a_crash_is_seen_although_a_process_of_the_worker_lives_on() {
        let started = Instant::now();
        let answer = played(&greeting("sleep 60 & exit 3"), PATIENT);
        assert_eq!(answer, Err(ReadError::Crashed { code: CrashCode::Exit(3) }));
        assert!(started.elapsed() < PATIENT);
    }

    #[test]
    fn a_worker_that_does_not_end_after_its_answer_loses_nothing() {
        let script = greeting(r#"echo 'getad-answer:{"Err":{"error":"no_serial"}}'; cat"#);
        assert_eq!(played(&script, PATIENT), Err(ReadError::NoSerial));
    }

    #[test]
    fn an_answer_that_was_cut_off_is_a_crash() {
        let cut = greeting(r#"printf 'getad-answer:{"Err":{"err'; kill -SEGV $$"#);
        assert_eq!(played(&cut, PATIENT), Err(ReadError::Crashed { code: CrashCode::Signal(11) }));
    }

    #[test]
    fn a_program_that_is_no_worker_is_told() {
        let Err(ReadError::Worker { reason }) = played("echo 'no such command' >&2; exit 2", PATIENT) else {
            panic!("not told");
        };
        assert!(reason.contains("no such command"), "{reason}");
    }

    #[test]
    fn a_broken_answer_and_a_flood_are_told() {
        let broken = played(&greeting("echo 'getad-answer:{'; cat"), PATIENT);
        assert!(matches!(broken, Err(ReadError::Worker { .. })), "{broken:?}");
        let flood = played(&greeting("yes noise"), PATIENT);
        assert!(matches!(flood, Err(ReadError::Worker { .. })), "{flood:?}");
    }

    #[test]
    fn a_flood_on_stderr_does_not_stop_the_worker() {
        let script = greeting(
            r#"head -c 3000000 /dev/zero | tr '\0' 'x' >&2; yes | head -n 300000 >&2
               echo 'getad-answer:{"Err":{"error":"no_serial"}}'"#,
        );
        assert_eq!(played(&script, PATIENT), Err(ReadError::NoSerial));
    }

    #[test]
    fn an_executable_that_is_absent_is_told() {
        let answer = read(&request(), Path::new("/nowhere/getad"), PATIENT);
        assert!(matches!(answer, Err(ReadError::Worker { .. })));
    }
}
