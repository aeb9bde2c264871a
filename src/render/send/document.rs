//! The JSON document of `send`: published names, so these types are nobody else's.

use serde::Serialize;

use super::{Delivery, Report, Served};
use crate::render::Lang;

/// The JSON document of `send`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    deliveries: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    server: usize,
    host: Option<&'a str>,
    file: &'a str,
    ok: bool,
    status: Option<u16>,
    attempts: u32,
    error: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Report {
    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> Document<'_> {
        let entries = self
            .servers
            .iter()
            .flat_map(|served| served.deliveries.iter().map(|delivery| entry(served, delivery, lang)));
        Document { deliveries: entries.collect(), dry_run: self.dry_run }
    }
}

fn entry<'a>(served: &'a Served, delivery: &'a Delivery, lang: Lang) -> Entry<'a> {
    Entry {
        server: served.number,
        host: served.host.as_deref(),
        file: &delivery.file,
        ok: delivery.outcome.is_ok(),
        status: delivery.status,
        attempts: delivery.attempts,
        error: delivery.outcome.as_ref().err().map(|trouble| trouble.message(lang).what),
    }
}
