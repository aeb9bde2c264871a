//! The questions that a Mitsu register is asked, one type each: its text, its patience, its reply.
//!
//! Source: the vendor's programming guide for MITSU 1-F. Only commands that read stand here; what
//! prints, writes or restarts (`DO`, `SET`, `MAKE`, `REG`, `DEVICE JOB='1'`, `'2'`, `'4'`,
//! `GET DOC='X:n'`) has no type, so it cannot be sent.

mod registration;

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};

pub use registration::{GetRegistration, Modes, Registration};

use super::answer::Answer;
use crate::kkt::health::ShiftState;

/// How long each part of an answer is waited for. The guide gives no limits; these are generous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until the first byte.
    pub first_byte: Duration,
    /// Between two blocks on a serial line.
    pub serial_pause: Duration,
    /// Between two blocks over TCP, where a lost packet is sent again after a second or more.
    pub tcp_pause: Duration,
    /// For the whole exchange, connecting included.
    pub total: Duration,
}

impl Patience {
    /// For what the register knows by itself.
    pub const USUAL: Self = Self {
        first_byte: Duration::from_secs(4),
        serial_pause: Duration::from_secs(1),
        tcp_pause: Duration::from_secs(3),
        total: Duration::from_secs(15),
    };

    /// For what it has to ask the FN.
    pub const OF_FN: Self = Self { first_byte: Duration::from_secs(5), ..Self::USUAL };
}

/// A question.
pub trait Command {
    /// What the answer says.
    type Reply;

    /// Name in messages and warnings, in words of the protocol.
    const NAME: &'static str;

    /// What is sent.
    const TEXT: &'static str;

    /// How long the answer may take.
    const PATIENCE: Patience = Patience::USUAL;

    /// Reads an `<OK …>`; `None` when it is no answer to this question, as when a late answer to
    /// the one before comes in its place.
    fn reply(answer: &Answer) -> Option<Self::Reply>;

    /// Reads an error number that is an answer rather than a failure.
    fn reply_to_error(_code: u32) -> Option<Self::Reply> {
        None
    }
}

/// What kind of device it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Name of the model, such as `MITSU-1-F`.
    pub name: Option<String>,
}

/// `GET DEV`.
pub enum GetDevice {}

impl Command for GetDevice {
    type Reply = Device;
    const NAME: &'static str = "GET DEV";
    const TEXT: &'static str = "<GET DEV='?'/>";

    fn reply(answer: &Answer) -> Option<Device> {
        Some(Device { name: answer.word("DEV").map(str::to_owned) })
    }
}

/// Firmware and factory number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// Version of the firmware.
    pub firmware: Option<String>,
    /// Factory number.
    pub serial: Option<String>,
}

/// `GET VER`.
pub enum GetVersion {}

impl Command for GetVersion {
    type Reply = Version;
    const NAME: &'static str = "GET VER";
    const TEXT: &'static str = "<GET VER='?'/>";

    fn reply(answer: &Answer) -> Option<Version> {
        let version = Version {
            firmware: answer.word("VER").map(str::to_owned),
            serial: answer.word("SERIAL").map(str::to_owned),
        };
        has_any(answer, &["VER", "SERIAL", "MAC", "CRC32", "STS"]).then_some(version)
    }
}

/// `GET DATE TIME`: the register's clock. The reply lacks a value when the clock gave none.
pub enum GetClock {}

impl Command for GetClock {
    type Reply = Option<NaiveDateTime>;
    const NAME: &'static str = "GET DATE TIME";
    const TEXT: &'static str = "<GET DATE='?' TIME='?'/>";

    fn reply(answer: &Answer) -> Option<Option<NaiveDateTime>> {
        let foreign = has_any(answer, &["REG", "FN", "COUNT"]);
        let clock = || Some(answer.date("DATE")?.and_time(answer.time("TIME")?));
        (!foreign && has_any(answer, &["DATE", "TIME"])).then(clock)
    }
}

/// `GET VER DATE TIME`: the two above in one exchange, for an exchange costs more than its bytes.
/// The guide allows several attributes in one command.
pub enum GetVersionAndClock {}

impl Command for GetVersionAndClock {
    type Reply = (Version, Option<NaiveDateTime>);
    const NAME: &'static str = "GET VER DATE TIME";
    const TEXT: &'static str = "<GET VER='?' DATE='?' TIME='?'/>";

    fn reply(answer: &Answer) -> Option<Self::Reply> {
        let (version, clock) = (GetVersion::reply(answer), GetClock::reply(answer));
        (version.is_some() || clock.is_some()).then(|| (version.unwrap_or_default(), clock.flatten()))
    }
}

/// The shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Its number.
    pub number: Option<u32>,
    /// Its state.
    pub state: Option<ShiftState>,
}

/// `GET INFO='0'`.
pub enum GetShift {}

