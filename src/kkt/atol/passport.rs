//! Answers that make the passport; what of them is health goes there.

use chrono::NaiveDateTime;

use super::driver::Failure;
use super::params::{self, tag};
use super::session::Session;
use crate::kkt::health::Registration;
use crate::kkt::passport::{Item, SerialNumber};
use crate::kkt::{Health, Passport, ReadError};

/// Serial number and model: the first question, which also tells whether anybody is there.
///
/// # Errors
/// The driver's error when it does not answer, [`ReadError::NoSerial`] when it answers without a
/// serial number, [`ReadError::StrangeSerial`].
pub(super) fn identity(session: &mut Session<'_>) -> Result<(SerialNumber, Option<String>), ReadError> {
    let failure = session.put(&params::STATUS, |_| Ok(())).err();
    if let Some(failure) = failure.as_ref().filter(|failure| failure.is_loss()) {
        return Err(no_identity(failure.clone()));
    }
    let (mut serial, model) = match &failure {
        None => (session.text(params::SERIAL_NUMBER), session.text(params::MODEL_NAME)),
        Some(_) => (None, None),
    };
    if serial.as_deref().is_none_or(is_blank) {
        serial = session.ask(&params::SERIAL, |s| s.text(params::SERIAL_NUMBER)).flatten();
    }
    match (serial, failure) {
        (None, Some(failure)) => Err(no_identity(failure)),
        (None, None) => Err(ReadError::NoSerial),
        (Some(serial), failure) => {
            let serial = SerialNumber::parse(&serial)?;
            failure.into_iter().for_each(|failure| session.unanswered(&params::STATUS, failure));
            Ok((serial, model))
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').is_empty()
}

fn no_identity(failure: Failure) -> ReadError {
    let during = params::STATUS.name.to_owned();
    match failure {
        Failure::Refused { code, text } => ReadError::Driver { during, code, text },
        Failure::Missing(symbol) => {
            ReadError::Driver { during, code: -1, text: format!("the driver has no {symbol}") }
        }
    }
}

/// Registration data, all tags from one answer.
pub(super) fn registration(session: &mut Session<'_>, passport: &mut Passport, health: &mut Health) {
    let too_old = session.lacks_marked_goods();
    let answer = session.ask(&params::REG_INFO, |s| {
        let marked = if too_old { None } else { s.flag(params::TRADE_MARKED_PRODUCTS) };
        (tags(s), marked)
    });
    let (registration, marked) = answer.unzip();
    passport.marked = if too_old { Item::Unsupported } else { marked.flatten().into() };
    let Some(registration) = registration else { return };
    passport.registration_number.clone_from(&registration.registration_number);
    passport.organization_name.clone_from(&registration.organization_name);
    passport.inn.clone_from(&registration.organization_vatin);
    passport.address.clone_from(&registration.organization_address);
    passport.ofd_name.clone_from(&registration.ofd_name);
    passport.excise = registration.excise;
    health.registration = (registration != Registration::default()).then_some(registration);
}

fn tags(s: &mut Session<'_>) -> Registration {
    Registration {
        taxation_types: s.int(tag::TAXATION),
        agent_sign: s.int(tag::AGENT),
        ffd_version: s.int(tag::FFD).and_then(ffd_times_100),
        auto_mode: s.flag(tag::AUTO_MODE),
        offline_mode: s.flag(tag::OFFLINE_MODE),
        encryption: s.flag(tag::ENCRYPTION),
        internet: s.flag(tag::INTERNET),
        service: s.flag(tag::SERVICE),
        bso: s.flag(tag::BSO),
        lottery: s.flag(tag::LOTTERY),
        gambling: s.flag(tag::GAMBLING),
        excise: s.flag(tag::EXCISE),
        machine_installation: s.flag(tag::MACHINE_INSTALLATION),
        fns_url: s.text(tag::FNS_URL),
        organization_address: s.text(tag::ADDRESS),
        organization_vatin: s.text(tag::INN),
        organization_name: s.text(tag::ORGANIZATION),
        organization_email: s.text(tag::EMAIL),
        payments_address: s.text(tag::PAYMENTS_ADDRESS),
        registration_number: s.text(tag::RNM),
        machine_number: s.text(tag::MACHINE_NUMBER),
        ofd_vatin: s.text(tag::OFD_INN),
        ofd_name: s.text(tag::OFD_NAME),
    }
}

/// FN: serial number and edition for the passport, flags for the health.
pub(super) fn fn_info(session: &mut Session<'_>, passport: &mut Passport, health: &mut Health) {
    let too_old = session.lacks_marked_goods();
    if too_old {
        passport.fn_edition = Item::Unsupported;
    }
    session.ask(&params::FN_INFO, |s| {
        passport.fn_serial = s.text(params::SERIAL_NUMBER).filter(|serial| !is_blank(serial));
        if !too_old {
            passport.fn_edition = s.text(params::FN_EXECUTION).into();
        }
        health.fn_need_replacement = s.flag(params::FN_NEED_REPLACEMENT);
        health.fn_resource_exhausted = s.flag(params::FN_RESOURCE_EXHAUSTED);
        health.fn_memory_overflow = s.flag(params::FN_MEMORY_OVERFLOW);
        health.fn_critical_error = s.flag(params::FN_CRITICAL_ERROR);
    });
}

/// When the FN was registered first: by the last registration if it was the only one, else by
/// the FN's first document.
pub(super) fn registered_at(session: &mut Session<'_>) -> Option<NaiveDateTime> {
    let (count, time) = session.ask(&params::LAST_REGISTRATION, |s| {
        (s.int(params::REGISTRATIONS_COUNT), s.time(params::DATE_TIME))
    })?;
    match count {
        Some(1) => time,
        _ => session.ask(&params::FIRST_DOCUMENT, |s| s.time(params::DATE_TIME)).flatten(),
    }
}

/// End of the FN's validity, for both.
pub(super) fn validity(session: &mut Session<'_>, passport: &mut Passport, health: &mut Health) {
    let end = session.ask(&params::VALIDITY, |s| s.time(params::DATE_TIME)).flatten();
    passport.fn_valid_until = end;
    health.fn_valid_until = end;
}

/// FFD version in force.
pub(super) fn ffd_version(session: &mut Session<'_>) -> Option<u32> {
    session.ask(&params::FFD_VERSIONS, |s| s.int(params::FFD_VERSION)).flatten().and_then(ffd_times_100)
}

/// FFD version times 100, from the driver's number or from the code that stands in tag 1209.
fn ffd_times_100(value: u32) -> Option<u32> {
    match value {
        1 => Some(100),
        2 => Some(105),
        3 => Some(110),
        4 => Some(120),
        100.. => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ffd_versions_come_as_numbers_or_codes() {
        let known: Vec<_> =
            [1, 2, 3, 4, 100, 105, 110, 120].map(ffd_times_100).into_iter().flatten().collect();
        assert_eq!(known, [100, 105, 110, 120, 100, 105, 110, 120]);
        assert_eq!([0, 5, 99].map(ffd_times_100), [None; 3]);
    }
}
