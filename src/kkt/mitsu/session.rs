//! One conversation with a register: a question, its answer or what came in its place, a second
//! try where the line may have been at fault, everything within the deadline.
//!
//! A question only reads, so it may be repeated. It is, once, when the answer was damaged or cut
//! short; not when nothing came, for then a repetition only costs time.

use std::io;
use std::time::{Duration, Instant};

use super::answer::{self, Answer};
use super::command::{Command, Patience};
use super::frame::{Framing, Gathering};
use crate::kkt::error::Malformation;
use crate::kkt::link::{SerialLink, TcpLink, Transport};
use crate::kkt::{Link, ReadError};

/// Bytes taken from the line at once.
const BLOCK: usize = 2048;

/// Characters of an unusable answer that an error shows.
const SHOWN: usize = 80;

/// Characters of a message that the log shows.
const LOGGED: usize = 4096;

/// An open line to a register.
pub struct Session {
    name: String,
    line: Box<dyn Transport>,
    framing: Framing,
    started: Instant,
    deadline: Instant,
}

impl Session {
    /// Opens the line. Over TCP that is only a name lookup, as each exchange has its own
    /// connection.
    ///
    /// # Errors
    /// Those of [`SerialLink::open`] and [`TcpLink::new`]; [`ReadError::Entry`] for USB, which
    /// these registers have only as a COM port; [`ReadError::Deadline`].
    pub fn open(link: &Link, deadline: Instant) -> Result<Self, ReadError> {
        let started = Instant::now();
        let (line, framing): (Box<dyn Transport>, _) = match link {
            Link::Com { port, baud } => (Box::new(SerialLink::open(port, *baud)?), Framing::Serial),
            Link::Tcp { host, port } => (Box::new(TcpLink::new(host, *port, deadline)?), Framing::Tcp),
            Link::Usb => {
                return Err(ReadError::Entry { entry: "mitsu".to_owned(), field: "com_port".to_owned() });
            }
        };
        Ok(Self { name: link.name(), line, framing, started, deadline })
    }

    /// A conversation on a line that is there already.
    #[must_use]
    pub fn on(line: Box<dyn Transport>, framing: Framing, name: String, deadline: Instant) -> Self {
        Self { name, line, framing, started: Instant::now(), deadline }
    }

    /// Name of the line, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Time since the conversation began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// True when after this failure the line itself is gone: a serial port does not come back,
    /// while every exchange over TCP is a new connection.
    #[must_use]
    pub fn is_lost(&self, failure: &ReadError) -> bool {
        match failure {
            ReadError::PortAbsent { .. }
            | ReadError::PortBusy { .. }
            | ReadError::PortFailed { .. }
            | ReadError::Unreachable { .. } => true,
            ReadError::ConnectionLost { .. } => self.framing == Framing::Serial,
            _ => false,
        }
    }

    /// Asks a question, twice if the line may have damaged the first answer.
    ///
    /// # Errors
    /// [`ReadError::Device`] when the register refuses, [`ReadError::Silent`],
    /// [`ReadError::Malformed`], [`ReadError::ConnectionLost`], [`ReadError::Unreachable`],
    /// [`ReadError::PortFailed`], [`ReadError::Deadline`].
    pub fn ask<C: Command>(&mut self) -> Result<C::Reply, ReadError> {
        match self.ask_once::<C>(C::PATIENCE) {
            Err(failure) if self.is_worth_repeating(&failure) => {
                log::debug!(target: "kkt", "{}: once more, for {failure}", self.name);
                self.ask_once::<C>(C::PATIENCE)
            }
            outcome => outcome,
        }
    }

    /// Asks a question once, with a patience of the caller's.
    ///
    /// # Errors
    /// Those of [`Session::ask`].
    pub fn ask_once<C: Command>(&mut self, patience: Patience) -> Result<C::Reply, ReadError> {
        let bytes = self.exchange(C::NAME, C::TEXT, patience)?;
        let unusable = || malformed(C::NAME, Malformation::Foreign, &bytes);
        let answer = Answer::parse(&bytes).ok_or_else(unusable)?;
        let Some(refusal) = answer.refusal() else {
            return C::reply(&answer).ok_or_else(unusable);
        };
        let failure =
            ReadError::Device { command: C::NAME.to_owned(), code: refusal.code, text: refusal.text };
        C::reply_to_error(refusal.code).ok_or(failure)
    }

    fn is_worth_repeating(&self, failure: &ReadError) -> bool {
        match failure {
            ReadError::Malformed { problem: Malformation::Checksum | Malformation::Truncated, .. } => true,
            // On a serial line noise, or the late answer to a question that was given up.
            ReadError::Malformed { problem: Malformation::Foreign, .. } => self.framing == Framing::Serial,
            ReadError::ConnectionLost { .. } => self.framing == Framing::Tcp,
            _ => false,
        }
    }

