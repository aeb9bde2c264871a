//! Our own files: records that are old, a restart that does not come, messages and deliveries that wait.

use std::fs;
use std::path::Path;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Value;

use crate::commands::restart;
use crate::context::Context;
use crate::kkt::health::time_text;
use crate::render::doctor::facts::state::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::state::Home;
use crate::state::delivery::{self, Ledger};
use crate::state::fiscals::{self, Fiscals};
use crate::state::outbox::{self, Outbox};
use crate::state::outgoing::{self};
use crate::state::reboot::{self, Reboot};

/// A record that was not renewed for longer is old.
const OLD: TimeDelta = TimeDelta::days(7);
/// Part of the name of a broken file that was set aside.
const SET_ASIDE: &str = ".broken-";

/// Looks at what lies in the home folder.
pub fn check(context: &Context) -> Vec<Finding> {
    let now = context.now();
    [
        files(context),
        records(context, now),
        restart(context, now),
        messages(context, now),
        deliveries(context, now),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn files(context: &Context) -> Vec<Finding> {
    let broken = broken(&context.home, context.now()).into_iter();
    let broken = broken.map(|name| Finding::warning(Check::State, Fact::Broken(name)));
    let aside = set_aside(&context.home.join("_resources"));
    let aside = (!aside.is_empty()).then(|| Finding::warning(Check::State, Fact::SetAside(aside)));
    let found: Vec<Finding> = broken.chain(aside).collect();
    if found.is_empty() { vec![Finding::ok(Check::State, Fact::Fine)] } else { found }
}

/// Names of the state files that are broken. What cannot be read at all is told by those who need it.
fn broken(home: &Home, now: NaiveDateTime) -> Vec<&'static str> {
    let problems = [
        (fiscals::FILE_NAME, Fiscals::load(home, false, now).map(|loaded| loaded.problem)),
        (reboot::FILE_NAME, Reboot::load(home, false, now).map(|loaded| loaded.problem)),
        (delivery::FILE_NAME, Ledger::load(home, false, now).map(|loaded| loaded.problem)),
        (outbox::FILE_NAME, Outbox::load(home, false, now).map(|loaded| loaded.problem)),
    ];
    let is_broken = |(name, problem)| matches!(problem, Ok(Some(_))).then_some(name);
    problems.into_iter().filter_map(is_broken).collect()
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
    let written = written.and_then(time_text::parse);
    written.is_some_and(|written| now - written > OLD)
}

fn restart(context: &Context, now: NaiveDateTime) -> Vec<Finding> {
    let reboot = match Reboot::load(&context.home, false, now) {
        Ok(loaded) => loaded.content,
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

fn messages(context: &Context, now: NaiveDateTime) -> Vec<Finding> {
    let waiting = match Outbox::load(&context.home, false, now) {
        Ok(loaded) => loaded.content.waiting,
        Err(error) => return vec![Finding::problem(Check::Outbox, Fact::Unreadable(error))],
    };
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
        Ok(loaded) => loaded.content,
        Err(error) => return vec![Finding::problem(Check::Delivery, Fact::Unreadable(error))],
    };
    let finding = |server: &delivery::Server| {
        let host = server.host.clone();
        let Some(last) = server.last_failure() else {
            return Finding::ok(Check::Delivery, Fact::Delivered(host));
        };
        let at = last.failed_at.clone().unwrap_or_default();
        let error = last.error.clone().unwrap_or_default();
        Finding::problem(Check::Delivery, Fact::Undelivered { host, count: server.not_accepted(), at, error })
    };
    ledger.servers.iter().map(finding).collect()
}
