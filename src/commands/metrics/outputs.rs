//! The files that `service.json` wants written for monitoring systems.

use std::path::{Path, PathBuf};

use super::known::Known;
use crate::config::Service;
use crate::config::lenient::DataFormat;
use crate::context::Context;
use crate::metrics::{Snapshot, legacy, prometheus, zabbix};
use crate::render::failure::state_message;
use crate::state::{StateError, file};

/// Stands in the name of `data_file` for the serial number, where each register has a file.
const SERIAL: &str = "{serial}";

/// Writes the configured files as of now; the number of those that could not be written.
pub fn write(service: &Service, context: &Context) -> usize {
    let wanted = service.zabbix.data_file.is_some() || service.prometheus.textfile.is_some();
    if wanted { write_known(service, &Known::load(context).snapshot, context) } else { 0 }
}

/// The same for what is known already.
pub fn write_known(service: &Service, snapshot: &Snapshot, context: &Context) -> usize {
    let files = planned(service, snapshot, context);
    let failures = files.iter().filter_map(|(path, content)| file::publish(path, content).err());
    failures.map(|error| complain(&error, context)).count()
}

fn complain(error: &StateError, context: &Context) {
    log::error!("{error}");
    context.output.error(&state_message(error, context.output.lang));
}

/// What is to be written where.
fn planned(service: &Service, snapshot: &Snapshot, context: &Context) -> Vec<(PathBuf, String)> {
    let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let mut files = Vec::new();
    if let Some(name) = named(&service.zabbix.data_file) {
        let form = match service.zabbix.data_format.unwrap_or_default() {
            DataFormat::Zabbix => zabbix::document,
            DataFormat::ZabbixLegacy => legacy::document,
        };
        let parts = parts(&name, snapshot).into_iter();
        files.extend(parts.map(|(name, part)| (context.home.join(name), form(&part))));
    }
    if let Some(name) = named(&service.prometheus.textfile) {
        files.push((context.home.join(name), prometheus::document(snapshot)));
    }
    files.retain(|(path, content)| is_worth_writing(path, content, snapshot));
    files
}

/// One file for all, or one for each register.
fn parts(name: &str, snapshot: &Snapshot) -> Vec<(String, Snapshot)> {
    if !name.contains(SERIAL) {
        return vec![(name.to_owned(), snapshot.clone())];
    }
    let part = |register: &crate::metrics::Register| {
        let own = Snapshot { registers: vec![register.clone()], ..snapshot.clone() };
        (name.replace(SERIAL, &register.serial), own)
    };
    snapshot.registers.iter().map(part).collect()
}

/// Without a reading no file is made; one that is there must not tell of registers that are gone.
fn is_worth_writing(path: &Path, content: &str, snapshot: &Snapshot) -> bool {
    !snapshot.registers.is_empty() || path.exists() && content != legacy::NOTHING
}
