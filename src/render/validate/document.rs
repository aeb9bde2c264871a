//! The JSON document of `validate-fn`: published names, so these types are nobody else's.

use serde::Serialize;

use super::{Checked, Report, Verdict};
use crate::kkt::health::time_text::FORMAT;
use crate::render::Lang;
use crate::state::fiscals::Group;

/// The JSON document of `validate-fn`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    registers: Vec<Entry<'a>>,
    reboot_pending: bool,
    reboot_at: Option<String>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
#[expect(non_snake_case, reason = "published names")]
struct Entry<'a> {
    brand: Group,
    serialNumber: &'a str,
    fn_serial: &'a str,
    verdict: Verdict,
    log_fn: Option<&'a str>,
    log_file: Option<String>,
    log_time: Option<String>,
    v_time: &'a str,
}

impl Report {
    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> Document<'_> {
        let unsaved = self.registers.iter().filter_map(|checked| checked.trouble.clone());
        let warnings = self.troubles.iter().map(|trouble| trouble.message(lang)).chain(unsaved);
        Document {
            registers: self.registers.iter().map(Checked::entry).collect(),
            reboot_pending: self.reboot_pending,
            reboot_at: self.reboot_at.map(|at| at.format(FORMAT).to_string()),
            warnings: warnings.map(|message| message.what).collect(),
        }
    }
}

impl Checked {
    fn entry(&self) -> Entry<'_> {
        let pair = self.pair.as_ref();
        Entry {
            brand: self.group,
            serialNumber: &self.serial,
            fn_serial: &self.fn_serial,
            verdict: self.verdict,
            log_fn: pair.map(|pair| pair.fn_serial.as_str()),
            log_file: pair.map(|pair| pair.file.display().to_string()),
            log_time: pair.and_then(|pair| pair.time).map(|time| time.format(FORMAT).to_string()),
            v_time: &self.v_time,
        }
    }
}
