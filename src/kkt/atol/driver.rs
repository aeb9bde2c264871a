//! What a session needs of the driver: the seam between what is asked and how it is called.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::params::Call;

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The library has no such function: it is older than the function.
    Missing(&'static str),
    /// The driver reported an error.
    Refused {
        /// Its number; -1 when the driver gave none.
        code: i32,
        /// Its description.
        text: String,
    },
}

impl Failure {
    /// True when the register is no longer there, so that further questions are in vain: not
    /// connected, no connection, port gone, connection lost.
    pub(super) fn is_loss(&self) -> bool {
        matches!(self, Self::Refused { code: 1 | 2 | 4 | 241, .. })
    }

    /// True when the answer failed on its way, so that it does not mean "there is no more":
    /// port busy, unusable data, the driver's own fault, the register at work.
    pub(super) fn is_fault(&self) -> bool {
        self.is_loss() || matches!(self, Self::Missing(_) | Self::Refused { code: 3 | 5..=8 | 55, .. })
    }
}

/// A connected driver. A question fills only its own values: they are set before and read right
/// after the call.
pub(super) trait Driver {
    /// Sets a number for the next call.
    fn set_int(&mut self, param: u32, value: u32) -> Result<(), Failure>;
    /// Sets a text for the next call.
    fn set_text(&mut self, param: u32, value: &str) -> Result<(), Failure>;
    /// Sets a time for the next call.
    fn set_time(&mut self, param: u32, value: NaiveDateTime) -> Result<(), Failure>;
    /// Makes the call.
    fn call(&mut self, call: Call) -> Result<(), Failure>;
    /// Number from the last answer.
    fn int(&mut self, param: u32) -> Result<u32, Failure>;
    /// Flag from the last answer.
    fn flag(&mut self, param: u32) -> Result<bool, Failure>;
    /// Text from the last answer.
    fn text(&mut self, param: u32) -> Result<String, Failure>;
    /// Time from the last answer, unchecked.
    fn time(&mut self, param: u32) -> Result<RawTime, Failure>;
}

/// A time as the driver fills it in: six numbers, of which any may be impossible.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RawTime {
    pub(super) year: i32,
    pub(super) month: i32,
    pub(super) day: i32,
    pub(super) hour: i32,
    pub(super) minute: i32,
    pub(super) second: i32,
}

impl RawTime {
    /// The time, or `None` when it is none: an impossible one, or one before 2000, by which
    /// drivers say "no date" (the year 0, or the beginning of 1970).
    pub(super) fn known(self) -> Option<NaiveDateTime> {
        let part = |value: i32| u32::try_from(value).ok();
        NaiveDate::from_ymd_opt(self.year, part(self.month)?, part(self.day)?)
            .filter(|date| (2000..=9999).contains(&date.year()))?
            .and_hms_opt(part(self.hour)?, part(self.minute)?, part(self.second)?)
    }
}

impl fmt::Debug for RawTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_times_are_unknown() {
        let time = |[year, month, day, hour, minute, second]: [i32; 6]| {
            RawTime { year, month, day, hour, minute, second }.known().map(|time| time.to_string())
        };
        assert_eq!(time([2024, 4, 13, 7, 20, 0]), Some("2024-04-13 07:20:00".to_owned()));
        assert_eq!(time([2038, 1, 19, 3, 14, 7]), Some("2038-01-19 03:14:07".to_owned()));
        for impossible in [
            [0, 0, 0, 0, 0, 0],
            [0, 1, 1, 0, 0, 0],
            [1970, 1, 1, 0, 0, 0],
            [2000, 0, 0, 0, 0, 0],
            [2024, 13, 1, 0, 0, 0],
            [2024, 2, 31, 0, 0, 0],
            [2023, 2, 29, 0, 0, 0],
            [2024, 1, 1, 24, 0, 0],
            [2024, 1, 1, 0, 60, 0],
            [2024, 1, 1, 0, 0, 61],
            [2024, -1, 1, 0, 0, 0],
            [10000, 1, 1, 0, 0, 0],
            [i32::MIN, i32::MAX, i32::MIN, i32::MAX, 0, 0],
        ] {
            assert_eq!(time(impossible), None, "{impossible:?}");
        }
    }
}
