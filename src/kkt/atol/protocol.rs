//! What a worker process and its parent say to each other.
//!
//! One line of JSON each way: the request on the worker's standard input, the answer on its
//! standard output. The library in the worker may print there too, so the answer's line begins
//! with a mark and everything else is noise. Standard error carries the trace: marked lines that
//! tell what is being done, among whatever the library says.

use std::path::PathBuf;

use chrono::NaiveDateTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kkt::{ReadError, Reading, Target};

/// Largest request, in bytes; it must fit into a pipe that nobody reads yet.
pub(super) const REQUEST_LIMIT: usize = 32 * 1024;
/// Most that a worker may write to its standard output, in bytes.
pub(super) const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// First line of the trace: the process is a worker and lives.
pub(super) const GREETING: &str = "worker started";
/// Beginning of a trace line that names what is asked next.
pub(super) const STEP: &str = "> ";

const ANSWER_MARK: &[u8] = b"getad-answer:";
const TRACE_MARK: &str = "getad-trace: ";

/// What a worker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What is to be done with the register.
    pub task: Task,
    /// The register.
    pub target: Target,
    /// The driver's library.
    pub library: PathBuf,
    /// Time for the whole reading, in milliseconds. The worker ends itself a little later,
    /// should nobody have done so.
    pub limit_ms: u64,
    /// The local time when the reading begins.
    pub now: NaiveDateTime,
}

/// What can be done with a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Read it.
    Read,
    /// Restart it; the answer says which one it was and no more.
    Restart,
    /// Only load the library and say its version; no register is touched.
    Version,
}

/// What a worker answers about a register; about the library alone it answers with a text.
pub(super) type Answer<T = Reading> = Result<T, ReadError>;

/// The line that carries a request.
///
/// # Errors
/// When it cannot be said in JSON, or is too long: the library's path is out of the ordinary.
pub(super) fn request_line(request: &Request) -> Result<Vec<u8>, ReadError> {
    let broken = |reason: String| ReadError::LibraryBroken { path: request.library.clone(), reason };
    let mut line = serde_json::to_vec(request).map_err(|error| broken(error.to_string()))?;
    line.push(b'\n');
    if line.len() > REQUEST_LIMIT {
        return Err(broken("its path is too long".to_owned()));
    }
    Ok(line)
}

/// Reads the line of a request.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse_request(line: &[u8]) -> Result<Request, String> {
    serde_json::from_slice(line).map_err(|error| format!("unusable request: {error}"))
}

/// The line that carries an answer. It begins with a line end of its own, because the library
/// may have left a line unfinished.
pub(super) fn answer_line<T: Serialize>(answer: &Answer<T>) -> Vec<u8> {
    let json = serde_json::to_vec(answer).or_else(|error| {
        let failed: Answer<()> = Err(ReadError::Worker { reason: format!("unspeakable answer: {error}") });
        serde_json::to_vec(&failed)
    });
    [b"\n", ANSWER_MARK, json.unwrap_or_default().as_slice(), b"\n"].concat()
}

/// The answer in a line, or `None` when the line is noise.
///
/// # Errors
/// What is wrong with an answer that cannot be understood.
pub(super) fn parse_answer<T: DeserializeOwned>(line: &[u8]) -> Option<Result<Answer<T>, String>> {
    let json = line.strip_prefix(ANSWER_MARK)?;
    Some(serde_json::from_slice(json).map_err(|error| format!("unusable answer: {error}")))
}

/// The line that carries a piece of trace; `text` has no line ends.
pub(super) fn trace_line(text: &str) -> String {
    format!("{TRACE_MARK}{text}\n")
}

