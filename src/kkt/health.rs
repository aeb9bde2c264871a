//! How a register is right now. The field names are the published health keys.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// Health of one register at one moment. `None` (`null` in JSON) means that the register did
/// not say; nothing is made up. Times are local to the register.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Health {
    /// Whole days until the FN ends; negative when it has ended.
    pub fn_days_left: Option<i64>,
    /// End of the FN's validity.
    #[serde(with = "time_text")]
    pub fn_valid_until: Option<NaiveDateTime>,
    /// The FN must be replaced within days.
    pub fn_need_replacement: Option<bool>,
    /// Less than 30 days of the FN's key are left.
    pub fn_resource_exhausted: Option<bool>,
    /// The FN's memory is nearly full.
    pub fn_memory_overflow: Option<bool>,
    /// The FN reports a critical error.
    pub fn_critical_error: Option<bool>,
    /// Bit mask of the exchange with the OFD, as the register gives it.
    pub ofd_exchange_status: Option<u32>,
    /// Documents that the OFD has not received.
    pub ofd_unsent_count: Option<u32>,
    /// When the oldest of them was made.
    #[serde(with = "time_text")]
    pub ofd_first_unsent_at: Option<NaiveDateTime>,
    /// Its age in whole days; the register stops selling at 30.
    pub ofd_first_unsent_age_days: Option<i64>,
    /// When a document reached the OFD last.
    #[serde(with = "time_text")]
    pub ofd_last_sent_at: Option<NaiveDateTime>,
    /// A message from the OFD is being read.
    pub ofd_message_read: Option<bool>,
    /// Open, closed, or open for more than 24 hours.
    pub shift_state: Option<ShiftState>,
    /// Number of the shift.
    pub shift_number: Option<u32>,
    /// End of the open shift, or when the last one was closed, as the register gives it.
    #[serde(with = "time_text")]
    pub shift_changed_at: Option<NaiveDateTime>,
    /// There is paper.
    pub paper_present: Option<bool>,
    /// The paper is running out.
    pub paper_near_end: Option<bool>,
    /// The cover is open.
    pub cover_opened: Option<bool>,
    /// Seconds since the register was switched on.
    pub uptime_seconds: Option<u64>,
    /// The register's clock.
    #[serde(with = "time_text")]
    pub clock_at: Option<NaiveDateTime>,
    /// The register's clock minus ours, seconds.
    pub clock_skew_seconds: Option<i64>,
    /// Named error flags, `true` when raised; see [`flag`]. `None` when they were not read.
    pub errors: Option<BTreeMap<String, bool>>,
    /// What went wrong last in the exchange with the OFD.
    pub last_error: Option<LastError>,
    /// Registration data beyond the passport.
    pub registration: Option<Registration>,
}

impl Health {
    /// True when nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// State of the shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShiftState {
    /// Closed.
    Closed,
    /// Open for less than 24 hours.
    Opened,
    /// Open for more than 24 hours: nothing can be sold until it is closed.
    Expired,
}

/// Last errors of the exchange with the OFD.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LastError {
    /// Of the network.
    pub network: Option<String>,
    /// Of the OFD.
    pub ofd: Option<String>,
    /// Of the FN.
    #[serde(rename = "fn")]
    pub fn_text: Option<String>,
    /// Document that could not be sent.
    pub document: Option<u32>,
    /// FN command that failed.
    pub command: Option<u32>,
    /// When.
    #[serde(with = "time_text")]
    pub time: Option<NaiveDateTime>,
}

/// Registration data that the record does not carry, by FFD tag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Registration {
    /// Tag 1062, bit mask: 1 general, 2 simplified, 4 simplified minus expenses, 8 unified,
    /// 16 agricultural, 32 patent.
    pub taxation_types: Option<u32>,
    /// Tag 1057, bit mask.
    pub agent_sign: Option<u32>,
    /// Tag 1209, FFD version times 100.
    pub ffd_version: Option<u32>,
    /// Tag 1001.
    pub auto_mode: Option<bool>,
    /// Tag 1002.
    pub offline_mode: Option<bool>,
    /// Tag 1056.
    pub encryption: Option<bool>,
    /// Tag 1108.
    pub internet: Option<bool>,
    /// Tag 1109.
    pub service: Option<bool>,
    /// Tag 1110.
    pub bso: Option<bool>,
    /// Tag 1126.
    pub lottery: Option<bool>,
    /// Tag 1193.
    pub gambling: Option<bool>,
    /// Tag 1207.
    pub excise: Option<bool>,
    /// Tag 1221.
    pub machine_installation: Option<bool>,
    /// Tag 1060.
    pub fns_url: Option<String>,
    /// Tag 1009.
    pub organization_address: Option<String>,
    /// Tag 1018.
    pub organization_vatin: Option<String>,
    /// Tag 1048.
    pub organization_name: Option<String>,
    /// Tag 1117.
    pub organization_email: Option<String>,
    /// Tag 1187.
    pub payments_address: Option<String>,
    /// Tag 1037.
    pub registration_number: Option<String>,
    /// Tag 1036.
    pub machine_number: Option<String>,
    /// Tag 1017.
    pub ofd_vatin: Option<String>,
    /// Tag 1046.
    pub ofd_name: Option<String>,
}

