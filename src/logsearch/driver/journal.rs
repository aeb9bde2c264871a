//! What the lines of the driver's log say, thread by thread.
//!
//! A line is `2023.11.22 14:01:21.190       T:0000DAE0 INFO  [FiscalPrinter] TEXT`. A call is
//! logged as its inputs `> NAME (id) = value`, the call `libfptr_NAME()`, lines of the exchange
//! with `deviceID=[…]`, and its outputs `< NAME (id) = value`; texts are quoted. Names and ids are
//! those of the driver's programming interface.
//!
//! A pair is: a serial number as output of `query_data` for the status or the serial number, then
//! the FN's number as output of `fn_query_data` for the FN's information, both on one thread,
//! without a call in between that may have changed the register, and, where the exchange names
//! it, with the same device.

use std::collections::HashMap;
use std::fmt;

use chrono::NaiveDateTime;

use crate::logsearch::Hit;

const SERIAL_NUMBER: u32 = 65559;
const DATA_TYPE: u32 = 65587;
const FN_DATA_TYPE: u32 = 65622;

/// `LIBFPTR_DT_STATUS` and `LIBFPTR_DT_SERIAL_NUMBER`.
const DATA_WITH_SERIAL: [&str; 2] = ["0", "16"];
/// `LIBFPTR_FNDT_FN_INFO`.
const FN_DATA_WITH_SERIAL: &str = "2";

/// Calls that leave the connected register as it is; after any other the thread may speak to
/// another one. Reading calls and those of receipts begin with one of these words.
const SAME_REGISTER: [&str; 21] = [
    "query_data",
    "fn_query_data",
    "is_opened",
    "get_",
    "begin_",
    "end_",
    "read_",
    "print_",
    "registration",
    "payment",
    "receipt_",
    "close_receipt",
    "cancel_receipt",
    "check_",
    "operator_login",
    "open_shift",
    "report",
    "util_",
    "fn_write",
    "process_json",
    "beep",
];

/// Threads that are remembered; a log with more of them at once is none of the driver.
const MOST_THREADS: usize = 1024;

/// Reads a log from its begin to its end and keeps the last pair of each wanted register.
#[derive(Debug)]
pub struct Journal<'a> {
    wanted: &'a [String],
    threads: HashMap<u64, Thread>,
    hits: Vec<Hit>,
    seen: Seen,
}

/// What a thread of a program is doing.
#[derive(Debug, Default)]
struct Thread {
    data_type: Option<String>,
    fn_data_type: Option<String>,
    call: Call,
    /// Device that the exchange of the call names.
    device: Option<String>,
    /// The register, and the device that said so.
    register: Option<(String, Option<String>)>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Call {
    RegisterSerial,
    FnSerial,
    #[default]
    Other,
}

/// How much of what was in a log, for who wonders why it gave no pair.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Lines of the driver's own form.
    pub lines: usize,
    /// Calls of its functions.
    pub calls: usize,
    /// Serial numbers of registers.
    pub registers: usize,
    /// Numbers of FN.
    pub fns: usize,
    /// FN whose register is known.
    pub pairs: usize,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, calls, registers, fns, pairs } = self;
        write!(
            f,
            "{lines} driver lines, {calls} calls, {registers} serial numbers, {fns} FN numbers, {pairs} pairs"
        )
    }
}

impl<'a> Journal<'a> {
    /// For pairs of the `wanted` serial numbers.
    #[must_use]
    pub fn new(wanted: &'a [String]) -> Self {
        Self { wanted, threads: HashMap::new(), hits: Vec::new(), seen: Seen::default() }
    }

    /// Takes the next line; one of another form is none of the driver.
    pub fn read(&mut self, line: &[u8]) {
        let Some(line) = std::str::from_utf8(line).ok().and_then(Line::parse) else { return };
        self.seen.lines += 1;
        if self.threads.len() >= MOST_THREADS && !self.threads.contains_key(&line.thread) {
            self.threads.clear();
        }
        let thread = self.threads.entry(line.thread).or_default();
        match Text::parse(line.text) {
            Text::Input(DATA_TYPE, value) => thread.data_type = Some(value.to_owned()),
            Text::Input(FN_DATA_TYPE, value) => thread.fn_data_type = Some(value.to_owned()),
            Text::Call(name) => {
                self.seen.calls += 1;
                thread.begin(name);
            }
            Text::Device(device) => thread.device = Some(device.to_owned()),
            Text::Output(SERIAL_NUMBER, value) => self.serial_number(&line, value),
            Text::Input(..) | Text::Output(..) | Text::Other => {}
        }
    }

