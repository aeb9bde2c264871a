//! What came of the plugin for Shtrih registers.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::Lang;
use crate::kkt::error::Kind;
use crate::render::Message;
use crate::state::plugin::Unusable;

/// A run of the plugin.
#[derive(Debug)]
pub struct PluginRun {
    /// Its file.
    pub program: PathBuf,
    /// How it ended.
    pub end: PluginEnd,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
    /// Serial numbers of the registers whose records it wrote.
    pub serials: Vec<String>,
    /// Files that it wrote and that are no records.
    pub unusable: Vec<Unusable>,
    /// What could not be saved afterwards.
    pub troubles: Vec<Message>,
}

/// How the plugin ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginEnd {
    /// It is not there.
    Absent,
    /// By itself, as it should.
    Done,
    /// By itself, with an exit code that says otherwise; `None` when it was ended from outside.
    Failed(Option<i32>),
    /// It was killed at its limit.
    Overdue(Duration),
    /// It could not be started.
    NotStarted(String),
}

/// The run in the JSON document.
#[derive(Debug, Serialize)]
pub struct PluginEntry<'a> {
    program: String,
    state: &'static str,
    exit_code: Option<i32>,
    duration_ms: u64,
    serials: &'a [String],
}

/// A failure in the words of the JSON document.
pub struct PluginFailure {
    /// Sort of the failure.
    pub kind: Kind,
    /// The text for people.
    pub message: Message,
}

impl PluginEnd {
    fn key(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::Overdue(_) => "killed",
            Self::NotStarted(_) => "not-started",
        }
    }
}

impl PluginRun {
    /// The run in the JSON document.
    #[must_use]
    pub fn entry(&self) -> PluginEntry<'_> {
        let exit_code = match self.end {
            PluginEnd::Done => Some(0),
            PluginEnd::Failed(code) => code,
            _ => None,
        };
        let program = self.program.display().to_string();
        let (state, duration_ms) = (self.end.key(), self.duration_ms);
        PluginEntry { program, state, exit_code, duration_ms, serials: &self.serials }
    }

    /// Everything that went wrong.
    #[must_use]
    pub fn failures(&self, lang: Lang) -> Vec<PluginFailure> {
        let unusable = self.unusable.iter().map(|file| unusable(file, lang));
        self.failure(lang).into_iter().chain(unusable).collect()
    }

    fn failure(&self, lang: Lang) -> Option<PluginFailure> {
        let path = self.program.display();
        let (kind, what) = match &self.end {
            PluginEnd::Absent | PluginEnd::Done => return None,
            PluginEnd::Failed(code) => {
                let code = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
                (
                    Kind::Crashed,
                    lang.pick(
                        format!("{path} failed, exit code {code}"),
                        format!("{path}: ошибка, код завершения {code}"),
                    ),
                )
            }
            PluginEnd::Overdue(limit) => {
                let seconds = limit.as_secs();
                (Kind::Timeout, lang.pick(
                    format!("{path} was not done within {seconds} s and was ended with all that it had started"),
                    format!("{path} не уложился в {seconds} с и снят вместе со всем, что запустил"),
                ))
            }
            PluginEnd::NotStarted(reason) => (
                Kind::Refused,
                lang.pick(
                    format!("{path} cannot be started: {reason}"),
                    format!("не удаётся запустить {path}: {reason}"),
                ),
            ),
        };
        Some(PluginFailure { kind, message: Message::new(what, advice(&self.end, lang)) })
    }

    /// One line: what came of it, or that it is not there.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let path = self.program.display();
        let serials = self.serials.join(", ");
        match self.end {
            PluginEnd::Absent => lang.pick(
                format!("Shtrih plugin: there is no {path}"),
                format!("Плагин Штрих: файла {path} нет"),
            ),
            _ if serials.is_empty() => lang.pick(
                format!("Shtrih plugin: {path} has read no register"),
                format!("Плагин Штрих: {path} не прочитал ни одной ККТ"),
            ),
            _ => lang.pick(
                format!("Shtrih plugin: {path} has read {serials}"),
                format!("Плагин Штрих: {path} прочитал {serials}"),
            ),
        }
    }
}

fn advice(end: &PluginEnd, lang: Lang) -> &'static str {
    match end {
        PluginEnd::NotStarted(_) => lang.pick(
            "Check shtrihscanner.exe_name in service.json, and that no antivirus program blocks the file.",
            "Проверьте shtrihscanner.exe_name в service.json и не блокирует ли файл антивирус.",
        ),
        PluginEnd::Overdue(_) => lang.pick(
            "logs/service.log has what it said. Enter the registers in its section shtrih of connect.json so that it need not search, or give it longer: shtrihscanner.timeout.",
            "Что он сообщил, есть в logs/service.log. Впишите ККТ в его раздел shtrih файла connect.json, чтобы он не искал, или дайте больше времени: shtrihscanner.timeout.",
        ),
        _ => lang.pick("logs/service.log has what it said.", "Что он сообщил, есть в logs/service.log."),
    }
}

fn unusable(file: &Unusable, lang: Lang) -> PluginFailure {
    let Unusable { name, problem, .. } = file;
    let what = lang.pick(
        format!("date/{name}, written by the plugin, is no record: {problem}"),
        format!("date/{name}, записанный плагином, не является записью: {problem}"),
    );
    let advice = lang.pick(
        "Run getad probe again; if that does not help, remove the file.",
        "Запустите getad probe ещё раз; если не поможет, удалите файл.",
    );
    PluginFailure { kind: Kind::Protocol, message: Message::new(what, advice) }
}
