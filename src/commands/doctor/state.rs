//! Our own files: records that are old, a restart that does not come, messages and deliveries that wait.

use std::fs;
use std::path::Path;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Value;

use super::finding::{Check, Finding};
use crate::commands::restart;
use crate::context::Context;
use crate::kkt::health::time_text::FORMAT;
use crate::state::delivery::{self, Delivered, Ledger};
use crate::state::outbox::{self, Outbox};
use crate::state::outgoing::{self, RecordError};
use crate::state::reboot::Reboot;
use crate::state::{StateError, file};

/// A record that was not renewed for longer is old.
const OLD: TimeDelta = TimeDelta::days(7);
/// State files that are repaired when they are broken.
const REPAIRED: [&str; 4] = ["fiscals.json", "reboot.json", delivery::FILE_NAME, outbox::FILE_NAME];
/// Part of the name of a broken file that was set aside.
const SET_ASIDE: &str = ".broken-";

/// What is said of our own files.
pub enum Fact {
    /// None is broken.
    Fine,
    /// A state file is broken and will be rebuilt.
    Broken(&'static str),
    /// Broken files that were set aside.
    SetAside(Vec<String>),
    /// A file or folder cannot be read.
    Unreadable(StateError),
    /// Records, all of them fresh.
    Records(usize),
    /// There are no records.
    NoRecords,
    /// Records that were not renewed for a week.
    Old(Vec<String>),
    /// A record that cannot be sent.
    BadRecord(String, RecordError),
    /// No restart is pending.
    NoRestart,
    /// A restart is pending.
    Restart(Option<NaiveDateTime>),
    /// It is, and its time is over.
    RestartOverdue(NaiveDateTime),
    /// No message waits.
    NoMessages,
    /// Messages wait.
    Messages {
        /// How many.
        count: usize,
        /// Since when the oldest one does.
        since: String,
    },
    /// Everything that was sent was accepted.
    Delivered(String),
    /// A server has not accepted something.
    Undelivered {
        /// The server.
        host: String,
        /// How many records.
        count: usize,
        /// When that was last.
        at: String,
        /// Why.
        error: String,
    },
}

/// Looks at what lies in the home folder.
pub fn check(context: &Context) -> Vec<Finding> {
    let now = context.now();
    [
        files(context),
        records(context, now),
        restart(context, now),
        messages(context),
        deliveries(context, now),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn files(context: &Context) -> Vec<Finding> {
    let broken = REPAIRED.into_iter().filter(|name| is_broken(&context.home.resource(name)));
    let broken = broken.map(|name| Finding::warning(Check::State, Fact::Broken(name)));
    let aside = set_aside(&context.home.join("_resources"));
    let aside = (!aside.is_empty()).then(|| Finding::warning(Check::State, Fact::SetAside(aside)));
    let found: Vec<Finding> = broken.chain(aside).collect();
    if found.is_empty() { vec![Finding::ok(Check::State, Fact::Fine)] } else { found }
}

fn is_broken(path: &Path) -> bool {
    file::read(path).ok().flatten().is_some_and(|text| serde_json::from_str::<Value>(&text).is_err())
}

/// Names of the broken files that were set aside in a folder.
pub fn set_aside(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.contains(SET_ASIDE)).collect();
    names.sort();
    names
}

fn records(context: &Context, now: NaiveDateTime) -> Vec<Finding> {
    let files = match outgoing::files(&context.home.records()) {
        Ok(files) => files,
        Err(error) => return vec![Finding::problem(Check::Records, Fact::Unreadable(error))],
    };
    let (mut old, mut bad) = (Vec::new(), Vec::new());
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match outgoing::read(path) {
            Ok(bytes) if is_old(&bytes, now) => old.push(name),
            Ok(_) => {}
            Err(error) => bad.push(Finding::problem(Check::Records, Fact::BadRecord(name, error))),
        }
    }
    let old = (!old.is_empty()).then(|| Finding::warning(Check::Records, Fact::Old(old)));
    let found: Vec<Finding> = bad.into_iter().chain(old).collect();
    match files.len() {
        0 => vec![Finding::warning(Check::Records, Fact::NoRecords)],
        count if found.is_empty() => vec![Finding::ok(Check::Records, Fact::Records(count))],
        _ => found,
    }
}

/// A record without a readable time is of others, who may renew it as they like.
fn is_old(record: &[u8], now: NaiveDateTime) -> bool {
    let record: Value = serde_json::from_slice(record).unwrap_or_default();
    let written = record.get("current_time").and_then(Value::as_str);
    let written = written.and_then(|time| NaiveDateTime::parse_from_str(time, FORMAT).ok());
    written.is_some_and(|written| now - written > OLD)
}

fn restart(context: &Context, now: NaiveDateTime) -> Vec<Finding> {
    let reboot = match Reboot::load(&context.home, false, now) {
        Ok(loaded) => loaded.reboot,
        Err(error) => return vec![Finding::problem(Check::Restart, Fact::Unreadable(error))],
    };
    vec![match reboot.planned() {
        _ if !reboot.is_pending() => Finding::ok(Check::Restart, Fact::NoRestart),
        Some(at) if restart::is_late(&reboot, now) => {
            Finding::problem(Check::Restart, Fact::RestartOverdue(at))
        }
        // Without a time it waits for the next run of `schedule-reboot`.
        at => Finding::warning(Check::Restart, Fact::Restart(at)),
    }]
}

/// Reading must not set a broken file aside, so that it is not opened as `notify` does.
fn messages(context: &Context) -> Vec<Finding> {
    let text = file::read(&context.home.resource(outbox::FILE_NAME)).ok().flatten();
    let outbox = text.and_then(|text| serde_json::from_str::<Outbox>(&text).ok());
    let waiting = outbox.map(|outbox| outbox.waiting).unwrap_or_default();
    vec![match waiting.first() {
        None => Finding::ok(Check::Outbox, Fact::NoMessages),
        Some(oldest) => {
            let (count, since) = (waiting.len(), oldest.since.clone());
            Finding::warning(Check::Outbox, Fact::Messages { count, since })
        }
    }]
}

fn deliveries(context: &Context, now: NaiveDateTime) -> Vec<Finding> {
    let ledger = match Ledger::load(&context.home, false, now) {
        Ok(loaded) => loaded.ledger,
        Err(error) => return vec![Finding::problem(Check::Delivery, Fact::Unreadable(error))],
    };
    let finding = |server: &delivery::Server| {
        let failed: Vec<&Delivered> = server.files.values().filter(|file| file.failed_at.is_some()).collect();
        let host = server.host.clone();
        let Some(last) = failed.iter().max_by_key(|file| file.failed_at.as_deref()) else {
            return Finding::ok(Check::Delivery, Fact::Delivered(host));
        };
        let at = last.failed_at.clone().unwrap_or_default();
        let error = last.error.clone().unwrap_or_default();
        Finding::problem(Check::Delivery, Fact::Undelivered { host, count: failed.len(), at, error })
    };
    ledger.servers.iter().map(finding).collect()
}
