//! What `update` did: the values, texts for people, the JSON document.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Lang, Message};

/// Why no updater was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// There is none.
    Absent,
    /// A restart is pending.
    RebootPending,
    /// Another getad was quicker.
    Running,
}

/// The result of a run. Serialises as the JSON document.
#[derive(Debug, Serialize)]
pub struct Report {
    ok: bool,
    /// The updater.
    updater: PathBuf,
    /// Number of its process, if it was started.
    pub process: Option<u32>,
    /// Why it was not.
    reason: Option<Why>,
    /// How long another one was waited for, milliseconds.
    pub waited_ms: u64,
}

impl Report {
    /// Nothing has been done yet.
    #[must_use]
    pub fn new(updater: &Path) -> Self {
        Self { ok: true, updater: updater.to_owned(), process: None, reason: None, waited_ms: 0 }
    }

    /// Nothing is done, for a reason.
    pub fn because(&mut self, why: Why) -> &Self {
        self.reason = Some(why);
        self
    }

    /// The text for people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let path = self.updater.display();
        match self.reason {
            None => lang.pick(format!("Started: {path}"), format!("Запущен: {path}")),
            Some(Why::Absent) => {
                lang.pick(format!("There is no updater: {path}"), format!("Программы обновления нет: {path}"))
            }
            Some(Why::RebootPending) => lang
                .pick(
                    "Skipped: a restart is pending, the update waits for it.",
                    "Пропущено: ожидается перезагрузка, обновление — после неё.",
                )
                .to_owned(),
            Some(Why::Running) => lang.pick(
                format!("Skipped: another getad has just started {path}."),
                format!("Пропущено: другой getad только что запустил {path}."),
            ),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

/// Why the updater was not started although it should have been.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Its name is not one.
    #[error("service.json, service.updater_name: `{name}` cannot be run from updater")]
    Name {
        /// The name.
        name: String,
    },
    /// Another one runs.
    #[error("{} still runs after {seconds} s", .path.display())]
    Running {
        /// The updater.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It cannot be started.
    #[error("{} cannot be started: {source}", .path.display())]
    Start {
        /// The updater.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl UpdateError {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        match self {
            Self::Name { name } => unfit_name(name, lang),
            Self::Running { path, seconds } => Message::new(
                lang.pick(
                    format!("{} still runs after {seconds} s, it is not started again", path.display()),
                    format!("{} работает и через {seconds} с, ещё раз не запускается", path.display()),
                ),
                lang.pick(
                    "Let it come to its end, or end it in the Task Manager; --wait sets how long to wait.",
                    "Дождитесь её завершения или снимите её в диспетчере задач; срок ожидания задаёт --wait.",
                ),
            ),
            Self::Start { path, source } => Message::new(
                lang.pick(
                    format!("{} cannot be started: {source}", path.display()),
                    format!("не удаётся запустить {}: {source}", path.display()),
                ),
                lang.pick(
                    "Check that it is a program for this Windows and no antivirus program blocks it.",
                    "Проверьте, что это программа для этой Windows и её не блокирует антивирус.",
                ),
            ),
        }
    }
}

/// The name of the updater is not one.
#[must_use]
pub fn unfit_name(name: &str, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("service.json, service.updater_name: `{name}` cannot be run from updater"),
            format!("service.json, service.updater_name: «{name}» нельзя запустить из updater"),
        ),
        lang.pick(
            "Write the bare name of a .exe, .bat or .cmd file in updater.",
            "Пишите только имя файла .exe, .bat или .cmd в папке updater.",
        ),
    )
}
