//! `metrics/<serialNumber>.json`: the health of a register, and where it came from.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::record::time;
use super::{StateError, file};
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::passport::{Passport, SerialNumber};
use crate::kkt::{Brand, Health, Link};

/// Version of the form; a reader refuses newer ones.
const FORM: u32 = 1;
/// Largest file that is read, bytes; real ones have some four thousand.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// Health of one register with its origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "published names")]
pub struct HealthFile {
    /// Version of this form.
    pub form: u32,
    /// Version of getad that wrote it.
    pub vc: String,
    /// Make of the register.
    pub brand: Brand,
    /// Its serial number.
    pub serialNumber: String,
    /// Its model.
    pub modelName: Option<String>,
    /// Serial number of its FN.
    pub fn_serial: Option<String>,
    /// Firmware: the configuration version of ATOL.
    pub firmware_version: Option<String>,
    /// The way it was read.
    pub link: Link,
    /// When it was read, local time.
    pub read_at: String,
    /// How it was.
    pub health: Health,
}

/// File of a register's health.
#[must_use]
pub fn path(metrics: &Path, serial: &SerialNumber) -> PathBuf {
    metrics.join(format!("{serial}.json"))
}

/// Saves the health that was read at `now`.
///
/// # Errors
/// [`StateError::Write`]; older values then still stand.
pub fn save(
    metrics: &Path,
    brand: Brand,
    link: &Link,
    passport: &Passport,
    health: &Health,
    now: NaiveDateTime,
) -> Result<PathBuf, StateError> {
    let content = HealthFile {
        form: FORM,
        vc: env!("CARGO_PKG_VERSION").to_owned(),
        brand,
        serialNumber: passport.serial_number.to_string(),
        modelName: passport.model_name.clone(),
        fn_serial: passport.fn_serial.clone(),
        firmware_version: passport.firmware_version.clone(),
        link: link.clone(),
        read_at: time(Some(now)),
        health: health.clone(),
    };
    let path = path(metrics, &passport.serial_number);
    file::write(&path, &file::json_text(&content))?;
    Ok(path)
}

/// The brand under which a register's health was saved, if it was.
#[must_use]
pub fn brand_of(metrics: &Path, serial: &SerialNumber) -> Option<Brand> {
    let text = file::read(&path(metrics, serial)).ok()??;
    serde_json::from_str::<HealthFile>(&text).ok().map(|file| file.brand)
}

/// A file whose health cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", .path.display())]
pub struct HealthFault {
    /// The file, or the folder of them all.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: FaultReason,
}

/// What is wrong with a file of health.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultReason {
    /// The system does not let it be read.
    #[error("{0}")]
    Unreadable(String),
    /// It is no health, or not whole.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A later version has written it.
    #[error("written by a newer getad (form {0})")]
    Newer(u64),
    /// It holds another register than its name says: a copy, which would count twice.
    #[error("holds register {0}")]
    Misnamed(String),
}

/// The health of every register, by brand and number, and the files that cannot be used.
#[must_use]
pub fn load_all(metrics: &Path) -> (Vec<HealthFile>, Vec<HealthFault>) {
    let paths = match file::json_files(metrics) {
        Ok(paths) => paths,
        Err(error) => {
            let reason = FaultReason::Unreadable(error.to_string());
            return (Vec::new(), vec![HealthFault { path: metrics.to_owned(), reason }]);
        }
    };
    let (mut known, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        match load(&path) {
            Ok(file) => known.push(file),
            Err(reason) => faults.push(HealthFault { path, reason }),
        }
    }
    known.sort_by(|a, b| (a.brand, &a.serialNumber).cmp(&(b.brand, &b.serialNumber)));
    (known, faults)
}

fn load(path: &Path) -> Result<HealthFile, FaultReason> {
    let unreadable = |error: io::Error| FaultReason::Unreadable(error.to_string());
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > SIZE_LIMIT {
        return Err(FaultReason::Damaged(format!("{size} bytes")));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let file = parse(&bytes)?;
    let named = path.file_stem().and_then(|stem| stem.to_str());
    if named == Some(file.serialNumber.as_str()) {
        Ok(file)
    } else {
        Err(FaultReason::Misnamed(file.serialNumber))
    }
}

fn parse(bytes: &[u8]) -> Result<HealthFile, FaultReason> {
    let damaged = |error: serde_json::Error| FaultReason::Damaged(error.to_string());
    let file: HealthFile = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(error) => {
            // What only a later form has is no damage.
            let form = serde_json::from_slice(bytes).ok().and_then(|Form { form }| form);
            return Err(form
                .filter(|&form| form > FORM.into())
                .map_or_else(|| damaged(error), FaultReason::Newer));
        }
    };
    if file.form > FORM {
        return Err(FaultReason::Newer(file.form.into()));
    }
    let unusable = |what: String| FaultReason::Damaged(what);
    SerialNumber::parse(&file.serialNumber).map_err(|error| unusable(error.to_string()))?;
    NaiveDateTime::parse_from_str(&file.read_at, FORMAT)
        .map_err(|error| unusable(format!("read_at: {error}")))?;
    Ok(file)
}

#[derive(Deserialize)]
struct Form {
    form: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(changes: &[(&str, serde_json::Value)]) -> Vec<u8> {
        let file = HealthFile {
            form: FORM,
            vc: "3.0.0".to_owned(),
            brand: Brand::Atol,
            serialNumber: "00123".to_owned(),
            modelName: None,
            fn_serial: None,
            firmware_version: None,
            link: Link::Usb,
            read_at: "2026-11-20 10:00:00".to_owned(),
            health: Health::default(),
        };
        let mut value = serde_json::to_value(file).expect("serialises");
        changes.iter().for_each(|(key, new)| value[*key] = new.clone());
        value.to_string().into_bytes()
    }

    #[test]
    fn what_was_saved_is_understood() {
        assert_eq!(parse(&text(&[])).map(|file| file.serialNumber), Ok("00123".to_owned()));
    }

    #[test]
    fn newer_forms_are_told_from_damage() {
        let newer = parse(&text(&[("form", 2.into())]));
        assert_eq!(newer, Err(FaultReason::Newer(2)));
        let extended = parse(&text(&[("form", 3.into()), ("mood", "good".into())]));
        assert_eq!(extended, Err(FaultReason::Newer(3)));
        for damaged in [
            text(&[("mood", "good".into())]),
            text(&[("brand", "none".into())]),
            text(&[("read_at", "yesterday".into())]),
            text(&[("serialNumber", "../1".into())]),
            text(&[])[..100].to_vec(),
            b"\xff\x00".to_vec(),
            Vec::new(),
        ] {
            assert!(matches!(parse(&damaged), Err(FaultReason::Damaged(_))));
        }
    }
}
