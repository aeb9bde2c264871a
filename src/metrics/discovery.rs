//! Low-level discovery of Zabbix: which registers there are.

use serde::Serialize;

use super::{Register, Snapshot, line};

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(rename = "{#SERIAL}")]
    serial: &'a str,
    #[serde(rename = "{#BRAND}")]
    brand: &'static str,
    #[serde(rename = "{#MODEL}")]
    model: &'a str,
    #[serde(rename = "{#FN}")]
    fn_serial: &'a str,
    #[serde(rename = "{#RNM}")]
    rnm: String,
}

/// The list. Zabbix wants texts: what is unknown is an empty one.
#[must_use]
pub fn document(snapshot: &Snapshot) -> String {
    line(&snapshot.registers.iter().map(entry).collect::<Vec<_>>())
}

fn entry(register: &Register) -> Entry<'_> {
    Entry {
        serial: &register.serial,
        brand: register.brand.key(),
        model: register.model.as_deref().unwrap_or_default(),
        fn_serial: register.fn_serial.as_deref().unwrap_or_default(),
        rnm: register.rnm().unwrap_or_default(),
    }
}
