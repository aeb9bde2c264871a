//! The texts of the tasks: a template of `scheduler/` and values. Pure; nothing is registered.
//!
//! The form is that of Task Scheduler's schema 1.2, which Windows Vista brought and all later
//! ones take, with the elements in the order in which Windows exports them.

use std::path::{Path, PathBuf};

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use quick_xml::escape::escape;

const BOOT: &str = include_str!("../../scheduler/boot.xml");
const INTERVAL: &str = include_str!("../../scheduler/interval.xml");
const REBOOT: &str = include_str!("../../scheduler/reboot.xml");

/// Most hours between two runs: Task Scheduler repeats at least every 31 days.
pub const MOST_HOURS: u32 = 31 * 24;

/// What the tasks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The executable.
    pub executable: PathBuf,
    /// The home folder that it is told.
    pub home: PathBuf,
}

/// The task that reads the registers when the computer starts and somebody logs on.
#[must_use]
pub fn boot(program: &Program) -> String {
    fill(BOOT, &of_program(program))
}

/// The task that checks every so many hours (1 to [`MOST_HOURS`]; what lies outside is taken as
/// the nearest), for the first time at `first`, local.
#[must_use]
pub fn interval(program: &Program, hours: u32, first: NaiveDateTime) -> String {
    let interval = format!("PT{}H", hours.clamp(1, MOST_HOURS));
    let further = [("INTERVAL", interval), ("START", boundary(first))];
    fill(INTERVAL, &[of_program(program).as_slice(), &further].concat())
}

/// The task that runs the reboot file once at a local time, if that is still wanted then. It can
/// start for an hour and vanishes afterwards.
#[must_use]
pub fn reboot(program: &Program, at: NaiveDateTime) -> String {
    let end = at.checked_add_signed(TimeDelta::hours(1)).unwrap_or(at);
    let further = [("START", boundary(at)), ("END", boundary(end))];
    fill(REBOOT, &[of_program(program).as_slice(), &further].concat())
}

/// A text as `schtasks.exe` takes it from a file: UTF-16, little-endian, with a byte order mark,
/// lines ended as Windows does.
#[must_use]
pub fn file_bytes(xml: &str) -> Vec<u8> {
    let text = format!("\u{feff}{}", xml.replace("\r\n", "\n").replace('\n', "\r\n"));
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn of_program(program: &Program) -> Vec<(&'static str, String)> {
    vec![("EXECUTABLE", plain(&program.executable)), ("HOME", before_quote(plain(&program.home)))]
}

fn plain(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A backslash before the closing quote would make the quote a letter of the path, so those are
/// doubled.
fn before_quote(text: String) -> String {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    text + &"\\".repeat(backslashes)
}

fn boundary(time: NaiveDateTime) -> String {
    time.with_nanosecond(0).unwrap_or(time).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Puts values, escaped, where the template says `@NAME@`. One pass: what looks like a name in a
/// value stays.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut parts = template.split('@');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut literal = false;
    for part in parts {
        let value = (!literal).then(|| values.iter().find(|(name, _)| *name == part)).flatten();
        match value {
            Some((_, value)) => text.push_str(&escape(value.as_str())),
            None if literal => text.push_str(part),
            None => text.extend(["@", part]),
        }
        literal = value.is_some();
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::schedule::compare::leaves;

    fn program() -> Program {
        Program {
            executable: r"C:\Касса & Co\getad.exe".into(), home: r"C:\Касса & Co\'1' @HOME@".into()
        }
    }

    fn at(hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 12, 31).unwrap().and_hms_opt(hour, minute, 7).unwrap()
    }

    fn values(xml: &str, path: &str) -> Vec<String> {
        let leaves = leaves(xml).expect("well-formed");
        leaves.into_iter().filter(|(of, _)| of == path).map(|(_, text)| text).collect()
    }

    #[test]
    fn paths_arrive_as_they_are() {
        let all = [boot(&program()), interval(&program(), 12, at(5, 30)), reboot(&program(), at(5, 30))];
        for xml in all {
            for command in values(&xml, "Task/Actions/Exec/Command") {
                assert_eq!(command, r#""C:\Касса & Co\getad.exe""#);
            }
            for arguments in values(&xml, "Task/Actions/Exec/Arguments") {
                let (home, _) = arguments.rsplit_once("\" -q ").expect(&arguments);
                assert_eq!(home, r#"--home "C:\Касса & Co\'1' @HOME@"#);
            }
        }
    }

    #[test]
    fn commands_are_those_that_exist() {
        let commands = |xml: &str| -> Vec<String> {
            let arguments = values(xml, "Task/Actions/Exec/Arguments");
            arguments.iter().filter_map(|line| Some(line.rsplit_once("-q ")?.1.to_owned())).collect()
        };
        assert_eq!(commands(&boot(&program())), ["probe", "send", "metrics --push", "update"]);
        let interval = interval(&program(), 1, at(0, 0));
        assert_eq!(
            commands(&interval),
            ["validate-fn", "schedule-reboot", "send", "metrics --push", "update"]
        );
        assert_eq!(commands(&reboot(&program(), at(0, 0))), ["schedule-reboot --run-pending"]);
    }

    #[test]
    fn hours_stay_within_what_the_scheduler_takes() {
        for (hours, expected) in [(0, "PT1H"), (1, "PT1H"), (12, "PT12H"), (744, "PT744H"), (9999, "PT744H")]
        {
            let xml = interval(&program(), hours, at(5, 30));
            assert_eq!(values(&xml, "Task/Triggers/TimeTrigger/Repetition/Interval"), [expected]);
            assert_eq!(values(&xml, "Task/Triggers/TimeTrigger/StartBoundary"), ["2026-12-31T05:30:07"]);
        }
    }

    #[test]
    fn a_reboot_has_an_hour_even_over_the_end_of_the_year() {
        let xml = reboot(&program(), at(23, 30));
        assert_eq!(values(&xml, "Task/Triggers/TimeTrigger/StartBoundary"), ["2026-12-31T23:30:07"]);
        assert_eq!(values(&xml, "Task/Triggers/TimeTrigger/EndBoundary"), ["2027-01-01T00:30:07"]);
        assert_eq!(values(&xml, "Task/Settings/StartWhenAvailable"), ["false"]);
        assert_eq!(values(&xml, "Task/Settings/DeleteExpiredTaskAfter"), ["PT0S"]);
    }

    #[test]
    fn a_drive_as_home_does_not_swallow_the_quote() {
        let program = Program { executable: "getad".into(), home: r"D:\".into() };
        let arguments = values(&boot(&program), "Task/Actions/Exec/Arguments");
        assert_eq!(arguments.first().map(String::as_str), Some(r#"--home "D:\\" -q probe"#));
    }

    #[test]
    fn files_are_utf_16_with_a_mark() {
        assert_eq!(file_bytes("Ё\n"), [0xFF, 0xFE, 0x01, 0x04, 0x0D, 0, 0x0A, 0]);
        assert_eq!(file_bytes("\r\n"), file_bytes("\n"));
    }
}
