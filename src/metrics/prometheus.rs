//! The `prometheus` format: text exposition 0.0.4, for a textfile collector.
//!
//! Units are the base units that Prometheus asks for, so days are seconds here. A value that is
//! unknown has no sample; an info metric always has all its labels, empty when unknown.

use std::fmt::Write as _;

use super::{Register, Snapshot};
use crate::kkt::health::ShiftState;

const SECONDS_A_DAY: i64 = 86_400;

/// Name, meaning and value of a metric of one register.
type Gauge = (&'static str, &'static str, fn(&Register, &Snapshot) -> Option<i64>);

const GAUGES: [Gauge; 29] = [
    ("read_timestamp_seconds", "When the register was read last, Unix time.", |r, s| (s.unix)(r.read_at)),
    ("fn_valid_until_timestamp_seconds", "End of the FN, Unix time.", |r, s| {
        (s.unix)(r.health.fn_valid_until?)
    }),
    (
        "fn_remaining_seconds",
        "Whole days until the FN ends, counted today, in seconds; negative when it has ended.",
        |r, _| r.health.fn_days_left?.checked_mul(SECONDS_A_DAY),
    ),
    ("fn_need_replacement", "1 when the FN must be replaced within days.", |r, _| {
        flag(r.health.fn_need_replacement)
    }),
    ("fn_resource_exhausted", "1 when less than 30 days of the FN's key are left.", |r, _| {
        flag(r.health.fn_resource_exhausted)
    }),
    ("fn_memory_overflow", "1 when the FN's memory is nearly full.", |r, _| {
        flag(r.health.fn_memory_overflow)
    }),
    ("fn_critical_error", "1 when the FN reports a critical error.", |r, _| flag(r.health.fn_critical_error)),
    ("ofd_exchange_status", "Bit mask of the exchange with the OFD, as the register gives it.", |r, _| {
        r.health.ofd_exchange_status.map(i64::from)
    }),
    ("ofd_unsent_documents", "Documents that the OFD has not received.", |r, _| {
        r.health.ofd_unsent_count.map(i64::from)
    }),
    ("ofd_first_unsent_timestamp_seconds", "When the oldest of them was made, Unix time.", |r, s| {
        (s.unix)(r.health.ofd_first_unsent_at?)
    }),
    (
        "ofd_first_unsent_age_seconds",
        "Its age in whole days when the register was read, in seconds; at 30 days the register stops selling.",
        |r, _| r.health.ofd_first_unsent_age_days?.checked_mul(SECONDS_A_DAY),
    ),
    ("ofd_last_sent_timestamp_seconds", "When a document reached the OFD last, Unix time.", |r, s| {
        (s.unix)(r.health.ofd_last_sent_at?)
    }),
    ("ofd_message_read", "1 while a message from the OFD is being read.", |r, _| {
        flag(r.health.ofd_message_read)
    }),
    ("shift_number", "Number of the shift.", |r, _| r.health.shift_number.map(i64::from)),
    (
        "shift_changed_timestamp_seconds",
        "End of the open shift, or when the last one was closed, Unix time.",
        |r, s| (s.unix)(r.health.shift_changed_at?),
    ),
    ("paper_present", "1 when there is paper.", |r, _| flag(r.health.paper_present)),
    ("paper_near_end", "1 when the paper is running out.", |r, _| flag(r.health.paper_near_end)),
    ("cover_opened", "1 when the cover is open.", |r, _| flag(r.health.cover_opened)),
    ("uptime_seconds", "Time since the register was switched on, when it was read.", |r, _| {
        r.health.uptime_seconds.and_then(|seconds| i64::try_from(seconds).ok())
    }),
    ("clock_timestamp_seconds", "The register's clock when it was read, Unix time.", |r, s| {
        (s.unix)(r.health.clock_at?)
    }),
    ("clock_skew_seconds", "The register's clock minus the computer's.", |r, _| r.health.clock_skew_seconds),
    ("errors_raised", "Error flags that are raised.", |r, _| i64::try_from(r.raised()?.len()).ok()),
    ("last_error_document", "Document that could not be sent to the OFD.", |r, _| {
        r.health.last_error.as_ref()?.document.map(i64::from)
    }),
    ("last_error_command", "FN command that failed.", |r, _| {
        r.health.last_error.as_ref()?.command.map(i64::from)
    }),
    ("last_error_timestamp_seconds", "When the exchange with the OFD went wrong last, Unix time.", |r, s| {
        (s.unix)(r.health.last_error.as_ref()?.time?)
    }),
    ("ffd_version", "FFD version of the registration, times 100.", |r, _| {
        r.health.registration.as_ref()?.ffd_version.map(i64::from)
    }),
    ("taxation_types", "Taxation systems of the registration, bit mask of tag 1062.", |r, _| {
        r.health.registration.as_ref()?.taxation_types.map(i64::from)
    }),
    ("agent_sign", "Agent signs of the registration, bit mask of tag 1057.", |r, _| {
        r.health.registration.as_ref()?.agent_sign.map(i64::from)
    }),
    ("offline_mode", "1 when the register is registered to work without an OFD.", |r, _| {
        flag(r.health.registration.as_ref()?.offline_mode)
    }),
];

fn flag(value: Option<bool>) -> Option<i64> {
    value.map(i64::from)
}

