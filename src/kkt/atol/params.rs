//! What can be asked of the driver, and the numbers of what it answers.
//!
//! All numbers are constants of the vendor's driver 10 (`libfptr10`), which only ever adds to
//! them, so one table serves every version. Only questions stand here: no function that prints,
//! writes or changes anything has a number in this file.

/// `LIBFPTR_MODEL_ATOL_AUTO`: the driver finds out the model.
pub(super) const MODEL_AUTO: u32 = 500;

/// Kinds of connection, `LIBFPTR_PORT_*`.
pub(super) mod port {
    /// Serial port.
    pub(in super::super) const COM: u32 = 0;
    /// USB, found by the driver.
    pub(in super::super) const USB: u32 = 1;
    /// Network.
    pub(in super::super) const TCP: u32 = 2;
}

/// Function of the driver that a question is put with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// `libfptr_query_data`: of the register.
    Query,
    /// `libfptr_fn_query_data`: of the FN.
    FnQuery,
    /// `libfptr_begin_read_records`.
    BeginRecords,
    /// `libfptr_read_next_record`.
    NextRecord,
    /// `libfptr_end_read_records`.
    EndRecords,
}

/// One question: what is set before the call, and the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// Its name in the vendor's words.
    pub(super) name: &'static str,
    /// The function that puts it.
    pub(super) call: Call,
    /// Parameters that say what is asked.
    pub(super) with: &'static [(u32, u32)],
}

const fn register(name: &'static str, with: &'static [(u32, u32)]) -> Question {
    Question { name, call: Call::Query, with }
}

const fn of_fn(name: &'static str, with: &'static [(u32, u32)]) -> Question {
    Question { name, call: Call::FnQuery, with }
}

/// Model, serial number, firmware.
pub(super) const STATUS: Question = register("STATUS", &[(DATA_TYPE, 0)]);
/// Version of the configuration, which stands for the firmware's.
pub(super) const CONFIGURATION: Question = register("UNIT_VERSION", &[(DATA_TYPE, 2), (UNIT_TYPE, 1)]);
/// The register's clock.
pub(super) const CLOCK: Question = register("DATE_TIME", &[(DATA_TYPE, 13)]);
/// Shift.
pub(super) const SHIFT: Question = register("SHIFT_STATE", &[(DATA_TYPE, 14)]);
/// Serial number alone.
pub(super) const SERIAL: Question = register("SERIAL_NUMBER", &[(DATA_TYPE, 16)]);
/// Flags of faults.
pub(super) const FATAL_STATUS: Question = register("FATAL_STATUS", &[(DATA_TYPE, 34)]);
/// Time since the register was switched on.
pub(super) const UPTIME: Question = register("DEVICE_UPTIME", &[(DATA_TYPE, 36)]);
/// When a document reached the OFD last.
pub(super) const LAST_SENT: Question = register("LAST_SENT_OFD_DOCUMENT_DATE_TIME", &[(DATA_TYPE, 40)]);
/// Paper and cover.
pub(super) const SHORT_STATUS: Question = register("SHORT_STATUS", &[(DATA_TYPE, 41)]);

/// Exchange with the OFD.
pub(super) const OFD_EXCHANGE: Question = of_fn("OFD_EXCHANGE_STATUS", &[(FN_DATA_TYPE, 1)]);
/// FN: serial number, edition, flags.
pub(super) const FN_INFO: Question = of_fn("FN_INFO", &[(FN_DATA_TYPE, 2)]);
/// Last registration.
pub(super) const LAST_REGISTRATION: Question = of_fn("LAST_REGISTRATION", &[(FN_DATA_TYPE, 3)]);
/// FFD versions.
pub(super) const FFD_VERSIONS: Question = of_fn("FFD_VERSIONS", &[(FN_DATA_TYPE, 7)]);
/// End of the FN's validity.
pub(super) const VALIDITY: Question = of_fn("VALIDITY", &[(FN_DATA_TYPE, 8)]);
/// Registration data by tag.
pub(super) const REG_INFO: Question = of_fn("REG_INFO", &[(FN_DATA_TYPE, 9)]);
/// Last errors of the exchange with the OFD.
pub(super) const ERRORS: Question = of_fn("ERRORS", &[(FN_DATA_TYPE, 11)]);
/// The first document of the FN, which is its first registration.
pub(super) const FIRST_DOCUMENT: Question =
    of_fn("DOCUMENT_BY_NUMBER", &[(FN_DATA_TYPE, 13), (DOCUMENT_NUMBER, 1)]);
/// Days until the FN's end, counted from [`DATE_TIME`], which is set beside.
pub(super) const VALIDITY_DAYS: Question = of_fn("VALIDITY_DAYS", &[(FN_DATA_TYPE, 16)]);

/// Name under which the licences are asked for.
pub(super) const LICENSES: &str = "LICENSES";
/// Begins to read the licences; answers with [`RECORDS_ID`].
pub(super) const LICENSES_BEGIN: Question =
    Question { name: LICENSES, call: Call::BeginRecords, with: &[(RECORDS_TYPE, 4)] };
