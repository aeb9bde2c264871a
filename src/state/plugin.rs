//! Records that the plugin for Shtrih registers writes: which they are, which of them are new, and
//! what is added to them.
//!
//! A record of a Shtrih register goes by its 16-digit serial number. Whatever the plugin wrote
//! stays as it is, in its order; only facts about the workstation that it does not know are filled
//! in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Local, NaiveDateTime};
use serde_json::{Map, Value};

use super::fiscals::is_shtrih_like;
use super::record::{Facts, NONE, WorkstationRecord};
use super::{StateError, file};
use crate::kkt::health::time_text;
use crate::kkt::passport::SerialNumber;

/// The files of a folder of records, and when they were written.
#[derive(Debug, Default)]
pub struct Snapshot(BTreeMap<PathBuf, Stamp>);

/// Changes with every writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
}

/// A record of a Shtrih register.
#[derive(Debug)]
pub struct Found {
    /// Serial number.
    pub serial: SerialNumber,
    /// Its FN.
    pub fn_serial: Option<String>,
    /// It was written since the snapshot.
    pub fresh: bool,
    path: PathBuf,
    content: Map<String, Value>,
}

/// A file of the plugin's that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
    /// It was written since the snapshot.
    pub fresh: bool,
}

impl Snapshot {
    /// The folder as it is now.
    #[must_use]
    pub fn of(records: &Path) -> Self {
        let stamp = |path: &PathBuf| {
            let metadata = fs::metadata(path).ok()?;
            Some(Stamp { modified: metadata.modified().ok(), len: metadata.len() })
        };
        let files = file::json_files(records).unwrap_or_default();
        let stamped = files.into_iter().map(|path| (stamp(&path), path));
        Self(stamped.filter_map(|(stamp, path)| Some((path, stamp?))).collect())
    }

    /// Records of Shtrih registers as they are now, by their serial numbers.
    #[must_use]
    pub fn shtrih_records(&self, records: &Path) -> Vec<Result<Found, Unusable>> {
        let now = Self::of(records);
        let shtrih = now.0.into_iter().filter(|(path, _)| is_shtrih_like(&stem(path)));
        shtrih.map(|(path, stamp)| found(path.clone(), self.0.get(&path) != Some(&stamp))).collect()
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn found(path: PathBuf, fresh: bool) -> Result<Found, Unusable> {
    let unusable = |problem: String| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Unusable { name, problem, fresh }
    };
    let text = file::read(&path).map_err(|error| unusable(error.to_string()))?.unwrap_or_default();
    let content: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let named = content.get("serialNumber").and_then(text_of).unwrap_or_default();
    let serial = SerialNumber::parse(&stem(&path)).map_err(|error| unusable(error.to_string()))?;
    if named != serial.as_str() {
        return Err(unusable(format!("serialNumber is {named:?}")));
    }
    let fn_serial = content.get("fn_serial").and_then(text_of).filter(|text| is_known(text));
    Ok(Found { serial, fn_serial, fresh, path, content })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_known(text: &str) -> bool {
    !text.is_empty() && text != NONE
}

impl Found {
    /// When its FN was known for certain, by the record itself.
    #[must_use]
    pub fn confirmed(&self, now: NaiveDateTime) -> NaiveDateTime {
        let text = self.content.get("v_time").and_then(text_of).unwrap_or_default();
        time_text::parse(&text).map_or(now, |time| time.min(now))
    }

    /// Fills in what the record does not say of the workstation. True when that changed the file.
    ///
    /// # Errors
    /// [`StateError::Write`]; the record then stays as it is.
    pub fn complete(&mut self, facts: &Facts, now: NaiveDateTime) -> Result<bool, StateError> {
        let modified = fs::metadata(&self.path).and_then(|metadata| metadata.modified());
        let written = modified.map_or(now, |time| DateTime::<Local>::from(time).naive_local());
        if !fill(&mut self.content, &WorkstationRecord::new(facts, written)) {
            return Ok(false);
        }
        file::write(&self.path, &file::json_text(&self.content)).map(|()| true)
    }
}

/// A value that is not known to the record takes ours, unless that is unknown too.
fn fill(record: &mut Map<String, Value>, workstation: &WorkstationRecord) -> bool {
    let Ok(Value::Object(ours)) = serde_json::to_value(workstation) else { return false };
    let mut changed = false;
    for (key, value) in ours {
        let theirs = record.get(&key);
        let lacks = theirs
            .is_none_or(|theirs| theirs.is_null() || !text_of(theirs).is_none_or(|text| is_known(&text)));
        if lacks && theirs != Some(&value) {
            record.insert(key, value);
            changed = true;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(record: &str, hostname: Option<&str>) -> String {
        let facts = Facts { hostname: hostname.map(str::to_owned), ..Facts::default() };
        let workstation = WorkstationRecord::new(&facts, NaiveDateTime::default());
        let mut record = serde_json::from_str(record).expect("valid");
        fill(&mut record, &workstation);
        serde_json::to_string(&record).expect("text")
    }

    #[test]
    fn what_is_lacking_is_added_and_everything_else_stays_in_its_order() {
        let rest = format!(
            r#""url_rms":"None","teamviewer_id":"None","anydesk_id":"None","litemanager_id":"None","current_time":"1970-01-01 00:00:00","vc":"{}","uuid":"None""#,
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(
            filled(r#"{"z":[1],"hostname":"","a":null}"#, Some("till")),
            format!(r#"{{"z":[1],"hostname":"till","a":null,{rest}}}"#)
        );
    }

    #[test]
    fn what_the_plugin_knows_is_left_alone() {
        let whole = r#"{"uuid":"u","vc":"0.1","hostname":7,"url_rms":"r","teamviewer_id":{},"anydesk_id":"2","litemanager_id":"3","current_time":"yesterday"}"#;
        assert_eq!(filled(whole, Some("till")), whole);
        let unknown = r#"{"hostname":"None","uuid":"u","vc":"1","url_rms":"r","teamviewer_id":"1","anydesk_id":"2","litemanager_id":"3","current_time":"t"}"#;
        assert_eq!(filled(unknown, None), unknown);
        assert_eq!(filled(unknown, Some("till")), unknown.replace("None", "till"));
    }
}