/// Splits a line of standard error into what the library said and the piece of trace behind it.
pub(super) fn parse_trace(line: &str) -> (&str, Option<&str>) {
    match line.split_once(TRACE_MARK) {
        Some((noise, text)) => (noise, Some(text)),
        None => (line, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kkt::error::CrashCode;
    use crate::kkt::health::time_text::FORMAT;
    use crate::kkt::health::{Health, LastError, Registration, ShiftState};
    use crate::kkt::passport::{Item, License, SerialNumber};
    use crate::kkt::{Brand, Link, Passport, Warning};

    fn time() -> NaiveDateTime {
        NaiveDateTime::parse_from_str("2024-04-13 07:20:00", FORMAT).expect("a time")
    }

    fn request(library: &str) -> Request {
        Request {
            task: Task::Restart,
            target: Target { brand: Brand::Atol, link: Link::Com { port: "COM4".into(), baud: 115_200 } },
            library: library.into(),
            limit_ms: 60_000,
            now: time(),
        }
    }

    fn reading() -> Reading {
        let mut passport = Passport::new(SerialNumber::parse("00123456790012").expect("a serial number"));
        passport.organization_name = Some("ООО \"Ромашка\"\r\n  ".into());
        passport.fn_edition = Item::Known("Эмулятор ФН".into());
        passport.marked = Item::Unsupported;
        passport.registered_at = Some(time());
        passport.licenses = Some(vec![License {
            number: 1,
            name: "Фискальные функции".into(),
            valid_from: Some(time()),
            valid_until: None,
        }]);
        let health = Health {
            fn_days_left: Some(-3),
            shift_state: Some(ShiftState::Expired),
            clock_at: Some(time()),
            errors: Some([("rtc_fault".to_owned(), true)].into()),
            last_error: Some(LastError { fn_text: Some("нет".into()), ..LastError::default() }),
            registration: Some(Registration { agent_sign: Some(0), ..Registration::default() }),
            ..Health::default()
        };
        let cause =
            ReadError::Driver { during: "FN_INFO".into(), code: 166, text: "ФН не найден".into() };
        let warnings = vec![Warning::Unread { item: "FN_INFO".into(), cause }, Warning::FnUnknown];
        Reading { passport, health: Some(health), warnings }
    }

    #[test]
    fn requests_survive_the_way() {
        let request = request("C:\\Касса №1\\fptr10.dll");
        let line = request_line(&request).expect("a line");
        assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
        assert_eq!(parse_request(&line), Ok(request));
    }

    #[test]
    fn absurd_requests_are_refused() {
        let long = request(&"x".repeat(REQUEST_LIMIT));
        assert!(matches!(request_line(&long), Err(ReadError::LibraryBroken { .. })));
        assert!(parse_request(b"{}").is_err());
        assert!(parse_request(b"").is_err());
    }

    #[test]
    fn answers_survive_the_way() {
        let answers = [
            Ok(reading()),
            Err(ReadError::NoSerial),
            Err(ReadError::Crashed { code: CrashCode::Exit(0xC000_0005) }),
            Err(ReadError::LibraryForeign { path: "/tmp/x.so".into(), symbol: "libfptr_open".into() }),
        ];
        for answer in answers {
            let bytes = answer_line(&answer);
            let lines: Vec<_> = bytes.split(|&byte| byte == b'\n').collect();
            assert_eq!(lines.len(), 3, "an empty line, the answer, nothing");
            assert_eq!(parse_answer(lines[1]), Some(Ok(answer)));
        }
    }

    #[test]
    fn noise_is_no_answer_and_a_broken_answer_is_told() {
        assert_eq!(parse_answer::<Reading>(b"libfptr: hello"), None);
        assert_eq!(parse_answer::<Reading>(b""), None);
        assert!(matches!(parse_answer::<Reading>(b"getad-answer:{\"Ok\":"), Some(Err(_))));
    }

    #[test]
    fn trace_is_told_from_noise() {
        assert_eq!(parse_trace(trace_line("> FN_INFO").trim_end()), ("", Some("> FN_INFO")));
        assert_eq!(parse_trace("warning: getad-trace: < ok"), ("warning: ", Some("< ok")));
        assert_eq!(parse_trace("segfault"), ("segfault", None));
    }
}