/// Reads the next licence; [`RECORDS_ID`] is set beside.
pub(super) const LICENSES_NEXT: Question = Question { name: LICENSES, call: Call::NextRecord, with: &[] };
/// Ends reading; [`RECORDS_ID`] is set beside.
pub(super) const LICENSES_END: Question = Question { name: LICENSES, call: Call::EndRecords, with: &[] };

pub(super) const SERIAL_NUMBER: u32 = 65559;
const DATA_TYPE: u32 = 65587;
pub(super) const DATE_TIME: u32 = 65590;
pub(super) const SHIFT_STATE: u32 = 65592;
pub(super) const RECEIPT_PAPER_PRESENT: u32 = 65594;
pub(super) const COVER_OPENED: u32 = 65595;
pub(super) const DOCUMENT_NUMBER: u32 = 65598;
pub(super) const SHIFT_NUMBER: u32 = 65599;
pub(super) const MODEL_NAME: u32 = 65603;
pub(super) const UNIT_VERSION: u32 = 65604;
const UNIT_TYPE: u32 = 65609;
pub(super) const LICENSE_NUMBER: u32 = 65610;
const FN_DATA_TYPE: u32 = 65622;
pub(super) const DOCUMENTS_COUNT: u32 = 65625;
pub(super) const FFD_VERSION: u32 = 65629;
pub(super) const REGISTRATIONS_COUNT: u32 = 65638;
pub(super) const OFD_EXCHANGE_STATUS: u32 = 65640;
pub(super) const COMMAND_CODE: u32 = 65666;
const RECORDS_TYPE: u32 = 65668;
pub(super) const NO_SERIAL_NUMBER: u32 = 65671;
pub(super) const RTC_FAULT: u32 = 65672;
pub(super) const SETTINGS_FAULT: u32 = 65673;
pub(super) const COUNTERS_FAULT: u32 = 65674;
pub(super) const USER_MEMORY_FAULT: u32 = 65675;
pub(super) const SERVICE_COUNTERS_FAULT: u32 = 65676;
pub(super) const ATTRIBUTES_FAULT: u32 = 65677;
pub(super) const FN_FAULT: u32 = 65678;
pub(super) const INVALID_FN: u32 = 65679;
pub(super) const HARD_FAULT: u32 = 65680;
pub(super) const MEMORY_MANAGER_FAULT: u32 = 65681;
pub(super) const SCRIPTS_FAULT: u32 = 65682;
pub(super) const WAIT_FOR_REBOOT: u32 = 65684;
pub(super) const FN_NEED_REPLACEMENT: u32 = 65686;
pub(super) const FN_RESOURCE_EXHAUSTED: u32 = 65687;
pub(super) const FN_MEMORY_OVERFLOW: u32 = 65688;
pub(super) const FN_CRITICAL_ERROR: u32 = 65690;
pub(super) const OFD_MESSAGE_READ: u32 = 65691;
pub(super) const DEVICE_UPTIME: u32 = 65694;
pub(super) const NETWORK_ERROR_TEXT: u32 = 65698;
pub(super) const FN_ERROR_TEXT: u32 = 65699;
pub(super) const OFD_ERROR_TEXT: u32 = 65700;
pub(super) const PAPER_NEAR_END: u32 = 65748;
pub(super) const RECORDS_ID: u32 = 65764;
pub(super) const FN_DAYS_REMAIN: u32 = 65817;
pub(super) const LICENSE_NAME: u32 = 65821;
pub(super) const UNIVERSAL_COUNTERS_FAULT: u32 = 65822;
pub(super) const LICENSE_VALID_FROM: u32 = 65824;
pub(super) const LICENSE_VALID_UNTIL: u32 = 65825;
/// Since driver 10.9.
pub(super) const TRADE_MARKED_PRODUCTS: u32 = 65855;
/// Since driver 10.9.
pub(super) const FN_EXECUTION: u32 = 65874;

/// FFD tags, by which [`REG_INFO`] answers.
pub(super) mod tag {
    macro_rules! tags {
        ($($name:ident = $number:literal;)*) => {
            $(pub(in super::super) const $name: u32 = $number;)*
        };
    }

    tags! {
        AUTO_MODE = 1001;
        OFFLINE_MODE = 1002;
        ADDRESS = 1009;
        OFD_INN = 1017;
        INN = 1018;
        MACHINE_NUMBER = 1036;
        RNM = 1037;
        OFD_NAME = 1046;
        ORGANIZATION = 1048;
        ENCRYPTION = 1056;
        AGENT = 1057;
        FNS_URL = 1060;
        TAXATION = 1062;
        INTERNET = 1108;
        SERVICE = 1109;
        BSO = 1110;
        EMAIL = 1117;
        LOTTERY = 1126;
        PAYMENTS_ADDRESS = 1187;
        GAMBLING = 1193;
        EXCISE = 1207;
        FFD = 1209;
        MACHINE_INSTALLATION = 1221;
    }
}
