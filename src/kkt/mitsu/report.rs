//! What a register's replies mean in the words that all brands share. Pure: replies in, passport
//! and health out; a reply that is missing leaves its values unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use super::command::{FnState, OfdQueue, Printer, Registration, Shift, Version};
use crate::kkt::health::{self, flag};
use crate::kkt::passport::{Item, SerialNumber};
use crate::kkt::{Health, Passport, ReadError};

/// FN warning bits of `GET INFO='F'`.
const REPLACE_FN: u32 = 1;
const FN_EXHAUSTED: u32 = 1 << 1;
const FN_MEMORY_FULL: u32 = 1 << 2;
const OFD_TIMEOUT: u32 = 1 << 3;

/// Everything that one session was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replies {
    /// `GET DEV`: name of the model.
    pub device: Option<String>,
    /// `GET VER`.
    pub version: Version,
    /// `GET REG`.
    pub registration: Option<Registration>,
    /// `GET INFO='F'`.
    pub fn_state: Option<FnState>,
    /// `GET INFO='0'`.
    pub shift: Option<Shift>,
    /// `GET INFO='O'`.
    pub ofd_queue: Option<OfdQueue>,
    /// `DEVICE JOB='3'`.
    pub printer: Option<Printer>,
    /// The register's clock, and how long after the beginning it was read.
    pub clock: Option<(NaiveDateTime, Duration)>,
}

impl Replies {
    /// Who the register is.
    ///
    /// # Errors
    /// [`ReadError::NoSerial`], [`ReadError::StrangeSerial`].
    pub fn passport(&self) -> Result<Passport, ReadError> {
        let registered = self.registration.clone().unwrap_or_default();
        let serial = self.version.serial.as_ref().or(registered.serial.as_ref());
        let serial = SerialNumber::parse(serial.ok_or(ReadError::NoSerial)?)?;
        let fn_state = self.fn_state.as_ref();
        Ok(Passport {
            model_name: self.model_name(),
            registration_number: registered.registration_number,
            organization_name: registered.organization_name,
            inn: registered.inn,
            address: registered.address,
            ofd_name: registered.ofd_name,
            registered_at: registered.made_at,
            fn_serial: self.fn_serial(),
            fn_edition: Item::from(fn_state.and_then(|state| state.edition.clone())),
            fn_valid_until: self.fn_valid_until(),
            ffd_version: registered.ffd_version,
            firmware_version: self.version.firmware.clone(),
            excise: registered.modes.excise,
            marked: Item::from(registered.modes.marked),
            ..Passport::new(serial)
        })
    }

    /// How the register is; `now` is the moment at which the session began.
    #[must_use]
    pub fn health(&self, now: NaiveDateTime) -> Health {
        let warnings = self.fn_state.as_ref().and_then(|state| state.warnings);
        let warned = |bit: u32| warnings.map(|mask| mask & bit != 0);
        let valid_until = self.fn_valid_until();
        let first_unsent = self.ofd_queue.as_ref().and_then(|queue| queue.first_at);
        Health {
            fn_days_left: valid_until.map(|end| (end.date() - now.date()).num_days()),
            fn_valid_until: valid_until,
            fn_need_replacement: warned(REPLACE_FN),
            fn_resource_exhausted: warned(FN_EXHAUSTED),
            fn_memory_overflow: warned(FN_MEMORY_FULL),
            ofd_unsent_count: self.ofd_queue.as_ref().and_then(|queue| queue.unsent),
            ofd_first_unsent_at: first_unsent,
            // A document from the future comes from a clock that is ahead; it has no age yet.
            ofd_first_unsent_age_days: first_unsent.map(|at| (now - at).num_days().max(0)),
            shift_state: self.shift.and_then(|shift| shift.state),
            shift_number: self.shift.and_then(|shift| shift.number),
            paper_present: self.printer.and_then(paper_present),
            paper_near_end: self.printer.and_then(paper_near_end),
            cover_opened: self.printer.and_then(cover_opened),
            clock_at: self.clock.map(|(clock, _)| clock),
            clock_skew_seconds: self.clock.map(|(clock, after)| skew(clock, now, after)),
            errors: errors(warned(OFD_TIMEOUT), self.printer),
            registration: self.registration.as_ref().map(registration),
            ..Health::default()
        }
    }

