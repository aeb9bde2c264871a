//! `date/*.json`: the records, in the published form. Key order and types are the predecessor's:
//! every value is a text except the licences, an unknown text is `None`, a switch `True` or
//! `False`, a time `YYYY-MM-DD HH:MM:SS`.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{StateError, file};
use crate::kkt::Brand;
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::passport::{Item, License, Passport, SerialNumber};

/// An unknown value.
pub const NONE: &str = "None";
/// What the installed driver is too old to say.
pub const UNSUPPORTED: &str = "Не поддерживается в текущей версии драйвера";
/// The Mitsu driver's version when it is not installed or does not say.
const VERSION_ERROR: &str = "Error";

/// Record of one register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "published names")]
#[expect(missing_docs, reason = "the published form is described in README.md, the values in Passport")]
pub struct Record {
    pub modelName: String,
    pub serialNumber: String,
    pub RNM: String,
    pub organizationName: String,
    pub fn_serial: String,
    pub datetime_reg: String,
    pub dateTime_end: String,
    pub ofdName: String,
    pub bootVersion: String,
    pub ffdVersion: String,
    pub INN: String,
    pub address: String,
    pub attribute_excise: String,
    pub attribute_marked: String,
    pub fnExecution: String,
    pub installed_driver: String,
    pub licenses: Value,
    pub hostname: String,
    pub url_rms: String,
    pub teamviewer_id: String,
    pub anydesk_id: String,
    pub litemanager_id: String,
    pub current_time: String,
    pub v_time: String,
    pub vc: String,
    pub uuid: String,
}

/// Record of a workstation without a reachable register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "a part of the published form of a record")]
pub struct WorkstationRecord {
    pub hostname: String,
    pub url_rms: String,
    pub teamviewer_id: String,
    pub anydesk_id: String,
    pub litemanager_id: String,
    pub current_time: String,
    pub vc: String,
    pub uuid: String,
}

/// What is known of the workstation.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Computer name.
    pub hostname: Option<String>,
    /// Address of the iiko server.
    pub url_rms: Option<String>,
    /// TeamViewer.
    pub teamviewer_id: Option<String>,
    /// AnyDesk.
    pub anydesk_id: Option<String>,
    /// LiteManager.
    pub litemanager_id: Option<String>,
    /// Identity of the workstation.
    pub uuid: Option<String>,
}

impl WorkstationRecord {
    /// The record as of `now`.
    #[must_use]
    pub fn new(facts: &Facts, now: NaiveDateTime) -> Self {
        Self {
            hostname: text(facts.hostname.as_ref()),
            url_rms: text(facts.url_rms.as_ref()),
            teamviewer_id: text(facts.teamviewer_id.as_ref()),
            anydesk_id: text(facts.anydesk_id.as_ref()),
            litemanager_id: text(facts.litemanager_id.as_ref()),
            current_time: time(Some(now)),
            vc: env!("CARGO_PKG_VERSION").to_owned(),
            uuid: text(facts.uuid.as_ref()),
        }
    }

    /// Its file name; ids that could not stand in one are made to.
    #[must_use]
    pub fn file_name(&self) -> String {
        let safe = |id: &str| -> String {
            id.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect()
        };
        format!("TV{}_AD{}.json", safe(&self.teamviewer_id), safe(&self.anydesk_id))
    }
}

impl Record {
    /// The record as of `now`; `confirmed` is when the FN was known for certain last.
    #[must_use]
    pub fn new(
        brand: Brand,
        passport: &Passport,
        facts: &Facts,
        now: NaiveDateTime,
        confirmed: &str,
    ) -> Self {
        let workstation = WorkstationRecord::new(facts, now);
        Self {
            modelName: text(passport.model_name.as_ref()),
            serialNumber: passport.serial_number.to_string(),
            RNM: text(passport.registration_number.as_ref()),
            organizationName: text(passport.organization_name.as_ref()),
            fn_serial: text(passport.fn_serial.as_ref()),
            datetime_reg: time(passport.registered_at),
            dateTime_end: time(passport.fn_valid_until),
            ofdName: text(passport.ofd_name.as_ref()),
            bootVersion: text(passport.firmware_version.as_ref()),
            ffdVersion: text(passport.ffd_version.map(|version| version.to_string()).as_ref()),
            INN: text(passport.inn.as_ref()),
            address: text(passport.address.as_ref()),
            attribute_excise: passport.excise.map_or_else(|| NONE.to_owned(), switch),
            attribute_marked: item(&passport.marked, |&value| switch(value)),
            fnExecution: item(&passport.fn_edition, String::clone),
            installed_driver: driver(brand, passport.driver_version.as_ref()),
            licenses: licenses(passport.licenses.as_deref()),
            hostname: workstation.hostname,
            url_rms: workstation.url_rms,
            teamviewer_id: workstation.teamviewer_id,
            anydesk_id: workstation.anydesk_id,
            litemanager_id: workstation.litemanager_id,
            current_time: workstation.current_time,
            v_time: confirmed.to_owned(),
            vc: workstation.vc,
            uuid: workstation.uuid,
        }
    }
}