/// The whole text; it ends with a line end.
#[must_use]
pub fn document(snapshot: &Snapshot) -> String {
    let mut text = Exposition(String::new());
    text.program(snapshot);
    let registers = &snapshot.registers;
    text.family("getad_kkt_info", "The register; 1.", registers.iter().map(|r| (info(r), 1)));
    for (name, help, value) in GAUGES {
        let samples = registers.iter().filter_map(|r| Some((identity(r), value(r, snapshot)?)));
        text.family(&format!("getad_kkt_{name}"), help, samples);
    }
    let shift = "State of the shift: 1 for the one it is in; expired is open for more than 24 hours.";
    text.family("getad_kkt_shift_state", shift, registers.iter().flat_map(shift_states));
    text.family("getad_kkt_error", "1 when the error flag is raised.", registers.iter().flat_map(errors));
    let trouble = "What went wrong last in the exchange with the OFD, by where it was; 1.";
    text.family("getad_kkt_last_error_info", trouble, registers.iter().flat_map(last_errors));
    text.0
}

type Labels = Vec<(&'static str, String)>;

fn identity(register: &Register) -> Labels {
    vec![("brand", register.brand.key().to_owned()), ("serial", register.serial.clone())]
}

fn info(register: &Register) -> Labels {
    let known = |value: Option<String>| value.unwrap_or_default();
    let mut labels = identity(register);
    labels.extend([
        ("model", known(register.model.clone())),
        ("rnm", known(register.rnm())),
        ("fn", known(register.fn_serial.clone())),
        ("organization", known(register.registered(|data| data.organization_name.as_ref()))),
        ("inn", known(register.registered(|data| data.organization_vatin.as_ref()))),
        ("address", known(register.registered(|data| data.organization_address.as_ref()))),
        ("ofd", known(register.registered(|data| data.ofd_name.as_ref()))),
        ("firmware", known(register.firmware.clone())),
        ("link", register.link.to_string()),
    ]);
    labels
}

fn with(register: &Register, further: impl IntoIterator<Item = (&'static str, String)>) -> Labels {
    identity(register).into_iter().chain(further).collect()
}

fn shift_states(register: &Register) -> Vec<(Labels, i64)> {
    let Some(current) = register.health.shift_state else { return Vec::new() };
    let states =
        [(ShiftState::Closed, "closed"), (ShiftState::Opened, "opened"), (ShiftState::Expired, "expired")];
    let sample = |(state, name): (_, &str)| {
        (with(register, [("state", name.to_owned())]), i64::from(state == current))
    };
    states.into_iter().map(sample).collect()
}

fn errors(register: &Register) -> impl Iterator<Item = (Labels, i64)> {
    let flags = register.health.errors.iter().flatten();
    flags.map(|(name, &raised)| (with(register, [("flag", name.clone())]), i64::from(raised)))
}

fn last_errors(register: &Register) -> Vec<(Labels, i64)> {
    let Some(error) = &register.health.last_error else { return Vec::new() };
    let texts = [("network", &error.network), ("ofd", &error.ofd), ("fn", &error.fn_text)];
    let told = texts.into_iter().filter_map(|(source, text)| Some((source, text.clone()?)));
    told.map(|(source, text)| (with(register, [("source", source.to_owned()), ("text", text)]), 1)).collect()
}

struct Exposition(String);

impl Exposition {
    /// What is said of the program and the computer.
    fn program(&mut self, snapshot: &Snapshot) {
        let facts = &snapshot.workstation;
        let known = |value: &Option<String>| value.clone().unwrap_or_default();
        let workstation = vec![
            ("hostname", known(&facts.hostname)),
            ("url_rms", known(&facts.url_rms)),
            ("teamviewer_id", known(&facts.teamviewer_id)),
            ("anydesk_id", known(&facts.anydesk_id)),
            ("litemanager_id", known(&facts.litemanager_id)),
            ("uuid", known(&facts.uuid)),
        ];
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.family("getad_info", "The program; 1.", [(version, 1)]);
        self.family("getad_workstation_info", "The computer; 1.", [(workstation, 1)]);
        let generated = (snapshot.unix)(snapshot.now).map(|seconds| (Vec::new(), seconds));
        self.family("getad_generated_timestamp_seconds", "When this was written, Unix time.", generated);
        let registers = count(snapshot.registers.len());
        self.family("getad_registers", "Registers that are known.", [(Vec::new(), registers)]);
        let unreadable = count(snapshot.unreadable_files);
        self.family(
            "getad_unreadable_files",
            "Files of health that cannot be used.",
            [(Vec::new(), unreadable)],
        );
    }

    /// A metric with its samples; nothing when there are none.
    fn family(&mut self, name: &str, help: &str, samples: impl IntoIterator<Item = (Labels, i64)>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} gauge"));
        for (labels, value) in samples {
            self.line(format_args!("{name}{} {value}", braces(&labels)));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn braces(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

/// What the format wants escaped within quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("ООО \"Ж\" \\\n"), "ООО \\\"Ж\\\" \\\\\\n");
        assert_eq!(braces(&vec![("a", "1".to_owned()), ("b", "\"".to_owned())]), "{a=\"1\",b=\"\\\"\"}");
        assert_eq!(braces(&Vec::new()), "");
    }
}
