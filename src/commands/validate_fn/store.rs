//! Keeps what a check has found: known registers, records, the pending restart. Each step is
//! saved before the next one.

use chrono::NaiveDateTime;

use super::plan::{Entry, past};
use crate::commands::{alerts, known, restart, workstation};
use crate::config::lenient::TargetTime;
use crate::config::service::Validation;
use crate::context::Context;
use crate::host::drivers;
use crate::kkt::atol::library::FILE_NAME;
use crate::kkt::passport::SerialNumber;
use crate::logsearch::Pair;
use crate::render::validate::Verdict;
use crate::render::{alert, config};
use crate::state::fiscals::{Fiscals, Group};
use crate::state::outbox::Event;
use crate::state::reboot::{Cause, Reason, Reboot};
use crate::state::record::{self, Facts, time};
use crate::state::{StateError, file, health};

/// What stands on disk.
pub struct Store<'a> {
    context: &'a Context,
    notify: bool,
    facts: Facts,
    atol_driver: Option<String>,
    mitsu_driver: Option<String>,
    /// The known registers.
    pub fiscals: Fiscals,
    /// The restart.
    pub reboot: Reboot,
}

impl<'a> Store<'a> {
    /// Reads what is known; a broken state file is set aside, with a warning. With `notify` events are to be sent.
    pub fn open(context: &'a Context, notify: bool) -> Result<Self, StateError> {
        let local = || drivers::file_version(&context.home.join(FILE_NAME));
        Ok(Self {
            facts: workstation::facts(context, true),
            atol_driver: drivers::atol_version().or_else(local),
            mitsu_driver: drivers::mitsu_version(),
            fiscals: known::load(context, true)?,
            reboot: restart::load(context, true)?,
            context,
            notify,
        })
    }

    /// When the record of a register was written.
    pub fn heard_of(&self, serial: &str, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let serial = SerialNumber::parse(serial).ok()?;
        let written = record::text_of(&self.context.home.records(), &serial, "current_time")?;
        past(&written, now)
    }

    /// Does what the verdict demands, and brings the record up to date.
    ///
    /// # Errors
    /// The first thing that could not be saved; the next pass does the rest.
    pub fn apply(
        &mut self,
        entry: &Entry,
        verdict: Verdict,
        pair: Option<&Pair>,
        rules: &Validation,
    ) -> Result<(), StateError> {
        let serial = entry.known.serialNumber.as_str();
        let now = self.context.now();
        let mut confirmed = None;
        match (verdict, pair) {
            (Verdict::Removed, _) => return self.remove(entry, rules.delete_days),
            (Verdict::Matched, Some(pair)) => {
                self.fiscals.confirm(entry.group, serial, &pair.fn_serial, now);
                self.fiscals.save(&self.context.home)?;
                confirmed = Some(time(Some(now)));
                self.call_off(serial)?;
            }
            (Verdict::Replaced, Some(pair)) => {
                self.demand_restart(entry, Reason::Replaced, Some(&pair.fn_serial), rules)?;
            }
            (Verdict::Forced, _) => self.demand_restart(entry, Reason::Forced, None, rules)?,
            _ => {}
        }
        self.refresh(entry, confirmed)
    }

    /// Notes that a restart is wanted, and announces a mismatch; the same one only once.
    fn demand_restart(
        &mut self,
        entry: &Entry,
        reason: Reason,
        new_fn: Option<&str>,
        rules: &Validation,
    ) -> Result<(), StateError> {
        let (now, known) = (self.context.now(), &entry.known);
        let cause = Cause {
            brand: entry.group,
            serialNumber: known.serialNumber.clone(),
            reason,
            old_fn: known.fn_serial.clone(),
            new_fn: new_fn.map(str::to_owned),
            since: time(Some(now)),
        };
        let before = self.reboot.clone();
        if !self.reboot.note(cause) {
            return Ok(());
        }
        let at = self.plan(rules.target_time);
        // The message goes first: noted but unsaid, it would never be made again.
        if let Some(new_fn) = new_fn {
            let text = alert::replaced(&known.serialNumber, &known.fn_serial, new_fn, at - now, &self.facts);
            self.announce(Event::replaced(&known.serialNumber, new_fn), &text);
        }
        if let Err(error) = self.reboot.save(&self.context.home) {
            self.reboot = before;
            return Err(error);
        }
        log::warn!("{}: {reason:?}, FN {} -> {}", known.serialNumber, known.fn_serial, new_fn.unwrap_or("?"));
        Ok(())
    }

    /// Plans the restart for the time of the configuration.
    fn plan(&mut self, target: TargetTime) -> NaiveDateTime {
        if target == TargetTime::Unclear {
            let warning = config::unclear_time(self.context.output.lang);
            log::warn!("{}", warning.what);
            self.context.output.warning(&warning);
        }
        let at = restart::planned(target, self.context.zoned_now());
        self.reboot.plan(at, false);
        at
    }

    /// A restart whose time has passed without it is planned anew.
    ///
    /// # Errors
    /// When that cannot be saved.
    pub fn replan(&mut self, rules: &Validation) -> Result<(), StateError> {
        let missed = self.reboot.planned().is_none_or(|at| at < self.context.now());
        if !(missed && self.reboot.is_pending()) || self.reboot.scheduled {
            return Ok(());
        }
        self.plan(rules.target_time);
        self.reboot.save(&self.context.home)
    }

    /// A register that needs no restart any more.
    fn call_off(&mut self, serial: &str) -> Result<(), StateError> {
        if !self.reboot.forget(serial) {
            return Ok(());
        }
        log::info!("{serial}: no restart is needed for it any more");
        self.reboot.save(&self.context.home)
    }

    /// The record goes first: what is interrupted is found again by the next pass.
    fn remove(&mut self, entry: &Entry, days: u32) -> Result<(), StateError> {
        let context = self.context;
        let (home, text) = (&context.home, entry.known.serialNumber.as_str());
        if let Ok(serial) = SerialNumber::parse(text) {
            file::remove(&record::path(&home.records(), &serial))?;
            file::remove(&health::path(&home.metrics(), &serial))?;
        }
        self.call_off(text)?;
        self.announce(Event::removed(text, &entry.known.fn_serial), &alert::removed(text, days, &self.facts));
        self.fiscals.remove(entry.group, text);
        self.fiscals.save(home)?;
        log::warn!("{text}: not confirmed for more than {days} days, removed");
        Ok(())
    }

    /// What changes without the register: driver, server, program, workstation. What is unknown
    /// now stays as it was known.
    fn refresh(&self, entry: &Entry, confirmed: Option<String>) -> Result<(), StateError> {
        let Ok(serial) = SerialNumber::parse(&entry.known.serialNumber) else {
            log::warn!("{:?} is no serial number, its record is not touched", entry.known.serialNumber);
            return Ok(());
        };
        let driver = match entry.group {
            Group::Atol => self.atol_driver.clone(),
            Group::Mitsu => self.mitsu_driver.clone(),
            Group::Shtrih => None,
        };
        let values = [
            ("installed_driver", driver),
            ("url_rms", self.facts.url_rms.clone()),
            ("v_time", confirmed),
            ("vc", Some(env!("CARGO_PKG_VERSION").to_owned())),
            ("uuid", self.facts.uuid.clone()),
        ];
        let known: Vec<(&str, String)> =
            values.into_iter().filter_map(|(key, value)| value.map(|value| (key, value))).collect();
        record::refresh(&self.context.home.records(), &serial, &known).map(drop)
    }

    fn announce(&self, event: Event, text: &str) {
        alerts::announce(event, text, self.notify, self.context);
    }
}
