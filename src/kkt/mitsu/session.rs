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
use crate::kkt::error::{Malformation, milliseconds};
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
    /// these registers have only as a COM port.
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
        let question = Question { name: C::NAME, text: C::TEXT, patience };
        let bytes = self.exchange(question)?;
        let unusable = || question.unusable(Malformation::Foreign, &bytes);
        let answer = Answer::parse(&bytes).ok_or_else(unusable)?;
        let Some(refusal) = answer.refusal() else {
            return C::reply(&answer).ok_or_else(unusable);
        };
        let command = C::NAME.to_owned();
        let failure = ReadError::Device { command, code: refusal.code, text: refusal.text };
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

    fn exchange(&mut self, question: Question) -> Result<Vec<u8>, ReadError> {
        log::debug!(target: "kkt", "{} < {}", self.name, question.text);
        let outcome = self.answer(question);
        match &outcome {
            Ok(bytes) => log::debug!(target: "kkt", "{} > {}", self.name, visible(bytes, LOGGED)),
            Err(failure) => log::debug!(target: "kkt", "{} > {failure}", self.name),
        }
        outcome
    }

    fn answer(&mut self, question: Question) -> Result<Vec<u8>, ReadError> {
        let begun = Instant::now();
        let limit = self.deadline.min(begun + question.patience.total);
        self.prepare(limit)?;
        let mut gathering = Gathering::new(self.framing);
        let Err(end) = self.talk(question, &mut gathering, limit) else {
            return Ok(gathering.text().unwrap_or_default().to_vec());
        };
        let command = question.name.to_owned();
        Err(match end {
            End::Time => self.out_of_time(),
            End::Patience => ReadError::Silent { command, waited_ms: milliseconds(begun.elapsed()) },
            End::Answer(problem) => question.unusable(problem, gathering.received()),
            End::Line(reason) => ReadError::ConnectionLost { during: command, reason },
        })
    }

    fn prepare(&mut self, limit: Instant) -> Result<(), ReadError> {
        let prepared = if self.is_out_of_time() { Ok(()) } else { self.line.prepare(limit) };
        if self.is_out_of_time() { Err(self.out_of_time()) } else { prepared }
    }

    fn talk(&mut self, question: Question, gathering: &mut Gathering, limit: Instant) -> Result<(), End> {
        let packets = self.framing.request(question.text);
        let sent = packets.iter().try_for_each(|packet| self.line.send(packet, limit));
        sent.map_err(|error| self.end(&error, gathering))?;
        let pause = match self.framing {
            Framing::Serial => question.patience.serial_pause,
            Framing::Tcp => question.patience.tcp_pause,
        };
        let mut until = Instant::now() + question.patience.first_byte;
        let mut block = vec![0; BLOCK];
        while gathering.text().is_none() {
            let received = match self.line.receive(&mut block, until.min(limit)) {
                Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed by the other side")),
                received => received,
            };
            let count = received.map_err(|error| self.end(&error, gathering))?;
            gathering.push(block.get(..count).unwrap_or_default()).map_err(End::Answer)?;
            until = Instant::now() + pause;
        }
        Ok(())
    }

    /// What it means that no more comes. An answer over TCP may be ended by closing the connection;
    /// a serial line that closes is gone.
    fn end(&self, error: &io::Error, gathering: &Gathering) -> End {
        let begun = !gathering.received().is_empty();
        match error.kind() {
            io::ErrorKind::TimedOut if self.is_out_of_time() => End::Time,
            io::ErrorKind::TimedOut if begun => End::Answer(gathering.fault()),
            io::ErrorKind::TimedOut => End::Patience,
            io::ErrorKind::UnexpectedEof if begun && self.framing == Framing::Tcp => {
                End::Answer(gathering.fault())
            }
            _ => End::Line(error.to_string()),
        }
    }

    fn is_out_of_time(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn out_of_time(&self) -> ReadError {
        ReadError::Deadline { limit_ms: milliseconds(self.deadline.saturating_duration_since(self.started)) }
    }
}

/// What ends an exchange that gives no answer.
enum End {
    /// The deadline of the whole conversation.
    Time,
    /// Nothing came within the command's own limit.
    Patience,
    /// What came cannot become an answer.
    Answer(Malformation),
    /// The line broke; what the system says.
    Line(String),
}

/// What is asked, and for how long.
#[derive(Clone, Copy)]
struct Question {
    name: &'static str,
    text: &'static str,
    patience: Patience,
}

impl Question {
    /// What came is no answer; if it is the question itself, that is said instead.
    fn unusable(self, problem: Malformation, received: &[u8]) -> ReadError {
        let text = self.text.as_bytes();
        let echoed = received.windows(text.len()).any(|part| part == text);
        let problem = if problem == Malformation::Foreign && echoed { Malformation::Echo } else { problem };
        ReadError::Malformed { command: self.name.to_owned(), problem, shown: visible(received, SHOWN) }
    }
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
