//! The `zabbix-legacy` format: one flat object for a register, with the keys of the zabbix-atol
//! script, for the template that goes with it.
//!
//! A key without a value is left out. That the register has nothing to report is a value: where
//! the driver says so by 0 or an empty text, the same stands here, since a trigger of that
//! template would otherwise stay as it was.

use serde_json::{Map, Value};

use super::zabbix::shift_code;
use super::{Register, Snapshot, trimmed};
use crate::kkt::Health;
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::health::{LastError, Registration, flag};
use crate::state::file::json_text;

/// Keys of the error flags; the script has no key for an FN's own of Mitsu.
const FLAGS: [(&str, &str); 14] = [
    ("ErrRtcFault", flag::RTC_FAULT),
    ("ErrNoSerialNumber", flag::NO_SERIAL_NUMBER),
    ("ErrSettings", flag::SETTINGS_FAULT),
    ("ErrCounterFault", flag::COUNTERS_FAULT),
    ("ErrUserMemoryFault", flag::USER_MEMORY_FAULT),
    ("ErrServiceCountersFault", flag::SERVICE_COUNTERS_FAULT),
    ("ErrAttributesFault", flag::ATTRIBUTES_FAULT),
    ("ErrFnFault", flag::FN_FAULT),
    ("ErrInvalidFN", flag::INVALID_FN),
    ("ErrHardFault", flag::HARD_FAULT),
    ("ErrMemoryManagerFault", flag::MEMORY_MANAGER_FAULT),
    ("ErrScriptFault", flag::SCRIPTS_FAULT),
    ("ErrWaitForReboot", flag::WAIT_FOR_REBOOT),
    ("ErrUniversalCountersFault", flag::UNIVERSAL_COUNTERS_FAULT),
];

/// What stands for no register at all.
pub const NOTHING: &str = "{}";

/// The object of the only register, a list of objects when there are several, an empty object
/// when there is none.
#[must_use]
pub fn document(snapshot: &Snapshot) -> String {
    match snapshot.registers.as_slice() {
        [] => NOTHING.to_owned(),
        [register] => json_text(&object(register)),
        registers => json_text(&registers.iter().map(object).collect::<Vec<_>>()),
    }
}

fn object(register: &Register) -> Map<String, Value> {
    let mut object = Object(Map::new());
    let health = &register.health;
    if let Some(data) = &health.registration {
        object.registration(data);
    }
    // The template labels both as the factory number.
    object.put("SerNKKT", Some(register.serial.as_str()));
    object.put("RegNKKT", Some(register.serial.as_str()));
    object.put("SerNFN", register.fn_serial.as_deref());
    object.put("ModelKKT", register.model.as_deref());
    object.put("MicroProgramVer", register.firmware.as_deref());
    object.fn_values(health);
    object.exchange(health);
    object.device(health);
    for (key, name) in FLAGS {
        object.put(key, health.errors.as_ref().and_then(|errors| errors.get(name)).copied());
    }
    if let Some(error) = &health.last_error {
        object.last_error(error);
    }
    object.0
}

struct Object(Map<String, Value>);

impl Object {
    fn put<T: Into<Value>>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    fn text(&mut self, key: &str, value: Option<&String>) {
        self.put(key, trimmed(value.map(String::as_str)));
    }

    fn time(&mut self, key: &str, value: Option<chrono::NaiveDateTime>) {
        self.put(key, value.map(|time| time.format(FORMAT).to_string()));
    }

    fn registration(&mut self, data: &Registration) {
        self.put("taxationTypes", data.taxation_types);
        self.put("agentSign", data.agent_sign);
        self.put("ffdVersion", data.ffd_version);
        self.put("autoModeSign", data.auto_mode);
        self.put("offlineModeSign", data.offline_mode);
        self.put("encryptionSign", data.encryption);
        self.put("internetSign", data.internet);
        self.put("serviceSign", data.service);
        self.put("bsoSign", data.bso);
        self.put("lotterySign", data.lottery);
        self.put("gamblingSign", data.gambling);
        self.put("exciseSign", data.excise);
        self.put("machineInstallationSign", data.machine_installation);
        self.text("fnsUrl", data.fns_url.as_ref());
        self.text("organizationAddress", data.organization_address.as_ref());
        self.text("organizationVATIN", data.organization_vatin.as_ref());
        self.text("organizationName", data.organization_name.as_ref());
        self.text("organizationEmail", data.organization_email.as_ref());
        self.text("paymentsAddress", data.payments_address.as_ref());
        self.text("registrationNumber", data.registration_number.as_ref());
        self.text("machineNumber", data.machine_number.as_ref());
        self.text("ofdVATIN", data.ofd_vatin.as_ref());
        self.text("ofdName", data.ofd_name.as_ref());
    }

    fn fn_values(&mut self, health: &Health) {
        self.put("FNdeadline", health.fn_days_left);
        self.put("daysRemain", health.fn_days_left);
        self.put("fnNeedReplacement", health.fn_need_replacement);
        self.put("fnExhausted", health.fn_resource_exhausted);
        self.put("fnMemoryOverflow", health.fn_memory_overflow);
        self.put("fnCriticalError", health.fn_critical_error);
    }

    fn exchange(&mut self, health: &Health) {
        let none_waits = (health.ofd_unsent_count == Some(0)).then_some(0);
        self.put("exchangeStatus", health.ofd_exchange_status);
        self.put("unsentCount", health.ofd_unsent_count);
        self.put("AgeDaysFirstDontSendDocInFN", health.ofd_first_unsent_age_days.or(none_waits));
        self.time("DateTimeLastSendToOFD", health.ofd_last_sent_at);
        self.put("ofdMessageRead", health.ofd_message_read);
    }

    fn device(&mut self, health: &Health) {
        self.put("isPaperPresent", health.paper_present);
        self.put("isPaperNearEnd", health.paper_near_end);
        self.put("isCoverOpened", health.cover_opened);
        self.put("ShiftState", health.shift_state.map(shift_code));
        self.put("NomberShift", health.shift_number);
        self.time("DateCloseShift", health.shift_changed_at);
        self.put("UptimeKKTSec", health.uptime_seconds);
    }

    fn last_error(&mut self, error: &LastError) {
        let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        self.put("ErrFNNetworkErrorText", text(&error.network));
        self.put("ErrFNOfdErrorText", text(&error.ofd));
        self.put("ErrFNFnErrorText", text(&error.fn_text));
        self.put("ErrFNDocumentNumber", Some(error.document.unwrap_or_default()));
        self.put("ErrFNCommandCode", Some(error.command.unwrap_or_default()));
        self.time("ErrFNDateTime", error.time);
    }
}
