//! What the files of the home folder say, each read by itself: one that cannot be used is a fault
//! that takes nothing else away.

use std::path::Path;

use chrono::NaiveDateTime;

use super::{judge, merge};
use crate::config::{self, Service};
use crate::context::Context;
use crate::kkt::health::time_text::parse;
use crate::metrics::Register as Health;
use crate::render::Lang;
use crate::render::failure::{Message, message, state_message};
use crate::render::metrics as health_text;
use crate::render::send::record_message;
use crate::render::status::{Check, Fault, Register, Report, Restart, Server, TaskState, Tasks, damaged};
use crate::schedule::tasks::{self, TaskError};
use crate::state::delivery::{self, Ledger};
use crate::state::fiscals::{self, Fiscals};
use crate::state::health;
use crate::state::reboot::{self, Reboot};
use crate::state::stored::{self, AllStored};
use crate::state::{Home, Loaded, StateError};

/// Everything that is known now.
pub fn report(context: &Context) -> Report {
    let now = context.now();
    let mut files = Files { home: &context.home, lang: context.output.lang, now, faults: Vec::new() };
    let service = files.service(context);
    let fiscals = files.state(fiscals::FILE_NAME, Fiscals::load, true);
    let records = files.records();
    let health = files.health();
    let reboot = files.state(reboot::FILE_NAME, Reboot::load, false);
    let ledger = files.state(delivery::FILE_NAME, Ledger::load, false);
    let registers = merge::merge(&fiscals, records.registers, health, now);
    let judged = judge::Rules { validation: &service.validation_fn, reboot: &reboot, now };
    let mut registers: Vec<_> =
        registers.into_iter().map(|known| judged.register(known, &ledger, context.output.lang)).collect();
    registers.sort_by_key(Register::urgency);
    let check =
        check(&service, &registers.iter().filter_map(|register| register.check_at).collect::<Vec<_>>(), now);
    Report {
        now,
        registers,
        reboot: restart(&reboot),
        servers: servers(&ledger),
        tasks: tasks(),
        check,
        delivery: service.sending_data.enabled,
        workstation_at: records.workstation,
        faults: files.faults,
    }
}

/// The files that are read, and those that cannot be used.
struct Files<'a> {
    home: &'a Home,
    lang: Lang,
    now: NaiveDateTime,
    faults: Vec<Fault>,
}

impl Files<'_> {
    fn note(&mut self, file: &Path, message: Message) {
        let file = file.strip_prefix(self.home.path()).unwrap_or(file);
        self.faults.push(Fault { file: file.display().to_string(), message });
    }

    /// What was read, or nothing with a fault.
    fn or_fault<T: Default>(&mut self, file: &Path, outcome: Result<T, StateError>) -> T {
        outcome.unwrap_or_else(|error| {
            self.note(file, state_message(&error, self.lang));
            T::default()
        })
    }

    fn service(&mut self, context: &Context) -> Service {
        context.service().unwrap_or_else(|error| {
            self.note(&self.home.join(config::SERVICE_FILE), message(&error.into(), self.lang));
            Service::default()
        })
    }

    /// A state file that goes on without what was in it when it is broken.
    fn state<T: Default>(
        &mut self,
        name: &str,
        load: fn(&Home, bool, NaiveDateTime) -> Result<Loaded<T>, StateError>,
        rebuilt: bool,
    ) -> T {
        let path = self.home.resource(name);
        let outcome = load(self.home, false, self.now);
        let loaded = self.or_fault(&path, outcome);
        if let Some(problem) = loaded.problem {
            self.note(&path, damaged(&path, &problem, rebuilt, self.lang));
        }
        loaded.content
    }

    fn records(&mut self) -> AllStored {
        let folder = self.home.records();
        let mut all = self.or_fault(&folder, stored::load_all(&folder));
        for (path, error) in std::mem::take(&mut all.faults) {
            let message = record_message(&error, self.lang);
            let what = format!("{}: {}", path.display(), message.what);
            self.note(&path, Message { what, ..message });
        }
        all
    }

    fn health(&mut self) -> Vec<Health> {
        let (files, faults) = health::load_all(&self.home.metrics());
        for fault in faults {
            self.note(&fault.path, health_text::fault(&fault, self.lang));
        }
        files.into_iter().filter_map(|file| Health::new(file, self.now)).collect()
    }
}

fn restart(reboot: &Reboot) -> Option<Restart> {
    let reason = reboot.reason()?;
    Some(Restart {
        reason,
        at: reboot.planned(),
        scheduled: reboot.scheduled,
        registers: reboot.registers.clone(),
    })
}

fn servers(ledger: &Ledger) -> Vec<Server> {
    let server = |server: &delivery::Server| {
        let last = server.last_failure();
        Server {
            server: server.host.clone(),
            accepted_at: server.last_accepted().and_then(parse),
            records: server.files.len(),
            not_accepted: server.not_accepted(),
            failed_at: last.and_then(|file| parse(file.failed_at.as_deref()?)),
            error: last.and_then(|file| file.error.clone()),
        }
    };
    ledger.servers.iter().map(server).collect()
}

fn tasks() -> Tasks {
    let state = |name| match tasks::is_registered(name) {
        Ok(true) => TaskState::Registered,
        Ok(false) => TaskState::Missing,
        Err(TaskError::NotWindows) => TaskState::None,
        Err(_) => TaskState::Unknown,
    };
    Tasks { boot: state(tasks::BOOT), interval: state(tasks::INTERVAL), reboot: state(tasks::REBOOT) }
}

/// The check by log that comes next; `times` are those from which on registers are due.
fn check(service: &Service, times: &[NaiveDateTime], now: NaiveDateTime) -> Check {
    let rules = &service.validation_fn;
    Check {
        enabled: rules.enabled,
        every_hours: rules.interval,
        due: times.iter().filter(|at| **at <= now).count(),
        next_due_at: times.iter().filter(|at| **at > now).min().copied(),
    }
}