/// Names of the error flags in [`Health::errors`].
pub mod flag {
    /// Every flag, in the order in which they are listed.
    pub const ALL: [&str; 18] = [
        NO_SERIAL_NUMBER,
        RTC_FAULT,
        SETTINGS_FAULT,
        COUNTERS_FAULT,
        USER_MEMORY_FAULT,
        SERVICE_COUNTERS_FAULT,
        ATTRIBUTES_FAULT,
        FN_FAULT,
        INVALID_FN,
        HARD_FAULT,
        MEMORY_MANAGER_FAULT,
        SCRIPTS_FAULT,
        WAIT_FOR_REBOOT,
        UNIVERSAL_COUNTERS_FAULT,
        OFD_TIMEOUT,
        PRINTER_OFFLINE,
        CUTTER_FAULT,
        PRINTER_FAULT,
    ];

    /// ATOL: no factory number was entered.
    pub const NO_SERIAL_NUMBER: &str = "no_serial_number";
    /// ATOL: the clock is faulty.
    pub const RTC_FAULT: &str = "rtc_fault";
    /// ATOL: the settings are damaged.
    pub const SETTINGS_FAULT: &str = "settings_fault";
    /// ATOL: the counters are damaged.
    pub const COUNTERS_FAULT: &str = "counters_fault";
    /// ATOL: the user memory is damaged.
    pub const USER_MEMORY_FAULT: &str = "user_memory_fault";
    /// ATOL: the service counters are damaged.
    pub const SERVICE_COUNTERS_FAULT: &str = "service_counters_fault";
    /// ATOL: the attributes are damaged.
    pub const ATTRIBUTES_FAULT: &str = "attributes_fault";
    /// ATOL: the FN is faulty.
    pub const FN_FAULT: &str = "fn_fault";
    /// ATOL: the FN belongs to another register.
    pub const INVALID_FN: &str = "invalid_fn";
    /// ATOL: the hardware is faulty.
    pub const HARD_FAULT: &str = "hard_fault";
    /// ATOL: the memory manager is faulty.
    pub const MEMORY_MANAGER_FAULT: &str = "memory_manager_fault";
    /// ATOL: the scripts are damaged.
    pub const SCRIPTS_FAULT: &str = "scripts_fault";
    /// ATOL: the register waits for a restart.
    pub const WAIT_FOR_REBOOT: &str = "wait_for_reboot";
    /// ATOL: the universal counters are damaged.
    pub const UNIVERSAL_COUNTERS_FAULT: &str = "universal_counters_fault";
    /// Mitsu: the OFD has not answered in time (FN warning bit 3).
    pub const OFD_TIMEOUT: &str = "ofd_timeout";
    /// Mitsu: the printer does not answer (errors 502, 505).
    pub const PRINTER_OFFLINE: &str = "printer_offline";
    /// Mitsu: the cutter is stuck (error 503).
    pub const CUTTER_FAULT: &str = "cutter_fault";
    /// Mitsu: another printer error (error 504).
    pub const PRINTER_FAULT: &str = "printer_fault";
}

/// `YYYY-MM-DD HH:MM:SS`, the form of every published time.
pub mod time_text {
    use chrono::NaiveDateTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Format string of a published time.
    pub const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

    /// A published time; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(text, FORMAT).ok()
    }

    /// Writes the time, or `null`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(time: &Option<NaiveDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(&time.format(FORMAT)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the time, or `null`.
    ///
    /// # Errors
    /// When the text is no time of this form.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveDateTime>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| NaiveDateTime::parse_from_str(&text, FORMAT).map_err(D::Error::custom)).transpose()
    }
}
