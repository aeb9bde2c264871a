//! The parent's record of what a worker does: its trace, forwarded to the log as it comes, and
//! the last step, which tells where a driver hung or crashed.

use std::io::{BufRead, BufReader, Read};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use super::protocol::{self, GREETING, STEP};
use super::session::shown;
use crate::kkt::Target;

/// Longest line that is kept together, in bytes.
const LINE_LIMIT: u64 = 8 * 1024;
/// Most lines of the library's own that are logged for one reading.
const NOISE_LIMIT: u32 = 1000;

/// What is known of one worker.
pub(super) struct Journal {
    /// The register, in front of every line.
    name: String,
    seen: Arc<Mutex<Seen>>,
    /// Closes when standard error has ended.
    ended: Option<Receiver<()>>,
}

#[derive(Default)]
struct Seen {
    greeted: bool,
    step: String,
    noise: Option<String>,
    noises: u32,
}

impl Journal {
    /// An empty one for a worker that reads `target`.
    pub(super) fn new(target: &Target) -> Self {
        Self { name: target.to_string(), seen: Arc::default(), ended: None }
    }

    /// Begins to follow what the worker writes to its standard error.
    ///
    /// # Errors
    /// When no thread can be made for it.
    pub(super) fn follow(&mut self, stderr: ChildStderr) -> io::Result<()> {
        let (sender, receiver) = mpsc::channel();
        let (name, seen) = (self.name.clone(), Arc::clone(&self.seen));
        let follow = move || {
            for_each_line(stderr, |line| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.take_line(&name, line);
            });
            drop::<mpsc::Sender<()>>(sender);
        };
        thread::Builder::new().spawn(follow)?;
        self.ended = Some(receiver);
        Ok(())
    }

    /// Waits until all of standard error has come, or the time is over.
    pub(super) fn settle(&self, limit: Duration) {
        // Nothing is ever sent: it ends with the other side hanging up, or in time.
        let _ = self.ended.as_ref().map(|ended| ended.recv_timeout(limit));
    }

    /// Logs what is done with the worker.
    pub(super) fn log(&self, text: &str) {
        log::debug!(target: "kkt", "{}: worker: {text}", self.name);
    }

    /// Logs what became of the worker, and the step at which it did.
    pub(super) fn accuse(&self, text: &str) {
        let step = self.seen(|seen| seen.step.clone());
        let step = if step.is_empty() { "the start" } else { &step };
        log::warn!(target: "kkt", "{}: {text}, at {step}", self.name);
    }

    /// True when the process said that it is a worker.
    pub(super) fn has_greeted(&self) -> bool {
        self.seen(|seen| seen.greeted)
    }

    /// The first thing that it said of its own.
    pub(super) fn first_noise(&self) -> Option<String> {
        self.seen(|seen| seen.noise.clone())
    }

    fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seen {
    fn take_line(&mut self, name: &str, line: &str) {
        let (noise, trace) = protocol::parse_trace(line);
        if !noise.trim().is_empty() {
            self.take_noise(name, noise.trim());
        }
        let Some(trace) = trace else { return };
        self.greeted |= trace == GREETING;
        if let Some(step) = trace.strip_prefix(STEP) {
            step.clone_into(&mut self.step);
        }
        log::debug!(target: "kkt", "{name}: {trace}");
    }

    fn take_noise(&mut self, name: &str, noise: &str) {
        self.noises = self.noises.saturating_add(1);
        self.noise.get_or_insert_with(|| shown(noise));
        match self.noises {
            ..=NOISE_LIMIT => log::debug!(target: "kkt", "{name}: the library says: {}", shown(noise)),
            n if n == NOISE_LIMIT + 1 => log::debug!(target: "kkt", "{name}: the library says more"),
            _ => {}
        }
    }
}

/// Hands over line after line until the end; one that is too long comes in pieces.
fn for_each_line(input: impl Read, mut take: impl FnMut(&str)) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    while input.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        take(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(stderr: &[u8]) -> Seen {
        let mut seen = Seen::default();
        for_each_line(stderr, |line| seen.take_line("atol usb", line));
        seen
    }

    #[test]
    fn the_last_step_is_known() {
        let seen = seen(b"getad-trace: worker started\ngetad-trace: > STATUS\ngetad-trace: < ok\ngetad-trace: > FN_INFO\n");
        assert!(seen.greeted);
        assert_eq!(seen.step, "FN_INFO");
        assert_eq!(seen.noise, None);
    }

    #[test]
    fn noise_does_not_hide_the_trace() {
        let seen = seen(b"warning: getad-trace: > open\nbad \xFF byte\x1B[2J\r\n");
        assert_eq!(seen.step, "open");
        assert_eq!((seen.noise.as_deref(), seen.noises), (Some("warning:"), 2));
        assert!(!seen.greeted);
    }

    #[test]
    fn lines_are_bounded() {
        let mut lengths = Vec::new();
        for_each_line(&[b'x'; 20_000][..], |line| lengths.push(line.len()));
        assert_eq!(lengths, [8192, 8192, 3616]);
    }
}
