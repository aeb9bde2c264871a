//! Health for monitoring systems: values in, text out, a file for each format.
//!
//! What was read some time ago is shown as it was, with its age. The one exception is the time
//! left to the FN, which is counted from its end to the day of the [`Snapshot`]: an old reading
//! must not stop the countdown. What is not known stays unknown in every format.

pub mod discovery;
pub mod json;
pub mod legacy;
pub mod prometheus;
pub mod zabbix;

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::kkt::health::time_text;
use crate::kkt::{Brand, Health, Link};
use crate::state::health::HealthFile;
use crate::state::record::Facts;

/// All that is known, at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// That moment, local time.
    pub now: NaiveDateTime,
    /// Seconds since 1970 of a local time; `None` for one that the calendar skips.
    pub unix: fn(NaiveDateTime) -> Option<i64>,
    /// The computer.
    pub workstation: Facts,
    /// The registers, by brand and number.
    pub registers: Vec<Register>,
    /// Files of health that could not be used.
    pub unreadable_files: usize,
}

/// A register as it was read last.
#[derive(Debug, Clone, PartialEq)]
pub struct Register {
    /// Its make.
    pub brand: Brand,
    /// Its serial number.
    pub serial: String,
    /// Its model.
    pub model: Option<String>,
    /// Serial number of its FN.
    pub fn_serial: Option<String>,
    /// Its firmware.
    pub firmware: Option<String>,
    /// The way it was read.
    pub link: Link,
    /// When it was read, local time.
    pub read_at: NaiveDateTime,
    /// Seconds from then to the moment of the snapshot.
    pub age_seconds: i64,
    /// How it was then; the days of its FN are those of the snapshot.
    pub health: Health,
}

impl Register {
    /// What a file holds, as it stands at `now`; `None` when its time is none.
    #[must_use]
    pub fn new(file: HealthFile, now: NaiveDateTime) -> Option<Self> {
        let read_at = time_text::parse(&file.read_at)?;
        let mut health = file.health;
        health.fn_days_left = fn_days_left(&health, read_at, now);
        Some(Self {
            brand: file.brand,
            serial: file.serialNumber,
            model: trimmed(file.modelName.as_deref()),
            fn_serial: trimmed(file.fn_serial.as_deref()),
            firmware: trimmed(file.firmware_version.as_deref()),
            link: file.link,
            read_at,
            age_seconds: (now - read_at).num_seconds().max(0),
            health,
        })
    }

    /// A text of its registration.
    fn registered(
        &self,
        text: impl Fn(&crate::kkt::health::Registration) -> Option<&String>,
    ) -> Option<String> {
        trimmed(self.health.registration.as_ref().and_then(text).map(String::as_str))
    }

    /// Its registration number.
    #[must_use]
    pub fn rnm(&self) -> Option<String> {
        self.registered(|data| data.registration_number.as_ref())
    }

    /// Names of the error flags that are raised.
    fn raised(&self) -> Option<Vec<&str>> {
        let errors = self.health.errors.as_ref()?;
        Some(errors.iter().filter(|(_, raised)| **raised).map(|(name, _)| name.as_str()).collect())
    }
}

/// Whole days from today to the end of the FN. Without its date the count of the reading is
/// moved on by the days that have passed since.
fn fn_days_left(health: &Health, read_at: NaiveDateTime, now: NaiveDateTime) -> Option<i64> {
    let today = now.date();
    match health.fn_valid_until {
        Some(end) => Some((end.date() - today).num_days()),
        None => health.fn_days_left.map(|days| days - (today - read_at.date()).num_days().max(0)),
    }
}

/// Registers pad their texts with blanks.
fn trimmed(text: Option<&str>) -> Option<String> {
    let text = text?.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    (!text.is_empty()).then(|| text.to_owned())
}

/// JSON on one line.
fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("maps have text keys and memory does not fail")
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod unit {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        time_text::parse(text).expect("a time")
    }

    #[test]
    fn days_left_are_counted_today() {
        let read_at = at("2026-11-01 10:00:00");
        let dated = Health {
            fn_valid_until: Some(at("2026-11-30 00:00:00")),
            fn_days_left: Some(29),
            ..Health::default()
        };
        let left = |health: &Health, now: &str| fn_days_left(health, read_at, at(now));
        assert_eq!(left(&dated, "2026-11-01 23:59:59"), Some(29));
        assert_eq!(left(&dated, "2026-11-29 23:59:59"), Some(1));
        assert_eq!(left(&dated, "2026-11-30 12:00:00"), Some(0));
        assert_eq!(left(&dated, "2026-12-02 00:00:00"), Some(-2));
        let counted = Health { fn_valid_until: None, ..dated };
        assert_eq!(left(&counted, "2026-11-04 00:00:00"), Some(26));
        assert_eq!(left(&counted, "2026-10-04 00:00:00"), Some(29), "a clock that went back");
        assert_eq!(left(&Health::default(), "2026-11-04 00:00:00"), None);
    }

    #[test]
    fn blanks_around_texts_are_dropped() {
        assert_eq!(trimmed(Some("0000000001058375    ")), Some("0000000001058375".to_owned()));
        assert_eq!(trimmed(Some("  \0")), None);
        assert_eq!(trimmed(None), None);
    }
}