    fn exchange(&mut self, name: &str, text: &str, patience: Patience) -> Result<Vec<u8>, ReadError> {
        let begun = Instant::now();
        if begun >= self.deadline {
            return Err(self.out_of_time());
        }
        let limit = self.deadline.min(begun + patience.total);
        if let Err(failure) = self.line.prepare(limit) {
            log::debug!(target: "kkt", "{}: {failure}", self.name);
            return Err(if Instant::now() >= self.deadline { self.out_of_time() } else { failure });
        }
        log::debug!(target: "kkt", "{} < {text}", self.name);
        let outcome = match self.send(text, limit) {
            Ok(()) => self.receive(name, text, patience, limit),
            Err(error) => Err(self.line_failure(name, begun, &error)),
        };
        match &outcome {
            Ok(bytes) => log::debug!(target: "kkt", "{} > {}", self.name, visible(bytes, LOGGED)),
            Err(failure) => log::debug!(target: "kkt", "{} > {failure}", self.name),
        }
        outcome
    }

    fn send(&mut self, text: &str, limit: Instant) -> io::Result<()> {
        self.framing.request(text).iter().try_for_each(|packet| self.line.send(packet, limit))
    }

    fn receive(
        &mut self,
        name: &str,
        request: &str,
        patience: Patience,
        limit: Instant,
    ) -> Result<Vec<u8>, ReadError> {
        let asked = Instant::now();
        let pause = match self.framing {
            Framing::Serial => patience.serial_pause,
            Framing::Tcp => patience.tcp_pause,
        };
        let mut gathering = Gathering::new(self.framing);
        let mut until = asked + patience.first_byte;
        let mut block = vec![0; BLOCK];
        loop {
            match self.line.receive(&mut block, until.min(limit)) {
                Ok(0) if gathering.received().is_empty() || self.framing == Framing::Serial => {
                    return Err(self.line_failure(
                        name,
                        asked,
                        &io::Error::other("closed by the other side"),
                    ));
                }
                Ok(0) => return Err(unusable(name, request, gathering.fault(), gathering.received())),
                Ok(count) => {
                    let whole = gathering.push(block.get(..count).unwrap_or_default());
                    if whole.map_err(|fault| unusable(name, request, fault, gathering.received()))? {
                        return Ok(gathering.text().unwrap_or_default().to_vec());
                    }
                    until = Instant::now() + pause;
                }
                Err(error) if is_timeout(&error) && !gathering.received().is_empty() => {
                    let fault = unusable(name, request, gathering.fault(), gathering.received());
                    return Err(if Instant::now() >= self.deadline { self.out_of_time() } else { fault });
                }
                Err(error) => return Err(self.line_failure(name, asked, &error)),
            }
        }
    }

    /// The line has failed before anything usable came.
    fn line_failure(&self, name: &str, asked: Instant, error: &io::Error) -> ReadError {
        if !is_timeout(error) {
            return ReadError::ConnectionLost { during: name.to_owned(), reason: error.to_string() };
        }
        if Instant::now() >= self.deadline {
            return self.out_of_time();
        }
        ReadError::Silent { command: name.to_owned(), waited_ms: millis(asked.elapsed()) }
    }

    fn out_of_time(&self) -> ReadError {
        ReadError::Deadline { limit_ms: millis(self.deadline.saturating_duration_since(self.started)) }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What came is no answer; if it is our own question, that is said instead.
fn unusable(name: &str, request: &str, problem: Malformation, received: &[u8]) -> ReadError {
    let request = request.as_bytes();
    let echoed = received.windows(request.len()).any(|part| part == request);
    let problem = if problem == Malformation::Foreign && echoed { Malformation::Echo } else { problem };
    malformed(name, problem, received)
}

fn malformed(name: &str, problem: Malformation, received: &[u8]) -> ReadError {
    ReadError::Malformed { command: name.to_owned(), problem, shown: visible(received, SHOWN) }
}

/// Bytes as text with control characters made visible, cut after so many characters.
fn visible(bytes: &[u8], limit: usize) -> String {
    let head = bytes.get(..limit).unwrap_or(bytes);
    let mut shown = String::with_capacity(head.len());
    for letter in answer::decode(head).chars() {
        if letter.is_control() {
            shown.push_str(&format!("\\x{:02X}", u32::from(letter)));
        } else {
            shown.push(letter);
        }
    }
    if bytes.len() > limit {
        shown.push_str(&format!("… ({} bytes)", bytes.len()));
    }
    shown
}
