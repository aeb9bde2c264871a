//! What `run` did: its steps, the summary for people, the JSON document.

use serde::Serialize;
use serde_json::Value;

use super::{Lang, Message};
use crate::exit::Exit;

/// A step.
#[derive(Debug)]
pub struct Step {
    /// The command.
    pub name: &'static str,
    /// How it ended.
    pub exit: Exit,
    /// How long it took, milliseconds.
    pub duration_ms: u64,
    /// Its JSON document, when those are wanted.
    pub result: Option<Value>,
    /// What ended it before its end.
    pub error: Option<Message>,
}

/// The steps of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// In their order.
    pub steps: Vec<Step>,
}

/// The JSON document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    ok: bool,
    exit: u8,
    steps: Vec<StepEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct StepEntry<'a> {
    command: &'static str,
    exit: u8,
    duration_ms: u64,
    result: Option<&'a Value>,
    error: Option<ErrorEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct ErrorEntry<'a> {
    message: &'a str,
    hint: Option<&'a str>,
}

impl Report {
    /// The JSON document of a run that ended like this.
    #[must_use]
    pub fn document(&self, exit: Exit) -> Document<'_> {
        let ok = matches!(exit, Exit::Done | Exit::Nothing);
        Document { ok, exit: exit.code(), steps: self.steps.iter().map(Step::entry).collect() }
    }

    /// The summary: a line for each step.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let widest = self.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
        let line = |step: &Step| format!("{:widest$}  {}", step.name, words(step.exit, lang));
        self.steps.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Step {
    fn entry(&self) -> StepEntry<'_> {
        let error = self.error.as_ref();
        StepEntry {
            command: self.name,
            exit: self.exit.code(),
            duration_ms: self.duration_ms,
            result: self.result.as_ref(),
            error: error.map(|error| ErrorEntry { message: &error.what, hint: error.advice.as_deref() }),
        }
    }
}

fn words(exit: Exit, lang: Lang) -> &'static str {
    match exit {
        Exit::Done => lang.pick("done", "сделано"),
        Exit::Failed => lang.pick("failed", "не удалось"),
        Exit::Usage => lang.pick("wrong usage", "ошибка в командной строке"),
        Exit::Config => lang
            .pick("a configuration or state file cannot be used", "файл настроек или состояния непригоден"),
        Exit::Nothing => lang.pick("nothing to do", "делать нечего"),
        Exit::Partial => lang.pick("partly done", "сделано частично"),
        Exit::Busy => lang.pick("busy", "занято"),
        Exit::Replaced => lang.pick("an FN was replaced", "ФН заменён"),
    }
}
