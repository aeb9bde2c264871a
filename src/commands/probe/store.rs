//! Saves what registers said, one by one.

use super::ProbeArgs;
use crate::commands::{known, restart, workstation};
use crate::context::Context;
use crate::host::drivers;
use crate::kkt::{Brand, Reading, Target};
use crate::render::failure::{Message, state_message};
use crate::render::probe::Read;
use crate::render::probe::plugin::PluginRun;
use crate::state::file::Lock;
use crate::state::fiscals::{Fiscals, Group};
use crate::state::plugin::{Found, Snapshot};
use crate::state::reboot::Reboot;
use crate::state::record::{self, Facts, NONE, Record, WorkstationRecord};
use crate::state::{StateError, health};

/// The lock. A reading that is not saved needs it only so that two programs do not fight for a
/// port, so a home folder that cannot be written does not stop it.
pub fn lock(args: &ProbeArgs, context: &Context) -> Result<Option<Lock>, StateError> {
    match context.lock() {
        Ok(lock) => Ok(Some(lock)),
        Err(error @ StateError::Write { .. }) if args.no_save => {
            log::warn!("{error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Saves what registers said.
pub struct Store<'a> {
    context: &'a Context,
    save: bool,
    facts: Facts,
    fiscals: Fiscals,
    reboot: Reboot,
    installed_driver: Option<String>,
}

impl<'a> Store<'a> {
    /// Gathers the facts about the workstation and the registers that are known.
    pub fn open(
        context: &'a Context,
        save: bool,
        installed_driver: Option<String>,
    ) -> Result<Self, StateError> {
        let facts = workstation::facts(context, save);
        let (fiscals, reboot) = (known::load(context, save)?, restart::load(context, save)?);
        Ok(Self { context, save, facts, fiscals, reboot, installed_driver })
    }

    /// Saves record, health and the known FN of a register. What cannot be saved is said; what
    /// was saved before stays.
    pub fn keep(&mut self, target: Target, mut reading: Reading) -> Read {
        let now = self.context.now();
        let Target { brand, link } = target;
        if brand == Brand::Mitsu {
            reading.passport.driver_version = drivers::mitsu_version();
        }
        let passport = &reading.passport;
        let serial = &passport.serial_number;
        log::info!("{brand} {link}: read {serial}, FN {}", passport.fn_serial.as_deref().unwrap_or(NONE));
        reading.warnings.iter().for_each(|warning| log::warn!("{serial}: {warning}"));
        let confirmed = match (&passport.fn_serial, self.fiscals.find(brand, serial)) {
            (None, Some(known)) => known.v_time.clone(),
            (None, None) => NONE.to_owned(),
            (Some(_), _) => record::time(Some(now)),
        };
        let mut record = Record::new(brand, passport, &self.facts, now, &confirmed);
        if let (Brand::Atol, Some(version)) = (brand, &self.installed_driver) {
            record.installed_driver.clone_from(version);
        }
        let mut troubles = Vec::new();
        let mut file = None;
        if self.save {
            match record::save(&self.context.home.records(), serial, &record) {
                Ok(path) => file = self.relative(&path),
                Err(error) => troubles.push(self.trouble(&error)),
            }
            let saved = reading.health.as_ref().map_or(Ok(()), |values| {
                health::save(&self.context.home.metrics(), brand, &link, passport, values, now).map(drop)
            });
            troubles.extend(saved.err().map(|error| self.trouble(&error)));
        }
        if let Some(fn_serial) = &passport.fn_serial {
            self.fiscals.confirm(brand, serial.as_str(), fn_serial.trim(), now);
            troubles.extend(self.settle(serial.as_str(), fn_serial).err().map(|error| self.trouble(&error)));
            let saved = if self.save { self.fiscals.save(&self.context.home) } else { Ok(()) };
            troubles.extend(saved.err().map(|error| self.trouble(&error)));
        }
        Read { brand, link, reading, record, file, troubles }
    }

    /// Leaves a record of the workstation alone: the plugin takes from it what it does not know, and
    /// from the record of another register, with that register's data, if there is none.
    pub fn tell_the_plugin(&self) -> Option<Message> {
        let record = WorkstationRecord::new(&self.facts, self.context.now());
        let saved = record::save_workstation(&self.context.home.records(), &record);
        saved.err().map(|error| self.trouble(&error))
    }

    /// Completes the plugin's records and notes their registers as known.
    pub fn adopt(&mut self, before: &Snapshot, run: &mut PluginRun) {
        for record in before.shtrih_records(&self.context.home.records()) {
            let adopted = match record {
                Ok(found) if self.is_of_others(&found) => continue,
                Ok(found) => self.adopt_one(found, run),
                Err(unusable) => {
                    log::warn!("plugin: {}: {}", unusable.name, unusable.problem);
                    run.unusable.extend(Some(unusable).filter(|unusable| unusable.fresh));
                    continue;
                }
            };
            run.troubles.extend(adopted.err().map(|error| self.trouble(&error)));
        }
    }

    fn is_of_others(&self, found: &Found) -> bool {
        let knows = |group| self.fiscals.knows(group, found.serial.as_str());
        knows(Group::Atol) || knows(Group::Mitsu)
    }

    /// A register whose FN is not told stays as it was known.
    fn adopt_one(&mut self, mut found: Found, run: &mut PluginRun) -> Result<(), StateError> {
        let now = self.context.now();
        let serial = found.serial.to_string();
        let is_new = !self.fiscals.knows(Group::Shtrih, &serial);
        if found.fresh {
            log::info!("plugin: {serial}, FN {}", found.fn_serial.as_deref().unwrap_or(NONE));
            run.serials.push(serial.clone());
        }
        found.complete(&self.facts, now)?;
        let fn_serial = match &found.fn_serial {
            Some(fn_serial) if found.fresh || is_new => fn_serial.as_str(),
            None if is_new => NONE,
            _ => return Ok(()),
        };
        let confirmed = if found.fresh { now } else { found.confirmed(now) };
        self.fiscals.confirm(Group::Shtrih, &serial, fn_serial, confirmed);
        self.fiscals.save(&self.context.home)?;
        if found.fresh { self.settle(&serial, fn_serial) } else { Ok(()) }
    }

    /// After all have answered or not: a workstation without a register gets a record of its
    /// own, one with a register needs none. Silence says nothing when not all were asked.
    pub fn finish(&self, answered: bool, all_asked: bool) {
        if !self.save || !(answered || all_asked) {
            return;
        }
        let records = self.context.home.records();
        let done = if answered {
            record::remove_workstation(&records)
        } else {
            record::save_workstation(&records, &WorkstationRecord::new(&self.facts, self.context.now()))
                .map(drop)
        };
        if let Err(error) = done {
            self.context.output.warning(&self.trouble(&error));
        }
    }

    /// A restart that was to get this register read is pending no more.
    fn settle(&mut self, serial: &str, fn_serial: &str) -> Result<(), StateError> {
        if !self.save || !self.reboot.settle(serial, fn_serial) {
            return Ok(());
        }
        log::info!("{serial}: read, so no restart is needed for it any more");
        self.reboot.save(&self.context.home)
    }

    fn trouble(&self, error: &StateError) -> Message {
        log::error!("{error}");
        state_message(error, self.context.output.lang)
    }

    /// Path below the home folder, with slashes as in the documents.
    fn relative(&self, path: &std::path::Path) -> Option<String> {
        let path = path.strip_prefix(self.context.home.path()).unwrap_or(path);
        Some(path.to_string_lossy().replace('\\', "/"))
    }
}
