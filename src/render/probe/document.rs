//! The JSON document of `probe`: published names, so these types are nobody else's.

use serde::Serialize;

use super::plugin::{PluginEntry, PluginFailure, PluginRun};
use super::{Failed, Read, Report};
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::{Brand, Health, Link};
use crate::render::printable::printable;
use crate::render::{Lang, read_error};
use crate::state::fiscals::Group;
use crate::state::record::Record;

/// The JSON document of `probe`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    version: &'static str,
    started: String,
    duration_ms: u64,
    registers: Vec<RegisterEntry<'a>>,
    failures: Vec<FailureEntry>,
    driver: Option<DriverEntry>,
    plugin: Option<PluginEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct DriverEntry {
    path: String,
    bits: u32,
    version: Option<String>,
}

#[derive(Debug, Serialize)]
struct RegisterEntry<'a> {
    brand: Brand,
    link: &'a Link,
    file: Option<&'a str>,
    record: &'a Record,
    health: Option<&'a Health>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FailureEntry {
    brand: Group,
    link: Option<String>,
    kind: &'static str,
    message: String,
    hint: Option<String>,
}

impl Report {
    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> Document<'_> {
        Document {
            version: env!("CARGO_PKG_VERSION"),
            started: self.started.format(FORMAT).to_string(),
            duration_ms: self.duration_ms,
            registers: self.read.iter().map(|read| read.entry(lang)).collect(),
            failures: self.failures(lang),
            driver: self.library.as_ref().map(|library| DriverEntry {
                path: library.path.display().to_string(),
                bits: library.bits,
                version: self.driver_version(),
            }),
            plugin: self.plugin.as_ref().map(PluginRun::entry),
        }
    }

    fn failures(&self, lang: Lang) -> Vec<FailureEntry> {
        let own = self.failed.iter().map(|failed| failed.entry(lang));
        own.chain(self.plugin_failures(lang).into_iter().map(FailureEntry::from)).collect()
    }
}

impl Read {
    fn entry(&self, lang: Lang) -> RegisterEntry<'_> {
        RegisterEntry {
            brand: self.brand,
            link: &self.link,
            file: self.file.as_deref(),
            record: &self.record,
            health: self.reading.health.as_ref(),
            warnings: self.warnings(lang),
        }
    }
}

impl Failed {
    fn entry(&self, lang: Lang) -> FailureEntry {
        let message = read_error::message(&self.error, lang);
        FailureEntry {
            brand: self.brand.into(),
            link: self.link.as_ref().map(Link::to_string),
            kind: self.error.kind().key(),
            message: printable(&message.what).into_owned(),
            hint: message.advice,
        }
    }
}

impl From<PluginFailure> for FailureEntry {
    fn from(failure: PluginFailure) -> Self {
        let PluginFailure { kind, message } = failure;
        Self {
            brand: Group::Shtrih,
            link: None,
            kind: kind.key(),
            message: printable(&message.what).into_owned(),
            hint: message.advice,
        }
    }
}
