//! What `doctor` found: a line for each finding, and below it what to do.

pub mod facts;
pub mod finding;
mod network;
mod setup;
mod upkeep;

use std::path::PathBuf;

use console::Style;
use serde_json::{Value, json};

use self::finding::{Check, Fact, Finding, State};
use super::{Lang, Message, Output, printable::printable};

/// All that was found.
pub struct Report {
    /// The findings, in the order in which they are shown.
    pub findings: Vec<Finding>,
    /// Where the file for support is.
    pub file: Option<PathBuf>,
}

impl Report {
    /// How many findings are of this sort.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|finding| finding.state == state).count()
    }

    /// Prints them.
    pub fn show(&self, output: &Output) {
        output.document(&self.document(output.lang));
        output.text(&self.lines(output));
        if let Some(file) = &self.file {
            output.text(
                &output
                    .lang
                    .pick(format!("Report: {}", file.display()), format!("Отчёт: {}", file.display())),
            );
        }
    }

    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> Value {
        let check = |finding: &Finding| {
            let message = message(finding, lang);
            json!({ "check": finding.check.key(), "state": finding.state.key(),
                "message": message.what, "advice": message.advice })
        };
        let file = self.file.as_ref().map(|file| file.display().to_string());
        json!({ "ok": self.count(State::Problem) == 0, "checks": self.findings.iter().map(check).collect::<Vec<_>>(),
            "report": file })
    }

    /// The findings as text, and how many of which sort there are.
    #[must_use]
    pub fn lines(&self, output: &Output) -> String {
        let lines = self.findings.iter().map(|finding| line(finding, output));
        lines.chain([String::new(), self.sum(output.lang)]).collect::<Vec<_>>().join("\n")
    }

    fn sum(&self, lang: Lang) -> String {
        let (problems, warnings) = (self.count(State::Problem), self.count(State::Warning));
        match (problems, warnings) {
            (0, 0) => lang.pick("All is well.", "Всё в порядке.").to_owned(),
            _ => lang.pick(
                format!("Problems: {problems}, warnings: {warnings}."),
                format!("Проблем: {problems}, предупреждений: {warnings}."),
            ),
        }
    }
}

fn line(finding: &Finding, output: &Output) -> String {
    let lang = output.lang;
    let (label, style) = match finding.state {
        State::Ok => (lang.pick("ok", "норма"), Style::new().green()),
        State::Warning => (lang.pick("warning", "внимание"), Style::new().yellow().bold()),
        State::Problem => (lang.pick("problem", "проблема"), Style::new().red().bold()),
    };
    let message = message(finding, lang);
    let what = format!("{}: {}", name(finding.check, lang), printable(&message.what));
    let what = output.wrapped(&format!("{label:<9} "), &what);
    let advice = message.advice.map(|advice| output.wrapped("          → ", &advice));
    let what = what.replacen(label, &output.paint(label, style), 1);
    std::iter::once(what).chain(advice).collect::<Vec<_>>().join("\n")
}

/// A finding for the log.
#[must_use]
pub fn log_line(finding: &Finding) -> String {
    format!("{}: {}: {}", finding.state.key(), finding.check.key(), message(finding, Lang::En).what)
}

fn name(check: Check, lang: Lang) -> &'static str {
    match check {
        Check::Home => lang.pick("Home folder", "Папка getad"),
        Check::Rights => lang.pick("Rights", "Права"),
        Check::Disk => lang.pick("Disk", "Диск"),
        Check::Config => lang.pick("Configuration", "Настройки"),
        Check::Key => lang.pick("Key", "Ключ"),
        Check::Driver => lang.pick("ATOL driver", "Драйвер АТОЛ"),
        Check::Port => lang.pick("Connection", "Подключение"),
        Check::Logs => lang.pick("POS logs", "Логи кассовой программы"),
        Check::State => lang.pick("State files", "Файлы состояния"),
        Check::Records => lang.pick("Records", "Записи"),
        Check::Restart => lang.pick("Restart", "Перезагрузка"),
        Check::Outbox => lang.pick("Messages", "Сообщения"),
        Check::Delivery => lang.pick("Delivery", "Отправка"),
        Check::Task => lang.pick("Tasks", "Задания"),
        Check::Service => lang.pick("Predecessor", "Прежняя программа"),
        Check::Server => lang.pick("Server", "Сервер"),
        Check::Telegram => "Telegram",
        Check::Clock => lang.pick("Clock", "Часы"),
    }
}

/// What is as it should be needs no advice.
fn message(finding: &Finding, lang: Lang) -> Message {
    let message = message_of(&finding.fact, lang);
    if finding.state == State::Ok { Message::plain(message.what) } else { message }
}

fn message_of(fact: &Fact, lang: Lang) -> Message {
    match fact {
        Fact::Home(fact) => upkeep::home(fact, lang),
        Fact::Config(fact) => setup::config(fact, lang),
        Fact::Driver(fact) => setup::driver(fact, lang),
        Fact::Port(fact) => setup::port(fact, lang),
        Fact::Logs(fact) => setup::logs(fact, lang),
        Fact::State(fact) => upkeep::state(fact, lang),
        Fact::Task(fact) => upkeep::task(fact, lang),
        Fact::Network(fact) => network::message(fact, lang),
        Fact::Unfinished => Message::new(
            lang.pick("the check was not done in time", "проверка не закончилась вовремя"),
            lang.pick(
                "Something on this computer holds it up, such as a faulty driver: restart it and repeat.",
                "Её что-то задерживает, например неисправный драйвер: перезагрузите компьютер и повторите.",
            ),
        ),
    }
}
