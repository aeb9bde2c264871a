//! `metrics/<serialNumber>.json`: the health of a register, and where it came from.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::record::time;
use super::{StateError, file};
use crate::kkt::passport::{Passport, SerialNumber};
use crate::kkt::{Brand, Health, Link};

/// Version of the form; a reader refuses newer ones.
const FORM: u32 = 1;

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