impl Command for GetShift {
    type Reply = Shift;
    const NAME: &'static str = "GET INFO='0'";
    const TEXT: &'static str = "<GET INFO='0'/>";
    const PATIENCE: Patience = Patience::OF_FN;

    fn reply(answer: &Answer) -> Option<Shift> {
        let state = match answer.number("STATE") {
            Some(0) => Some(ShiftState::Closed),
            Some(1) => Some(ShiftState::Opened),
            Some(9) => Some(ShiftState::Expired),
            _ => None,
        };
        let shift = Shift { number: answer.number("SHIFT"), state };
        has_any(answer, &["SHIFT", "STATE"]).then_some(shift)
    }
}

/// The FN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FnState {
    /// Its number.
    pub serial: Option<String>,
    /// Its last day.
    pub valid_until: Option<NaiveDate>,
    /// Its edition, which only newer firmware tells.
    pub edition: Option<String>,
    /// Its warnings: bit 0 to be replaced within 3 days, 1 less than 30 days left, 2 memory 90 %
    /// full, 3 the OFD has not answered in time.
    pub warnings: Option<u32>,
}

/// `GET INFO='F'`.
pub enum GetFnState {}

impl Command for GetFnState {
    type Reply = FnState;
    const NAME: &'static str = "GET INFO='F'";
    const TEXT: &'static str = "<GET INFO='F'/>";
    const PATIENCE: Patience = Patience::OF_FN;

    fn reply(answer: &Answer) -> Option<FnState> {
        let state = FnState {
            serial: answer.word("FN").map(str::to_owned),
            valid_until: answer.date("VALID"),
            edition: answer.word("EDITION").map(str::to_owned),
            warnings: answer.mask("FLAG"),
        };
        let own = has_any(answer, &["PHASE", "VALID", "LAST", "FLAG"]);
        (own || (has_any(answer, &["FN"]) && !has_any(answer, &["COUNT"]))).then_some(state)
    }
}

/// The exchange with the OFD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfdQueue {
    /// Number of the FN.
    pub fn_serial: Option<String>,
    /// Documents that have not been sent.
    pub unsent: Option<u32>,
    /// When the first of them was made; `None` when there is none.
    pub first_at: Option<NaiveDateTime>,
}

/// `GET INFO='O'`.
pub enum GetOfdQueue {}

impl Command for GetOfdQueue {
    type Reply = OfdQueue;
    const NAME: &'static str = "GET INFO='O'";
    const TEXT: &'static str = "<GET INFO='O'/>";
    const PATIENCE: Patience = Patience::OF_FN;

    fn reply(answer: &Answer) -> Option<OfdQueue> {
        let unsent = answer.number("COUNT");
        let queue = OfdQueue {
            fn_serial: answer.word("FN").map(str::to_owned),
            unsent,
            first_at: unsent.filter(|count| *count > 0).and_then(|_| answer.moment()),
        };
        let foreign = has_any(answer, &["SHIFT", "STATE", "PHASE"]);
        (!foreign && has_any(answer, &["COUNT", "FIRST"])).then_some(queue)
    }
}

/// State of the printer. It tells one trouble at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printer {
    /// Nothing is wrong.
    Ready,
    /// Error 500: no paper.
    NoPaper,
    /// Error 501: the cover is open.
    CoverOpen,
    /// Errors 502 and 505: off line, or switched off.
    Offline,
    /// Error 503: the cutter is stuck.
    CutterFault,
    /// Error 504: something else.
    OtherFault,
    /// Error 506: the paper is running out.
    PaperLow,
    /// Errors 509, 510, 511: at work, so the paper is not spoken of.
    Occupied,
    /// An error from 500 to 511 that the guide does not list.
    Unlisted,
}

/// `DEVICE JOB='3'`: the one job that only looks at the printer.
pub enum GetPrinter {}

impl Command for GetPrinter {
    type Reply = Printer;
    const NAME: &'static str = "DEVICE JOB='3'";
    const TEXT: &'static str = "<DEVICE JOB='3'/>";

    fn reply(answer: &Answer) -> Option<Printer> {
        let foreign = has_any(answer, &["DEV", "VER", "REG", "SHIFT", "FN", "DATE", "TIME"]);
        (!foreign).then_some(Printer::Ready)
    }

    fn reply_to_error(code: u32) -> Option<Printer> {
        match code {
            500 => Some(Printer::NoPaper),
            501 => Some(Printer::CoverOpen),
            502 | 505 => Some(Printer::Offline),
            503 => Some(Printer::CutterFault),
            504 => Some(Printer::OtherFault),
            506 => Some(Printer::PaperLow),
            509..=511 => Some(Printer::Occupied),
            507 | 508 => Some(Printer::Unlisted),
            _ => None,
        }
    }
}

fn has_any(answer: &Answer, names: &[&str]) -> bool {
    names.iter().any(|name| answer.attribute(name).is_some())
}
