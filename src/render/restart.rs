//! What `schedule-reboot` did: the values, texts for people, the JSON document.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde::Serialize;

use super::{Lang, Message};
use crate::kkt::health::time_text::FORMAT;
use crate::state::reboot::{Cause, Reason};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A task was registered.
    Scheduled,
    /// The restart file ran.
    Ran,
    /// The restart was called off.
    Cancelled,
    /// Nothing.
    None,
}

/// The result of a run. Serialises as the JSON document.
#[derive(Debug, Serialize)]
pub struct Report {
    /// A restart waits to be done.
    pub pending: bool,
    /// Why.
    pub reason: Option<Reason>,
    /// When it is planned.
    pub at: Option<String>,
    /// Name of the registered task.
    pub task: Option<&'static str>,
    /// What was done.
    pub action: Action,
    /// The registers that it is for.
    pub registers: Vec<Cause>,
    /// Exit code of the restart file, if it ran to its end.
    pub exit_code: Option<i32>,
    /// Text of the task, if that was asked for.
    pub xml: Option<String>,
    /// It is too late to run it now.
    #[serde(skip)]
    pub late: bool,
}

impl Report {
    /// The text for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        if let Some(xml) = &self.xml {
            return xml.clone();
        }
        let at = self.at.as_deref().unwrap_or("?");
        match self.action {
            Action::None | Action::Scheduled if self.task.is_some() && !self.late => lang.pick(
                format!("The computer will be restarted at {at}."),
                format!("Компьютер будет перезагружен: {at}."),
            ),
            Action::Ran => {
                let code = self.exit_code.map_or_else(|| "?".to_owned(), |code| code.to_string());
                lang.pick(
                    format!("The restart file ran, exit code {code}."),
                    format!("Файл перезагрузки выполнен, код завершения {code}."),
                )
            }
            Action::Cancelled => lang.pick("The restart is called off.", "Перезагрузка отменена.").to_owned(),
            Action::None if self.late => lang.pick(
                format!("The restart was planned for {at}, more than an hour ago: it is not done now."),
                format!("Перезагрузка планировалась на {at}, прошло больше часа: сейчас она не выполняется."),
            ),
            Action::None | Action::Scheduled => {
                lang.pick("No restart is pending.", "Перезагрузка не требуется.").to_owned()
            }
        }
    }
}

/// A time as the documents have it.
#[must_use]
pub fn shown(at: NaiveDateTime) -> String {
    at.format(FORMAT).to_string()
}

/// Why the restart file did not run.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// The name of the restart file is not one.
    #[error("service.json, service.reboot_file: `{name}` cannot be run from _resources")]
    Name {
        /// The name.
        name: String,
    },
    /// The restart file is absent.
    #[error("{} does not exist", .path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// The restart file cannot be started.
    #[error("{} cannot be started: {source}", .path.display())]
    Start {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl RestartError {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        match self {
            Self::Name { name } => Message::new(
                lang.pick(
                    format!("service.json, service.reboot_file: `{name}` cannot be run from _resources"),
                    format!("service.json, service.reboot_file: «{name}» нельзя запустить из _resources"),
                ),
                lang.pick(
                    "Write the bare name of a .bat, .cmd or .exe file in _resources.",
                    "Пишите только имя файла .bat, .cmd или .exe в папке _resources.",
                ),
            ),
            Self::Absent { path } | Self::Start { path, .. } => Message::new(
                match self {
                    Self::Start { source, .. } => lang.pick(
                        format!("{} cannot be started: {source}", path.display()),
                        format!("не удаётся запустить {}: {source}", path.display()),
                    ),
                    _ => lang.pick(
                        format!("{} does not exist", path.display()),
                        format!("файла {} нет", path.display()),
                    ),
                },
                lang.pick(
                    "Put it there, or correct service.reboot_file in service.json. The restart stays pending.",
                    "Положите его туда или исправьте service.reboot_file в service.json. Перезагрузка остаётся в ожидании.",
                ),
            ),
        }
    }
}

/// A broken `reboot.json` was moved aside.
#[must_use]
pub fn broken_state(aside: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "reboot.json was broken: no restart is pending",
            "файл reboot.json повреждён: перезагрузка не ожидается",
        ),
        lang.pick(
            format!(
                "The next validate-fn finds again what it was about. The broken file is kept as {}.",
                aside.display()
            ),
            format!(
                "Следующий validate-fn найдёт причину заново. Повреждённый файл сохранён как {}.",
                aside.display()
            ),
        ),
    )
}