    /// The FN's number as the FN itself gave it. The registration has one too, but of the FN that
    /// was in the register then.
    #[must_use]
    pub fn fn_serial(&self) -> Option<String> {
        let told = self.fn_state.as_ref().and_then(|state| state.serial.as_ref());
        told.or(self.ofd_queue.as_ref().and_then(|queue| queue.fn_serial.as_ref())).cloned()
    }

    fn model_name(&self) -> Option<String> {
        let device = self.device.as_ref()?;
        match self.registration.as_ref().and_then(|data| data.model_version.as_ref()) {
            Some(version) => Some(format!("{device} {version}")),
            None => Some(device.clone()),
        }
    }

    fn fn_valid_until(&self) -> Option<NaiveDateTime> {
        Some(self.fn_state.as_ref()?.valid_until?.and_time(NaiveTime::MIN))
    }
}

fn skew(clock: NaiveDateTime, now: NaiveDateTime, after: Duration) -> i64 {
    let after = TimeDelta::from_std(after).unwrap_or_default();
    (clock - now - after).num_seconds()
}

fn paper_present(printer: Printer) -> Option<bool> {
    match printer {
        Printer::Ready | Printer::PaperLow => Some(true),
        Printer::NoPaper => Some(false),
        _ => None,
    }
}

fn paper_near_end(printer: Printer) -> Option<bool> {
    match printer {
        Printer::Ready => Some(false),
        Printer::PaperLow => Some(true),
        _ => None,
    }
}

fn cover_opened(printer: Printer) -> Option<bool> {
    match printer {
        Printer::Ready => Some(false),
        Printer::CoverOpen => Some(true),
        _ => None,
    }
}

/// The flags that were spoken of. A printer in trouble tells one trouble and is silent on the
/// others, so only a printer that is ready has them all down.
fn errors(ofd_timeout: Option<bool>, printer: Option<Printer>) -> Option<BTreeMap<String, bool>> {
    let printer_flags: &[(&str, bool)] = match printer {
        Some(Printer::Ready) => {
            &[(flag::PRINTER_OFFLINE, false), (flag::CUTTER_FAULT, false), (flag::PRINTER_FAULT, false)]
        }
        Some(Printer::Offline) => &[(flag::PRINTER_OFFLINE, true)],
        Some(Printer::CutterFault) => &[(flag::CUTTER_FAULT, true)],
        Some(Printer::OtherFault) => &[(flag::PRINTER_FAULT, true)],
        _ => &[],
    };
    let ofd_flag = ofd_timeout.map(|raised| (flag::OFD_TIMEOUT, raised));
    let told = printer_flags.iter().copied().chain(ofd_flag);
    let flags: BTreeMap<String, bool> = told.map(|(name, raised)| (name.to_owned(), raised)).collect();
    (!flags.is_empty()).then_some(flags)
}

fn registration(data: &Registration) -> health::Registration {
    let modes = data.modes;
    health::Registration {
        taxation_types: data.taxation_types,
        agent_sign: None,
        ffd_version: data.ffd_version,
        auto_mode: modes.auto,
        offline_mode: modes.offline,
        encryption: modes.encryption,
        internet: modes.internet,
        service: modes.service,
        bso: modes.bso,
        lottery: modes.lottery,
        gambling: modes.gambling,
        excise: modes.excise,
        machine_installation: modes.machine_installation,
        fns_url: data.fns_url.clone(),
        organization_address: data.address.clone(),
        organization_vatin: data.inn.clone(),
        organization_name: data.organization_name.clone(),
        organization_email: data.email.clone(),
        payments_address: data.place.clone(),
        registration_number: data.registration_number.clone(),
        machine_number: data.machine_number.clone(),
        ofd_vatin: data.ofd_inn.clone(),
        ofd_name: data.ofd_name.clone(),
    }
}
