//! The `json` format: health as it stands in the files, for scripts.

use serde::Serialize;

use super::Snapshot;
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::{Brand, Health};
use crate::state::file::json_text;

#[derive(Serialize)]
struct Document<'a> {
    registers: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[expect(non_snake_case, reason = "published names")]
struct Entry<'a> {
    brand: Brand,
    serialNumber: &'a str,
    modelName: Option<&'a str>,
    fn_serial: Option<&'a str>,
    read_at: String,
    age_seconds: i64,
    health: &'a Health,
}

/// The document.
#[must_use]
pub fn document(snapshot: &Snapshot) -> String {
    let entries = snapshot.registers.iter().map(|register| Entry {
        brand: register.brand,
        serialNumber: &register.serial,
        modelName: register.model.as_deref(),
        fn_serial: register.fn_serial.as_deref(),
        read_at: register.read_at.format(FORMAT).to_string(),
        age_seconds: register.age_seconds,
        health: &register.health,
    });
    json_text(&Document { registers: entries.collect() })
}
