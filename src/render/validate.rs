//! What `validate-fn` found: the values, and the table for people.

mod document;

use std::fmt;

use chrono::NaiveDateTime;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use serde::Serialize;

use super::printable::printable;
use super::{Lang, Message, Output};
use crate::kkt::health::time_text::FORMAT;
use crate::logsearch::Pair;
use crate::state::fiscals::Group;

pub use document::Document;

/// Characters of a serial number, an FN, another one, a day.
const NUMBER_WIDTHS: [u16; 4] = [15, 16, 16, 10];

/// What a check says about a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Confirmed recently, nothing to do.
    Fresh,
    /// The logs show the FN that is known.
    Matched,
    /// The logs show another FN.
    Replaced,
    /// Due, and the configuration wants a restart for that.
    Forced,
    /// The logs do not name the register.
    NotFound,
    /// There are no logs to look at.
    NoLogs,
    /// Not confirmed for too long: it is not known any more.
    Removed,
}

impl Verdict {
    /// Its published name.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Matched => "matched",
            Self::Replaced => "replaced",
            Self::Forced => "forced",
            Self::NotFound => "not-found",
            Self::NoLogs => "no-logs",
            Self::Removed => "removed",
        }
    }

    fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Fresh => lang.pick("not due yet", "проверять рано"),
            Self::Matched => lang.pick("the same FN", "ФН прежний"),
            Self::Replaced => lang.pick("FN replaced", "ФН заменён"),
            Self::Forced => lang.pick("restart wanted (forced)", "нужна перезагрузка (forced)"),
            Self::NotFound => lang.pick("not in the logs", "в логах не найдена"),
            Self::NoLogs => lang.pick("no logs", "нет логов"),
            Self::Removed => lang.pick("removed, unconfirmed for too long", "удалена, давно не подтверждена"),
        }
    }
}

/// One register that was checked.
#[derive(Debug)]
pub struct Checked {
    /// Its list.
    pub group: Group,
    /// Its serial number.
    pub serial: String,
    /// The FN that was known.
    pub fn_serial: String,
    /// The result.
    pub verdict: Verdict,
    /// What the logs say.
    pub pair: Option<Pair>,
    /// When the FN was known for certain last.
    pub v_time: String,
    /// It could not be checked because not all logs could be searched.
    pub unsearchable: bool,
    /// A restart for it has been done or called off.
    pub acted_on: bool,
    /// What could not be saved.
    pub trouble: Option<Message>,
}

impl Checked {
    /// True when its data must be read anew.
    #[must_use]
    pub fn wants_restart(&self) -> bool {
        matches!(self.verdict, Verdict::Replaced | Verdict::Forced)
    }

    /// True when the job was not done for it: logs or files could not be used, or a restart did
    /// not get it read.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.trouble.is_some() || self.unsearchable || (self.wants_restart() && self.acted_on)
    }
}

/// Why a part of the logs was not searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A file or folder could not be read.
    Logs(String),
    /// The folder of iikoFront is in no user's profile.
    NoIiko,
    /// A key of the configuration is empty.
    EmptyKey {
        /// Section.
        group: Group,
        /// Name of the key.
        name: &'static str,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En).what)
    }
}

impl Trouble {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        let folder = lang.pick(
            "Check logs_dir in service.json and the rights to that folder, or give --logs-dir.",
            "Проверьте logs_dir в service.json и права на эту папку или укажите --logs-dir.",
        );
        match self {
            Self::Logs(problem) => Message::new(
                lang.pick(
                    format!("logs are left out: {problem}"),
                    format!("часть логов пропущена: {problem}"),
                ),
                folder,
            ),
            Self::NoIiko => Message::new(
                lang.pick(
                    "no user of this computer has logs of iikoFront",
                    "ни у одного пользователя нет логов iikoFront",
                ),
                folder,
            ),
            Self::EmptyKey { group, name } => Message::new(
                lang.pick(
                    format!("service.json, validation_fn.{}.{name} is empty", group.key()),
                    format!("service.json, validation_fn.{}.{name} пуст", group.key()),
                ),
                lang.pick(
                    "Enter the text that stands right before the digits, or remove the key.",
                    "Впишите текст, стоящий прямо перед цифрами, или удалите ключ.",
                ),
            ),
        }
    }
}

/// The whole of a pass.
#[derive(Debug, Default)]
pub struct Report {
    /// The check is switched off.
    pub disabled: bool,
    /// The known registers.
    pub registers: Vec<Checked>,
    /// Why a part of the logs was not searched.
    pub troubles: Vec<Trouble>,
    /// A restart waits to be done.
    pub reboot_pending: bool,
    /// When it is planned.
    pub reboot_at: Option<NaiveDateTime>,
}

impl Report {
    /// The table, and whether a restart is pending.
    #[must_use]
    pub fn table(&self, output: &Output) -> String {
        let lang = output.lang;
        let mut parts = Vec::new();
        if self.disabled {
            parts.push(
                lang.pick(
                    "The check is switched off: validation_fn.enabled in service.json.",
                    "Проверка отключена: validation_fn.enabled в service.json.",
                )
                .to_owned(),
            );
        } else if self.registers.is_empty() {
            parts.push(
                lang.pick(
                    "No register is known. Read them first: getad probe.",
                    "Известных ККТ нет. Сначала опросите их: getad probe.",
                )
                .to_owned(),
            );
        } else {
            parts.push(self.registers_table(output));
        }
        parts.extend(self.restart_line(lang));
        parts.join("\n\n")
    }

    fn registers_table(&self, output: &Output) -> String {
        let lang = output.lang;
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(output.width);
        table.set_header(lang.pick(
            ["Register", "FN", "FN in the logs", "Confirmed", "Result"],
            ["ККТ", "ФН", "ФН в логах", "Подтверждён", "Результат"],
        ));
        for checked in &self.registers {
            let in_logs = checked.pair.as_ref().map_or("", |pair| pair.fn_serial.as_str());
            let row = [
                checked.serial.as_str(),
                checked.fn_serial.as_str(),
                in_logs,
                // The day is enough for people, and what keeps the line short.
                checked.v_time.split(' ').next().unwrap_or_default(),
                checked.verdict.words(lang),
            ];
            table.add_row(row.map(printable));
        }
        if let Some(column) = table.column_mut(0) {
            column.set_padding((0, 1));
        }
        // Numbers that are compared by eye and copied stay in one piece; the rest wraps.
        for (column, width) in NUMBER_WIDTHS.into_iter().enumerate() {
            if let Some(column) = table.column_mut(column) {
                let room = width + column.padding_width();
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(room)));
            }
        }
        table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    fn restart_line(&self, lang: Lang) -> Option<String> {
        if self.reboot_pending {
            let at = self.reboot_at.map(|at| at.format(FORMAT).to_string()).unwrap_or_default();
            return Some(lang.pick(
                format!("A restart is pending, planned for {at}. getad schedule-reboot registers it."),
                format!("Ожидается перезагрузка, план: {at}. Задание создаёт getad schedule-reboot."),
            ));
        }
        let done = self.registers.iter().any(|checked| checked.wants_restart() && checked.acted_on);
        done.then(|| {
            lang.pick(
                "The restart has been done or called off, but the register has not been read since: getad probe.",
                "Перезагрузка выполнена или отменена, но ККТ с тех пор не опрошена: getad probe.",
            )
            .to_owned()
        })
    }
}