    fn serial_number(&mut self, line: &Line, value: &str) {
        let Some(thread) = self.threads.get_mut(&line.thread) else { return };
        let Some(value) = quoted(value) else { return };
        match thread.call {
            Call::RegisterSerial => {
                self.seen.registers += 1;
                thread.register = Some((value.to_owned(), thread.device.clone()));
            }
            Call::FnSerial if is_fn_number(value) => {
                self.seen.fns += 1;
                let Some((serial, device)) = &thread.register else { return };
                if *device == thread.device {
                    self.seen.pairs += 1;
                    let serial = serial.clone();
                    self.keep(Hit { serial, fn_serial: value.to_owned(), time: line.time() });
                }
            }
            Call::FnSerial | Call::Other => {}
        }
    }

    fn keep(&mut self, hit: Hit) {
        if self.wanted.contains(&hit.serial) {
            self.hits.retain(|other| other.serial != hit.serial);
            self.hits.push(hit);
        }
    }

    /// What was seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// The newest pair of each wanted register.
    #[must_use]
    pub fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}

impl Thread {
    fn begin(&mut self, name: &str) {
        let (data, fn_data) = (self.data_type.take(), self.fn_data_type.take());
        self.device = None;
        self.call = match name {
            "query_data" if data.is_some_and(|data| DATA_WITH_SERIAL.contains(&&*data)) => {
                Call::RegisterSerial
            }
            "fn_query_data" if fn_data.as_deref() == Some(FN_DATA_WITH_SERIAL) => Call::FnSerial,
            _ => Call::Other,
        };
        if self.call == Call::RegisterSerial || !SAME_REGISTER.iter().any(|same| name.starts_with(same)) {
            self.register = None;
        }
    }
}

/// A line of the driver about a fiscal printer.
struct Line<'a> {
    stamp: &'a str,
    thread: u64,
    text: &'a str,
}

/// Characters of `2023.11.22 14:01:21.190`.
const STAMP: usize = 23;

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim_start_matches('\u{FEFF}');
        let (stamp, rest) = line.split_at_checked(STAMP)?;
        if !stamp.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let (thread, rest) = rest.trim_start().strip_prefix("T:")?.split_once(' ')?;
        let (_level, rest) = rest.trim_start().split_once(' ')?;
        let (category, text) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
        let text = text.trim();
        if category.trim() != "FiscalPrinter" && device(text).is_none() {
            return None;
        }
        Some(Self { stamp, thread: u64::from_str_radix(thread, 16).ok()?, text })
    }

    fn time(&self) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(self.stamp, "%Y.%m.%d %H:%M:%S%.f").ok()
    }
}

enum Text<'a> {
    Input(u32, &'a str),
    Output(u32, &'a str),
    Call(&'a str),
    Device(&'a str),
    Other,
}

impl<'a> Text<'a> {
    fn parse(text: &'a str) -> Self {
        if let Some((id, value)) = text.strip_prefix("> ").and_then(parameter) {
            return Self::Input(id, value);
        }
        if let Some((id, value)) = text.strip_prefix("< ").and_then(parameter) {
            return Self::Output(id, value);
        }
        if let Some((name, _)) = text.strip_prefix("libfptr_").and_then(|call| call.split_once('(')) {
            return Self::Call(name.trim());
        }
        device(text).map_or(Self::Other, Self::Device)
    }
}

/// `NAME (id) = value`.
fn parameter(text: &str) -> Option<(u32, &str)> {
    let (_name, rest) = text.split_once(" (")?;
    let (id, rest) = rest.split_once(')')?;
    Some((id.parse().ok()?, rest.trim_start().strip_prefix('=')?.trim()))
}

fn device(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("deviceID=[")?;
    rest.split_once(']').map(|(device, _)| device)
}

fn quoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"').map(str::trim).filter(|text| !text.is_empty())
}

/// Digits, and not all zero as from a register without an FN.
fn is_fn_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte != b'0')
}
