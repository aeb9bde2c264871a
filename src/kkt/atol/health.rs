//! Answers that are health alone.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::params;
use super::session::Session;
use crate::kkt::Health;
use crate::kkt::health::{LastError, ShiftState, flag};

/// Flags of a fault and the parameters that carry them.
const FAULTS: [(&str, u32); 14] = [
    (flag::NO_SERIAL_NUMBER, params::NO_SERIAL_NUMBER),
    (flag::RTC_FAULT, params::RTC_FAULT),
    (flag::SETTINGS_FAULT, params::SETTINGS_FAULT),
    (flag::COUNTERS_FAULT, params::COUNTERS_FAULT),
    (flag::USER_MEMORY_FAULT, params::USER_MEMORY_FAULT),
    (flag::SERVICE_COUNTERS_FAULT, params::SERVICE_COUNTERS_FAULT),
    (flag::ATTRIBUTES_FAULT, params::ATTRIBUTES_FAULT),
    (flag::FN_FAULT, params::FN_FAULT),
    (flag::INVALID_FN, params::INVALID_FN),
    (flag::HARD_FAULT, params::HARD_FAULT),
    (flag::MEMORY_MANAGER_FAULT, params::MEMORY_MANAGER_FAULT),
    (flag::SCRIPTS_FAULT, params::SCRIPTS_FAULT),
    (flag::WAIT_FOR_REBOOT, params::WAIT_FOR_REBOOT),
    (flag::UNIVERSAL_COUNTERS_FAULT, params::UNIVERSAL_COUNTERS_FAULT),
];

/// Reads all health that the passport's questions did not give already.
pub(super) fn read(session: &mut Session<'_>, health: &mut Health) {
    ofd_exchange(session, health);
    paper(session, health);
    shift(session, health);
    health.errors = session.ask(&params::FATAL_STATUS, faults).flatten();
    health.uptime_seconds =
        session.ask(&params::UPTIME, |s| s.int(params::DEVICE_UPTIME)).flatten().map(u64::from);
    health.ofd_last_sent_at = session.ask(&params::LAST_SENT, |s| s.time(params::DATE_TIME)).flatten();
    clock(session, health);
    days_left(session, health);
    health.last_error = session.ask(&params::ERRORS, last_error);
}

/// The driver gives a date even when everything was sent, so it counts only beside a count.
fn ofd_exchange(session: &mut Session<'_>, health: &mut Health) {
    let now = session.now();
    session.ask(&params::OFD_EXCHANGE, |s| {
        health.ofd_exchange_status = s.int(params::OFD_EXCHANGE_STATUS);
        health.ofd_unsent_count = s.int(params::DOCUMENTS_COUNT);
        health.ofd_message_read = s.flag(params::OFD_MESSAGE_READ);
        if health.ofd_unsent_count.is_some_and(|count| count > 0) {
            health.ofd_first_unsent_at = s.time(params::DATE_TIME);
        }
    });
    health.ofd_first_unsent_age_days = health.ofd_first_unsent_at.map(|made| age_days(made, now));
}

/// Whole days since then; a document from the future, by a clock that is wrong, is of today.
fn age_days(made: NaiveDateTime, now: NaiveDateTime) -> i64 {
    (now - made).num_days().max(0)
}

fn paper(session: &mut Session<'_>, health: &mut Health) {
    session.ask(&params::SHORT_STATUS, |s| {
        health.paper_present = s.flag(params::RECEIPT_PAPER_PRESENT);
        health.paper_near_end = s.flag(params::PAPER_NEAR_END);
        health.cover_opened = s.flag(params::COVER_OPENED);
    });
}

fn shift(session: &mut Session<'_>, health: &mut Health) {
    session.ask(&params::SHIFT, |s| {
        health.shift_state = s.int(params::SHIFT_STATE).and_then(shift_state);
        health.shift_number = s.int(params::SHIFT_NUMBER);
        health.shift_changed_at = s.time(params::DATE_TIME);
    });
}

fn shift_state(number: u32) -> Option<ShiftState> {
    match number {
        0 => Some(ShiftState::Closed),
        1 => Some(ShiftState::Opened),
        2 => Some(ShiftState::Expired),
        _ => None,
    }
}

fn faults(session: &mut Session<'_>) -> Option<BTreeMap<String, bool>> {
    let flags: BTreeMap<_, _> = FAULTS
        .into_iter()
        .filter_map(|(name, param)| session.flag(param).map(|raised| (name.to_owned(), raised)))
        .collect();
    (!flags.is_empty()).then_some(flags)
}

/// The skew is against our time in the middle of the question, so that neither a slow line nor
/// the reading before it counts as skew.
fn clock(session: &mut Session<'_>, health: &mut Health) {
    let before = session.now();
    let Some(at) = session.ask(&params::CLOCK, |s| s.time(params::DATE_TIME)).flatten() else { return };
    let ours = before + (session.now() - before) / 2;
    health.clock_at = Some(at);
    health.clock_skew_seconds = Some((at - ours).num_seconds());
}

/// Days until the FN's end are counted from its date, which the FN keeps itself. The driver's
/// own count starts at the register's clock, which may be wrong, cannot be negative, and is 0
/// both on the last day and when the driver does not know: it is asked only without a date.
fn days_left(session: &mut Session<'_>, health: &mut Health) {
    let now = session.now();
    if let Some(end) = health.fn_valid_until {
        health.fn_days_left = Some((end.date() - now.date()).num_days());
        return;
    }
    let start = health.clock_at.unwrap_or(now);
    let counted = session.ask_with(
        &params::VALIDITY_DAYS,
        |driver| driver.set_time(params::DATE_TIME, start),
        |s| s.int(params::FN_DAYS_REMAIN),
    );
    health.fn_days_left = counted.flatten().filter(|&days| days > 0).map(i64::from);
}

/// Document and command are numbered from 1: 0 means that there was none.
fn last_error(session: &mut Session<'_>) -> LastError {
    LastError {
        network: session.text(params::NETWORK_ERROR_TEXT),
        ofd: session.text(params::OFD_ERROR_TEXT),
        fn_text: session.text(params::FN_ERROR_TEXT),
        document: session.int(params::DOCUMENT_NUMBER).filter(|&number| number > 0),
        command: session.int(params::COMMAND_CODE).filter(|&code| code > 0),
        time: session.time(params::DATE_TIME),
    }
}
