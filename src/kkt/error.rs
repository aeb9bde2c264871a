//! Why a register could not be read, as values that a caller can act on.
//!
//! The `Display` texts are for the log; people get theirs from `render`, in their language and
//! with advice, made from the same fields.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Sort of a failure: what scripts look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Nothing is there: no such port, no such address, nothing connected.
    Absent,
    /// Somebody else holds the port, or the register is at work.
    Busy,
    /// It is there and did not answer in time.
    Timeout,
    /// It answered something that makes no sense.
    Protocol,
    /// It answered with an error of its own.
    Refused,
    /// The vendor's library is missing, broken or of the wrong kind.
    Library,
    /// The vendor's library took its process down.
    Crashed,
    /// The entry in the configuration cannot be used.
    Config,
}

impl Kind {
    /// Name in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Refused => "refused",
            Self::Library => "library",
            Self::Crashed => "crashed",
            Self::Config => "config",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Why a register was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum ReadError {
    /// The serial port does not exist.
    #[error("port {port} does not exist")]
    PortAbsent {
        /// Its name.
        port: String,
    },
    /// Another program holds the serial port.
    #[error("port {port} is held by another program")]
    PortBusy {
        /// Its name.
        port: String,
    },
    /// The serial port exists and cannot be used.
    #[error("port {port}: {reason}")]
    PortFailed {
        /// Its name.
        port: String,
        /// What the system says.
        reason: String,
    },
    /// No connection to the address.
    #[error("no connection to {address}: {reason}")]
    Unreachable {
        /// `host:port`.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// The line broke in the middle of an exchange.
    #[error("connection lost during {during}: {reason}")]
    ConnectionLost {
        /// Command that was under way.
        during: String,
        /// What the system says.
        reason: String,
    },
    /// The line is open and nothing came in time.
    #[error("no answer to {command} within {waited_ms} ms")]
    Silent {
        /// Command that was not answered.
        command: String,
        /// How long we waited.
        waited_ms: u64,
    },
    /// The whole reading took longer than it may.
    #[error("not done within {limit_ms} ms")]
    Deadline {
        /// The limit.
        limit_ms: u64,
    },
    /// The answer makes no sense.
    #[error("unusable answer to {command}: {problem}: {shown}")]
    Malformed {
        /// Command that was answered.
        command: String,
        /// What is wrong with it.
        problem: Malformation,
        /// Its beginning, made printable.
        shown: String,
    },
    /// The register has no serial number, so nothing can be recorded of it.
    #[error("the register gave no serial number")]
    NoSerial,
    /// The serial number cannot be one.
    #[error("the register gave an impossible serial number: {shown:?}")]
    StrangeSerial {
        /// What it gave.
        shown: String,
    },
    /// A Mitsu register answered with an error.
    #[error("the register refused {command}: error {code}{}", device_text(.text))]
    Device {
        /// Command that was refused.
        command: String,
        /// Number of the error.
        code: u32,
        /// Text that came with it, if any.
        text: Option<String>,
    },
    /// The ATOL driver reported an error.
    #[error("the driver failed at {during}: error {code}: {text}")]
    Driver {
        /// What was asked.
        during: String,
        /// The driver's error number.
        code: i32,
        /// The driver's description.
        text: String,
    },
    /// No driver library was found.
    #[error("no ATOL driver library found; looked at: {}", join(.searched))]
    LibraryMissing {
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// The file is no library that this system could load.
    #[error("{} is not a usable library: {reason}", .path.display())]
    LibraryBroken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The library loads and is not the ATOL driver.
    #[error("{} is not the ATOL driver: it lacks {symbol}", .path.display())]
    LibraryForeign {
        /// The file.
        path: PathBuf,
        /// A function that every version has.
        symbol: String,
    },
    /// The library needs files that are not installed.
    #[error("{} cannot be loaded, something it needs is missing: {reason}", .path.display())]
    LibraryDependency {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The library is of another width and the executable for it is absent.
    #[error("{} is {bits}-bit and {} is absent", .path.display(), .executable.display())]
    LibraryWidth {
        /// The file.
        path: PathBuf,
        /// Its width.
        bits: u32,
        /// The executable that could load it.
        executable: PathBuf,
    },
    /// The library took the worker process down.
    #[error("the driver crashed ({code})")]
    Crashed {
        /// Exit code or signal.
        code: CrashCode,
    },
    /// The worker process could not be started or did not keep to its protocol.
    #[error("the worker process failed: {reason}")]
    Worker {
        /// What happened.
        reason: String,
    },
    /// The configuration entry lacks what its connection type needs.
    #[error("{entry}: {field} is missing or empty")]
    Entry {
        /// Where it stands: `atol[1]`.
        entry: String,
        /// Key that is missing.
        field: String,
    },
}

impl ReadError {
    /// Sort of the failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::PortAbsent { .. } | Self::PortFailed { .. } | Self::Unreachable { .. } => Kind::Absent,
            Self::PortBusy { .. } => Kind::Busy,
            Self::Silent { .. } | Self::Deadline { .. } => Kind::Timeout,
            Self::ConnectionLost { .. }
            | Self::Malformed { .. }
            | Self::NoSerial
            | Self::StrangeSerial { .. } => Kind::Protocol,
            Self::Device { code, .. } => super::mitsu::error_kind(*code),
            Self::Driver { code, .. } => super::atol::error_kind(*code),
            Self::LibraryMissing { .. }
            | Self::LibraryBroken { .. }
            | Self::LibraryForeign { .. }
            | Self::LibraryDependency { .. }
            | Self::LibraryWidth { .. } => Kind::Library,
            Self::Crashed { .. } | Self::Worker { .. } => Kind::Crashed,
            Self::Entry { .. } => Kind::Config,
        }
    }
}

/// A duration as the errors give it; one without end is the largest number.
#[must_use]
pub fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn device_text(text: &Option<String>) -> String {
    text.as_ref().map(|text| format!(": {text}")).unwrap_or_default()
}

fn join(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.join(", ")
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformation {
    /// The check byte does not match.
    #[error("wrong check byte")]
    Checksum,
    /// It ends too early.
    #[error("cut short")]
    Truncated,
    /// It is longer than the protocol allows.
    #[error("too long")]
    TooLong,
    /// It is not an answer of this protocol.
    #[error("not an answer of this protocol")]
    Foreign,
    /// Our own request came back.
    #[error("our own request echoed")]
    Echo,
}

/// How a process ended that was taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrashCode {
    /// Exit code; on Windows the exception's number, such as `0xC0000005`.
    Exit(u32),
    /// Signal that ended it, on other systems.
    Signal(i32),
}

impl fmt::Display for CrashCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) if *code > 0xFFFF => write!(f, "0x{code:08X}"),
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What could not be read while the rest could.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// One question was not answered.
    #[error("{item} not read: {cause}")]
    Unread {
        /// The question, in words of the protocol: `FN_INFO`, `GET INFO='O'`.
        item: String,
        /// Why.
        cause: ReadError,
    },
    /// The register said nothing of its FN.
    #[error("the FN is unknown")]
    FnUnknown,
    /// The driver lacks a function that a question needs.
    #[error("{item} not read: the driver has no {symbol}")]
    OldDriver {
        /// The question.
        item: String,
        /// The missing function.
        symbol: String,
    },
    /// The driver is older than 10.7.
    #[error("driver {version} is older than 10.7")]
    UnsupportedDriver {
        /// Its version.
        version: String,
    },
    /// The register was lost in the middle; the rest was not asked.
    #[error("the register was lost at {item}")]
    Lost {
        /// The question that lost it.
        item: String,
    },
    /// A list did not end; what came was kept.
    #[error("{item} did not end, stopped after {kept}")]
    Endless {
        /// The list.
        item: String,
        /// Entries that were kept.
        kept: u32,
    },
}