fn text(value: Option<&String>) -> String {
    value.map_or_else(|| NONE.to_owned(), String::clone)
}

/// A time in the published form.
#[must_use]
pub fn time(value: Option<NaiveDateTime>) -> String {
    value.map_or_else(|| NONE.to_owned(), |time| time.format(FORMAT).to_string())
}

fn switch(value: bool) -> String {
    if value { "True" } else { "False" }.to_owned()
}

fn item<T>(value: &Item<T>, shown: impl Fn(&T) -> String) -> String {
    match value {
        Item::Known(value) => shown(value),
        Item::Unknown => NONE.to_owned(),
        Item::Unsupported => UNSUPPORTED.to_owned(),
    }
}

fn driver(brand: Brand, version: Option<&String>) -> String {
    match (brand, version) {
        (_, Some(version)) => version.clone(),
        (Brand::Mitsu, None) => VERSION_ERROR.to_owned(),
        (Brand::Atol, None) => NONE.to_owned(),
    }
}

#[derive(Serialize)]
#[expect(non_snake_case, reason = "published names")]
struct LicenseEntry<'a> {
    name: &'a str,
    dateFrom: String,
    dateUntil: String,
}

fn licenses(list: Option<&[License]>) -> Value {
    let Some(list) = list else { return Value::from(NONE) };
    let entries = list.iter().map(|license| {
        let (from, until) = (time(license.valid_from), time(license.valid_until));
        let entry = LicenseEntry { name: &license.name, dateFrom: from, dateUntil: until };
        (license.number.to_string(), serde_json::to_value(entry).unwrap_or_default())
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// File of a register's record.
#[must_use]
pub fn path(records: &Path, serial: &SerialNumber) -> PathBuf {
    records.join(format!("{serial}.json"))
}

/// Saves the record of a register.
///
/// # Errors
/// [`StateError::Write`]; an older record then still stands.
pub fn save(records: &Path, serial: &SerialNumber, record: &Record) -> Result<PathBuf, StateError> {
    let path = path(records, serial);
    file::write(&path, &file::json_text(record))?;
    Ok(path)
}

/// A text of a register's record, whoever wrote it.
#[must_use]
pub fn text_of(records: &Path, serial: &SerialNumber, key: &str) -> Option<String> {
    let text = file::read(&path(records, serial)).ok()??;
    let record: Map<String, Value> = serde_json::from_str(&text).ok()?;
    record.get(key)?.as_str().map(str::to_owned)
}

/// Sets values in the record of a register, whoever wrote it; all its other keys stay, in their
/// order. True when that changed the file. A missing record stays missing, one that is no JSON
/// object stays as it is.
///
/// # Errors
/// [`StateError`] when it cannot be read or written.
pub fn refresh(records: &Path, serial: &SerialNumber, values: &[(&str, String)]) -> Result<bool, StateError> {
    let path = path(records, serial);
    let Some(text) = file::read(&path)? else { return Ok(false) };
    let mut record = match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(record) => record,
        Err(error) => {
            log::warn!("{}: {error}; it stays as it is", path.display());
            return Ok(false);
        }
    };
    let mut changed = false;
    for (key, value) in values {
        let value = Value::from(value.as_str());
        changed |= record.get(*key) != Some(&value);
        record.insert((*key).to_owned(), value);
    }
    if changed {
        file::write(&path, &file::json_text(&record))?;
    }
    Ok(changed)
}

/// Saves the record of a workstation; one under older ids is removed.
///
/// # Errors
/// [`StateError::Write`].
pub fn save_workstation(records: &Path, record: &WorkstationRecord) -> Result<PathBuf, StateError> {
    let path = records.join(record.file_name());
    file::write(&path, &file::json_text(record))?;
    for other in workstation_files(records).into_iter().filter(|other| *other != path) {
        file::remove(&other)?;
    }
    Ok(path)
}

/// Removes the record of a workstation: a register has answered.
///
/// # Errors
/// [`StateError::Write`].
pub fn remove_workstation(records: &Path) -> Result<(), StateError> {
    workstation_files(records).iter().try_for_each(|path| file::remove(path))
}

fn workstation_files(records: &Path) -> Vec<PathBuf> {
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("TV") && name.contains("_AD")
    };
    file::json_files(records).unwrap_or_default().into_iter().filter(named).collect()
}
