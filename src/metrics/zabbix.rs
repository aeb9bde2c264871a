//! The `zabbix` format: one document with all registers, the value of a master item.
//!
//! The values of a register stand flat in one object, so that a JSONPath names each without
//! knowing what is nested where. Every key is always there; what is unknown is `null`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Register, Snapshot, line, trimmed};
use crate::kkt::Health;
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::health::{LastError, Registration, ShiftState, flag};

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    generated_at: String,
    workstation: Workstation<'a>,
    registers_count: usize,
    unreadable_files: usize,
    oldest_age_seconds: Option<i64>,
    registers: Vec<Map<String, Value>>,
}

#[derive(Serialize)]
struct Workstation<'a> {
    hostname: Option<&'a str>,
    url_rms: Option<&'a str>,
    teamviewer_id: Option<&'a str>,
    anydesk_id: Option<&'a str>,
    litemanager_id: Option<&'a str>,
    uuid: Option<&'a str>,
}

/// The document, on one line.
#[must_use]
pub fn document(snapshot: &Snapshot) -> String {
    let facts = &snapshot.workstation;
    line(&Document {
        version: env!("CARGO_PKG_VERSION"),
        generated_at: snapshot.now.format(FORMAT).to_string(),
        workstation: Workstation {
            hostname: facts.hostname.as_deref(),
            url_rms: facts.url_rms.as_deref(),
            teamviewer_id: facts.teamviewer_id.as_deref(),
            anydesk_id: facts.anydesk_id.as_deref(),
            litemanager_id: facts.litemanager_id.as_deref(),
            uuid: facts.uuid.as_deref(),
        },
        registers_count: snapshot.registers.len(),
        unreadable_files: snapshot.unreadable_files,
        oldest_age_seconds: snapshot.registers.iter().map(|register| register.age_seconds).max(),
        registers: snapshot.registers.iter().map(|register| entry(register, snapshot)).collect(),
    })
}

fn entry(register: &Register, snapshot: &Snapshot) -> Map<String, Value> {
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| drop(entry.insert(key.to_owned(), value));
    put("brand", register.brand.key().into());
    put("serial", register.serial.as_str().into());
    put("model", register.model.as_deref().into());
    put("rnm", register.rnm().into());
    put("fn", register.fn_serial.as_deref().into());
    put("organization", register.registered(|data| data.organization_name.as_ref()).into());
    put("inn", register.registered(|data| data.organization_vatin.as_ref()).into());
    put("address", register.registered(|data| data.organization_address.as_ref()).into());
    put("ofd", register.registered(|data| data.ofd_name.as_ref()).into());
    put("firmware", register.firmware.as_deref().into());
    put("link", register.link.to_string().into());
    put("read_at", register.read_at.format(FORMAT).to_string().into());
    put("read_timestamp", (snapshot.unix)(register.read_at).into());
    put("age_seconds", register.age_seconds.into());
    entry.extend(flat(register));
    entry
}

/// The health, with nothing nested in it.
fn flat(register: &Register) -> Map<String, Value> {
    let Health { shift_state, errors, last_error, registration, .. } = &register.health;
    let mut flat = object(&register.health);
    for nested in ["errors", "last_error", "registration"] {
        flat.shift_remove(nested);
    }
    flat.insert("shift_state_code".to_owned(), shift_state.map(shift_code).into());
    flat.insert("errors_raised".to_owned(), register.raised().map(|raised| raised.len()).into());
    flat.insert("errors_text".to_owned(), register.raised().map(|raised| raised.join(", ")).into());
    for name in flag::ALL {
        flat.insert(format!("error_{name}"), Value::Null);
    }
    for (name, &raised) in errors.iter().flatten() {
        flat.insert(format!("error_{name}"), raised.into());
    }
    prefixed(&mut flat, "last_error", &last_error.clone().unwrap_or_else(LastError::default));
    if last_error.is_some() {
        empty_instead_of_null(&mut flat, ["last_error_network", "last_error_ofd", "last_error_fn"]);
    }
    prefixed(&mut flat, "registration", &registration.clone().unwrap_or_else(Registration::default));
    flat
}

/// A register that was asked for its errors and names none has none, which must clear a trigger;
/// one that was not asked leaves it as it is.
fn empty_instead_of_null(flat: &mut Map<String, Value>, keys: [&str; 3]) {
    for key in keys {
        if let Some(value @ Value::Null) = flat.get_mut(key) {
            *value = "".into();
        }
    }
}

/// The driver's numbers.
pub(super) fn shift_code(state: ShiftState) -> u8 {
    match state {
        ShiftState::Closed => 0,
        ShiftState::Opened => 1,
        ShiftState::Expired => 2,
    }
}

fn prefixed<T: Serialize>(flat: &mut Map<String, Value>, prefix: &str, value: &T) {
    let clean = |value: Value| value.as_str().map_or(value.clone(), |text| trimmed(Some(text)).into());
    flat.extend(object(value).into_iter().map(|(key, value)| (format!("{prefix}_{key}"), clean(value))));
}

fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
