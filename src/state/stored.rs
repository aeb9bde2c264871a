//! What the records say of their registers, whoever wrote them: our own have texts only, those of
//! others have what their makers liked.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::StateError;
use super::fiscals::Group;
use super::outgoing::{self, RecordError};
use super::record::NONE;
use crate::kkt::health::time_text;

/// A register as its record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its make.
    pub brand: Group,
    /// Its serial number.
    pub serial: String,
    /// Its model.
    pub model: Option<String>,
    /// Its registration number.
    pub rnm: Option<String>,
    /// Whose it is.
    pub organization: Option<String>,
    /// Serial number of its FN.
    pub fn_serial: Option<String>,
    /// When it was registered last, as a rule with this FN.
    pub registered_at: Option<NaiveDateTime>,
    /// End of the FN's validity.
    pub fn_valid_until: Option<NaiveDateTime>,
    /// When it was read, local time.
    pub read_at: Option<NaiveDateTime>,
    /// When its FN was known for certain.
    pub confirmed_at: Option<NaiveDateTime>,
}

/// The records of a folder.
#[derive(Debug, Default)]
pub struct AllStored {
    /// Registers.
    pub registers: Vec<Stored>,
    /// When the record of a computer without a register was written, if there is one.
    pub workstation: Option<NaiveDateTime>,
    /// Files that are no records.
    pub faults: Vec<(PathBuf, RecordError)>,
}

/// Reads all records.
///
/// # Errors
/// [`StateError::Read`] when the folder cannot be read.
pub fn load_all(records: &Path) -> Result<AllStored, StateError> {
    let mut all = AllStored::default();
    for path in outgoing::files(records)? {
        match load(&path) {
            Ok(record) => all.take(&record),
            Err(error) => all.faults.push((path, error)),
        }
    }
    Ok(all)
}

fn load(path: &Path) -> Result<Map<String, Value>, RecordError> {
    let bytes = outgoing::read(path)?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|_| RecordError::NotObject)
}

impl AllStored {
    fn take(&mut self, record: &Map<String, Value>) {
        match Stored::new(record) {
            Some(stored) => self.registers.push(stored),
            None => self.workstation = time(record, "current_time").or(self.workstation),
        }
    }
}

impl Stored {
    /// `None` for the record of a computer.
    fn new(record: &Map<String, Value>) -> Option<Self> {
        let serial = text(record, "serialNumber")?;
        Some(Self {
            brand: Group::of_record(record.get("licenses"), &serial),
            model: text(record, "modelName"),
            rnm: text(record, "RNM"),
            organization: text(record, "organizationName"),
            fn_serial: text(record, "fn_serial"),
            registered_at: time(record, "datetime_reg"),
            fn_valid_until: time(record, "dateTime_end"),
            read_at: time(record, "current_time"),
            confirmed_at: time(record, "v_time"),
            serial,
        })
    }
}

/// A known text: registers pad theirs with blanks, and some programs write numbers.
fn text(record: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match record.get(key)? {
        Value::String(text) => text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty() && text != NONE)
}

fn time(record: &Map<String, Value>, key: &str) -> Option<NaiveDateTime> {
    time_text::parse(&text(record, key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Option<Stored> {
        Stored::new(&serde_json::from_str(text).expect("valid"))
    }

    #[test]
    fn records_of_others_are_understood() {
        let stored = stored(
            r#"{"serialNumber":65001,"modelName":" Штрих ","RNM":"None","dateTime_end":"2027-01-02 03:04:05",
                "licenses":{},"current_time":"yesterday","fn_serial":null}"#,
        )
        .expect("a register");
        assert_eq!((stored.serial.as_str(), stored.brand), ("65001", Group::Atol));
        assert_eq!((stored.model.as_deref(), stored.rnm, stored.fn_serial), (Some("Штрих"), None, None));
        assert_eq!(stored.fn_valid_until.map(|end| end.to_string()), Some("2027-01-02 03:04:05".to_owned()));
        assert_eq!(stored.read_at, None);
    }

    #[test]
    fn a_computer_is_no_register() {
        assert_eq!(stored(r#"{"hostname":"till","current_time":"2026-01-02 03:04:05"}"#), None);
        assert_eq!(stored(r#"{"serialNumber":"None"}"#), None);
    }
}
