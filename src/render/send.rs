//! What `send` did: the values, and the lines for people.

mod document;
mod trouble;

use std::path::Path;

use chrono::NaiveDateTime;

use super::{Lang, Message, Output};
use crate::exit::Exit;

pub use document::Document;
pub use trouble::{ServerError, Trouble, record_message};

/// Files that a line names; more of them are counted.
const NAMED: usize = 3;

/// The whole of a pass.
#[derive(Debug, Default)]
pub struct Report {
    /// Delivery is switched off.
    pub disabled: bool,
    /// Nothing was sent, only shown.
    pub dry_run: bool,
    /// How many records there are.
    pub records: usize,
    /// The servers.
    pub servers: Vec<Served>,
    /// Why the ledger was not written.
    pub unsaved: Option<Message>,
}

/// What a server got.
#[derive(Debug)]
pub struct Served {
    /// Its place in the configuration, from 1.
    pub number: usize,
    /// Its host, if its address is usable.
    pub host: Option<String>,
    /// Tells it from other paths on this host.
    pub id: Option<String>,
    /// The records.
    pub deliveries: Vec<Delivery>,
}

/// A record at a server.
#[derive(Debug)]
pub struct Delivery {
    /// Name of the file.
    pub file: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The server's last status.
    pub status: Option<u16>,
    /// SHA-256 of what was accepted (or would be sent), or why it was not.
    pub outcome: Result<String, Trouble>,
    /// When that was settled.
    pub at: NaiveDateTime,
}

impl Report {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let all = || self.servers.iter().flat_map(|served| &served.deliveries);
        let accepted = all().filter(|delivery| delivery.outcome.is_ok()).count();
        match Exit::of_parts(accepted, all().count() - accepted) {
            Exit::Done if self.unsaved.is_some() => Exit::Partial,
            exit => exit,
        }
    }

    /// A line for every server, or why there is none.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> String {
        if self.disabled {
            return lang
                .pick(
                    "Delivery is switched off: sending_data.enabled in service.json.",
                    "Отправка отключена: sending_data.enabled в service.json.",
                )
                .to_owned();
        }
        if self.servers.is_empty() {
            return lang
                .pick(
                    "No server is entered: sending_data.url_list in service.json.",
                    "Серверы не указаны: sending_data.url_list в service.json.",
                )
                .to_owned();
        }
        if self.records == 0 {
            return lang
                .pick(
                    "There is no record to send. Read the registers first: getad probe.",
                    "Записей для отправки нет. Сначала опросите ККТ: getad probe.",
                )
                .to_owned();
        }
        self.servers.iter().map(|served| served.line(self.dry_run, lang)).collect::<Vec<_>>().join("\n")
    }

    /// What went wrong, the same at one server told once.
    #[must_use]
    pub fn complaints(&self, lang: Lang) -> Vec<Message> {
        self.servers.iter().flat_map(|served| served.complaints(lang)).chain(self.unsaved.clone()).collect()
    }

    /// Shows all of it.
    pub fn show(&self, output: &Output) {
        output.document(&self.document(output.lang));
        output.text(&self.lines(output.lang));
        self.complaints(output.lang).iter().for_each(|message| output.error(message));
    }
}

impl Served {
    /// The server in words.
    #[must_use]
    pub fn name(&self, lang: Lang) -> String {
        let number = self.number;
        match &self.host {
            Some(host) => lang.pick(format!("server {number} ({host})"), format!("сервер {number} ({host})")),
            None => lang.pick(format!("server {number}"), format!("сервер {number}")),
        }
    }

    fn line(&self, dry_run: bool, lang: Lang) -> String {
        let (accepted, all) = (self.accepted(), self.deliveries.len());
        let name = self.name(lang);
        if dry_run {
            return lang.pick(
                format!("{name}: {accepted} of {all} records would be sent"),
                format!("{name}: было бы отправлено записей: {accepted} из {all}"),
            );
        }
        lang.pick(
            format!("{name}: {accepted} of {all} records accepted"),
            format!("{name}: принято записей: {accepted} из {all}"),
        )
    }

    /// How many records it accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.deliveries.iter().filter(|delivery| delivery.outcome.is_ok()).count()
    }

    /// What went wrong here, the same told once.
    #[must_use]
    pub fn complaints(&self, lang: Lang) -> Vec<Message> {
        let mut groups: Vec<(Message, Vec<&str>)> = Vec::new();
        for delivery in &self.deliveries {
            let Err(trouble) = &delivery.outcome else { continue };
            let message = trouble.message(lang);
            match groups.iter_mut().find(|(known, _)| *known == message) {
                Some((_, files)) => files.push(&delivery.file),
                None => groups.push((message, vec![&delivery.file])),
            }
        }
        let line = |(message, files): (Message, Vec<&str>)| Message {
            what: format!("{}: {}: {}", self.name(lang), listed(&files, lang), message.what),
            advice: message.advice,
        };
        groups.into_iter().map(line).collect()
    }
}

/// A broken ledger was moved aside.
#[must_use]
pub fn ledger_set_aside(aside: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "delivery.json was broken and has been begun anew",
            "файл delivery.json был повреждён и начат заново",
        ),
        lang.pick(
            format!("The broken file is kept as {}.", aside.display()),
            format!("Повреждённый файл сохранён как {}.", aside.display()),
        ),
    )
}

fn listed(files: &[&str], lang: Lang) -> String {
    let named = files.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match files.len().saturating_sub(NAMED) {
        0 => named,
        more => lang.pick(format!("{named} and {more} more"), format!("{named} и ещё {more}")),
    }
}
