//! The worker process: loads the library, reads one register, answers, ends.
//!
//! It must not outlive its purpose, whatever the library does. Two threads see to that and end
//! the process without running anything of the library's: one when the time limit of the request
//! is over by [`GRACE`], one when standard input closes, which the parent holds open as long as
//! it lives. The answer is sent before the driver's session is closed, so a library that hangs
//! or crashes at the end loses nothing.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{NaiveDateTime, TimeDelta};

use super::ffi::{self, Fptr};
use super::protocol::{self, Answer, GREETING, REQUEST_LIMIT, Request, STEP, Task};
use super::session::{self, Surroundings};
use super::settings::Settings;
use crate::kkt::ReadError;

/// How long a worker waits for its request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);
/// How much longer than the request's limit a worker lives when nobody kills it.
const GRACE: Duration = Duration::from_secs(5);
/// Exit code of a worker that gave its answer.
const DONE: u8 = 0;
/// Exit code of a worker that could not.
const UNHEARD: u8 = 1;
/// Exit code of a worker that was left alone or ran out of time.
const GIVEN_UP: u8 = 2;

/// Serves one request on the standard streams and ends the process.
///
/// The caller must have told the system to show no dialogs when a process crashes, and must not
/// have touched standard input.
pub fn run() -> ! {
    match ffi::claim_streams() {
        Ok((input, output)) => serve::<File, File>(input, output),
        Err(_) => ffi::end_process(UNHEARD),
    }
}

/// Serves one request and ends the process.
///
/// `input` must stay open until the answer is taken: when it closes, the process ends at once.
/// The library must not see it as its standard input, see [`run`].
pub fn serve<I: Read + Send + 'static, O: Write>(input: I, mut output: O) -> ! {
    let started = Instant::now();
    trace(GREETING);
    let mut driver = None;
    let line = match receive(input) {
        Ok(Request { task: Task::Version, library, .. }) => {
            protocol::answer_line(&load(&library, &mut driver).map(|(_, version)| version))
        }
        Ok(request) => protocol::answer_line(&perform(&request, started, &mut driver)),
        Err(error) => protocol::answer_line::<()>(&Err(error)),
    };
    let sent = output.write_all(&line).and_then(|()| output.flush());
    trace(&format!("{STEP}close"));
    drop(driver);
    ffi::end_process(if sent.is_ok() { DONE } else { UNHEARD })
}

/// Takes the request and sets the two guards of the process.
fn receive(input: impl Read + Send + 'static) -> Result<Request, ReadError> {
    let failed = |reason: String| ReadError::Worker { reason };
    let deadline = guard_time().map_err(|error| failed(error.to_string()))?;
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut limited = input.by_ref().take(REQUEST_LIMIT as u64);
    limited.read_until(b'\n', &mut line).map_err(|error| failed(error.to_string()))?;
    let request = protocol::parse_request(&line).map_err(failed)?;
    // The guard lives as long as the process: nobody is there to hang up on it.
    let _ = deadline.send(Duration::from_millis(request.limit_ms).saturating_add(GRACE));
    guard_input(input).map_err(|error| failed(error.to_string()))?;
    Ok(request)
}

/// Ends the process when the time is over that was sent last.
fn guard_time() -> io::Result<Sender<Duration>> {
    let (sender, receiver) = mpsc::channel();
    let guard = move || {
        let mut left = REQUEST_PATIENCE;
        loop {
            match receiver.recv_timeout(left) {
                Ok(limit) => left = limit,
                Err(RecvTimeoutError::Disconnected) => return thread::sleep(left),
                Err(RecvTimeoutError::Timeout) => return,
            }
        }
    };
    // No trace of it: nobody may be reading any more, and writing would wait.
    let guard = move || {
        guard();
        ffi::end_process(GIVEN_UP)
    };
    thread::Builder::new().spawn(guard)?;
    Ok(sender)
}

/// Ends the process when the parent is gone.
fn guard_input(mut input: impl Read + Send + 'static) -> io::Result<()> {
    let guard = move || {
        let _ = io::copy(&mut input, &mut io::sink());
        ffi::end_process(GIVEN_UP)
    };
    thread::Builder::new().spawn(guard)?;
    Ok(())
}

/// Loads the library into `driver` and asks for its version.
fn load<'a>(
    library: &Path,
    driver: &'a mut Option<Fptr>,
) -> Result<(&'a mut Fptr, Option<String>), ReadError> {
    shown(&format!("library {}", library.display()));
    trace(&format!("{STEP}load"));
    let fptr = Fptr::load(library).inspect_err(|error| shown(&error.to_string()))?;
    let fptr = driver.insert(fptr);
    let version = fptr.version();
    shown(&format!("version {}", version.as_deref().unwrap_or("unknown")));
    Ok((fptr, version))
}

/// Reads or restarts the register. The driver is left in `driver`, still connected.
fn perform(request: &Request, started: Instant, driver: &mut Option<Fptr>) -> Answer {
    let (fptr, version) = load(&request.library, driver)?;
    let settings = Settings::of(&request.target.link);
    shown(&format!("settings {}", settings.json()));
    trace(&format!("{STEP}open"));
    fptr.open(&settings).inspect_err(|error| shown(&error.to_string()))?;
    shown("ok");

    let clock = || later(request.now, started);
    let surroundings = Surroundings { version, clock: &clock, trace: &mut trace };
    match request.task {
        Task::Read | Task::Version => session::read(fptr, surroundings),
        Task::Restart => {
            let identity = session::identify(fptr, surroundings)?;
            trace(&format!("{STEP}device_reboot"));
            fptr.restart().inspect_err(|error| shown(&error.to_string()))?;
            shown("ok");
            Ok(identity)
        }
    }
}

/// Traces an answer.
fn shown(text: &str) {
    trace(&format!("< {}", session::shown(text)));
}

/// The request's time moved on by what has passed since.
fn later(now: NaiveDateTime, since: Instant) -> NaiveDateTime {
    let passed = TimeDelta::from_std(since.elapsed()).unwrap_or_default();
    now.checked_add_signed(passed).unwrap_or(now)
}

/// Tells the parent what is being done, in one write, so that it is known even if the next call
/// never returns.
fn trace(text: &str) {
    // The parent may be gone; the guards see to that.
    let _ = io::stderr().write_all(protocol::trace_line(text).as_bytes());
}
