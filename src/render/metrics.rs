//! What `metrics` says beside the health itself.

use std::path::Path;

use serde::Serialize;

use super::{Lang, Message};
use crate::delivery::zabbix::{Malformed, NotAServer, PushError, Receipt};
use crate::state::health::{FaultReason, HealthFault};

/// A file of health that cannot be used.
#[must_use]
pub fn fault(fault: &HealthFault, lang: Lang) -> Message {
    let path = fault.path.display();
    match &fault.reason {
        FaultReason::Unreadable(reason) => Message::new(
            lang.pick(
                format!("{path} cannot be read: {reason}"),
                format!("не удаётся прочитать {path}: {reason}"),
            ),
            lang.pick("Give this user the right to read it.", "Дайте этому пользователю право чтения."),
        ),
        FaultReason::Damaged(what) => Message::new(
            lang.pick(format!("{path} is damaged: {what}"), format!("файл {path} повреждён: {what}")),
            lang.pick(
                "Read the register with `getad probe`: that writes the file anew.",
                "Опросите ККТ командой `getad probe`: файл будет записан заново.",
            ),
        ),
        FaultReason::Newer(form) => Message::new(
            lang.pick(
                format!("{path} was written by a newer getad (form {form})"),
                format!("файл {path} записан более новой версией getad (форма {form})"),
            ),
            lang.pick(
                "Use that version here too, or read the register again with this one: `getad probe`.",
                "Поставьте ту же версию или опросите ККТ этой: `getad probe`.",
            ),
        ),
        FaultReason::Misnamed(serial) => Message::new(
            lang.pick(
                format!("{path} holds the health of register {serial}"),
                format!("в файле {path} данные ККТ {serial}"),
            ),
            lang.pick("It is a copy: remove it.", "Это копия: удалите её."),
        ),
    }
}

/// A file was written.
#[must_use]
pub fn written(path: &Path, lang: Lang) -> String {
    lang.pick(format!("Written: {}", path.display()), format!("Записан файл: {}", path.display()))
}

/// No file was written, as nothing is known.
#[must_use]
pub fn nothing_to_write(path: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("no register has been read yet, {} is left as it is", path.display()),
            format!("ни одна ККТ ещё не опрошена, {} не тронут", path.display()),
        ),
        lang.pick("Read the registers with `getad probe`.", "Опросите ККТ командой `getad probe`."),
    )
}

/// The JSON document of `--output`.
#[derive(Debug, Serialize)]
pub struct WrittenDocument {
    ok: bool,
    written: String,
}

impl WrittenDocument {
    /// The file has been written.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { ok: true, written: path.display().to_string() }
    }
}

/// `--push` has nowhere to send to.
#[must_use]
pub fn no_server(lang: Lang) -> Message {
    Message::new(
        lang.pick("no Zabbix server is configured", "сервер Zabbix не указан"),
        lang.pick(
            "Enter its address in service.json: section zabbix, key server.",
            "Впишите его адрес в service.json: раздел zabbix, ключ server.",
        ),
    )
}

/// Why a server did not get the health.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushFailure {
    /// The entry of the list is no address.
    #[error(transparent)]
    Address(#[from] NotAServer),
    /// The exchange failed.
    #[error(transparent)]
    Exchange(#[from] PushError),
}

/// What came of one server.
#[derive(Debug)]
pub struct Pushed {
    /// Its address.
    pub server: String,
    /// What it did.
    pub outcome: Result<Receipt, PushFailure>,
}

/// What came of a push.
#[derive(Debug)]
pub struct PushReport {
    /// Name of this computer in Zabbix.
    pub host: String,
    /// The servers.
    pub pushed: Vec<Pushed>,
}

/// The JSON document of `--push`.
#[derive(Debug, Serialize)]
pub struct PushDocument<'a> {
    ok: bool,
    host: &'a str,
    pushed: Vec<PushEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct PushEntry<'a> {
    server: &'a str,
    ok: bool,
    processed: Option<u64>,
    error: Option<String>,
    hint: Option<String>,
}

impl PushReport {
    /// A line for each server in the log.
    pub fn log(&self) {
        for Pushed { server, outcome } in &self.pushed {
            match outcome {
                Ok(receipt) => {
                    log::info!("zabbix {server}: accepted {} for {}", receipt.processed, self.host)
                }
                Err(error) => log::warn!("zabbix {server}: {error}"),
            }
        }
    }

    /// A line for each server that took the health.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let taken = self.pushed.iter().filter(|pushed| pushed.outcome.is_ok());
        let host = &self.host;
        let line = |pushed: &Pushed| {
            let server = &pushed.server;
            lang.pick(
                format!("Sent to {server} as host {host}"),
                format!("Отправлено на {server}, узел {host}"),
            )
        };
        let lines: Vec<String> = taken.map(line).collect();
        if lines.is_empty() {
            lang.pick("Nothing was sent.", "Ничего не отправлено.").to_owned()
        } else {
            lines.join("\n")
        }
    }

    /// A message for each server that did not.
    #[must_use]
    pub fn errors(&self, lang: Lang) -> Vec<Message> {
        let failed = self.pushed.iter().filter_map(|pushed| Some((pushed, pushed.outcome.as_ref().err()?)));
        failed.map(|(pushed, failure)| message(&pushed.server, failure, &self.host, lang)).collect()
    }

    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> PushDocument<'_> {
        let entries: Vec<_> = self.pushed.iter().map(|pushed| pushed.entry(&self.host, lang)).collect();
        let ok = !entries.is_empty() && entries.iter().all(|entry| entry.ok);
        PushDocument { ok, host: &self.host, pushed: entries }
    }
}

impl Pushed {
    fn entry(&self, host: &str, lang: Lang) -> PushEntry<'_> {
        let message = self.outcome.as_ref().err().map(|error| message(&self.server, error, host, lang));
        let (error, hint) = message.map_or((None, None), |message| (Some(message.what), message.advice));
        let processed = self.outcome.as_ref().ok().map(|receipt| receipt.processed);
        PushEntry { server: &self.server, ok: self.outcome.is_ok(), processed, error, hint }
    }
}

fn message(server: &str, failure: &PushFailure, host: &str, lang: Lang) -> Message {
    match failure {
        PushFailure::Address(bad) => bad_server(bad, lang),
        PushFailure::Exchange(error) => {
            let (what, advice) = exchange(error, host, lang);
            Message::new(format!("Zabbix {server}: {what}"), advice)
        }
    }
}

/// An entry of `zabbix.server` is no address.
#[must_use]
pub fn bad_server(NotAServer(text): &NotAServer, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("`{text}` is not the address of a Zabbix server"),
            format!("«{text}» не адрес сервера Zabbix"),
        ),
        lang.pick(
            "Write zabbix.server as HOST or HOST:PORT, several with commas, IPv6 in brackets.",
            "Пишите zabbix.server как HOST или HOST:PORT, несколько через запятую, IPv6 в скобках.",
        ),
    )
}

fn exchange(error: &PushError, host: &str, lang: Lang) -> (String, String) {
    let reach = lang.pick(
        "Check zabbix.server, the network and the firewall; the port of the trapper is 10051.",
        "Проверьте zabbix.server, сеть и брандмауэр; порт траппера 10051.",
    );
    let (what, advice) = match error {
        PushError::Unresolved(reason) => (
            lang.pick(format!("the name cannot be resolved: {reason}"), format!("имя не разрешается: {reason}")),
            reach.to_owned(),
        ),
        PushError::Connection(reason) => {
            (lang.pick(format!("no connection: {reason}"), format!("нет соединения: {reason}")), reach.to_owned())
        }
        PushError::Silent { limit_ms } => {
            let seconds = limit_ms / 1000;
            let what = lang.pick(format!("no answer within {seconds} s"), format!("нет ответа за {seconds} с"));
            (what, reach.to_owned())
        }
        PushError::Nonsense(problem) => (
            lang.pick(format!("the answer makes no sense: {problem}"), format!("непонятный ответ: {}", russian(*problem))),
            lang.pick(
                "Check that this is the port of a Zabbix server or proxy (10051), and that it wants no encryption.",
                "Проверьте, что это порт сервера или прокси Zabbix (10051) и что он не требует шифрования.",
            )
            .to_owned(),
        ),
        PushError::Refused(info) => (
            lang.pick(format!("the server refuses: {info}"), format!("сервер отказал: {info}")),
            lang.pick("See the log of the server.", "Смотрите журнал сервера.").to_owned(),
        ),
        PushError::Redirected { address } => (
            lang.pick(
                format!("this proxy of a group sends us on to {address}, which is not supported"),
                format!("прокси из группы отсылает на {address}, это не поддерживается"),
            ),
            lang.pick(
                "Enter in zabbix.server the server itself, or all proxies of the group.",
                "Впишите в zabbix.server сам сервер или все прокси группы.",
            )
            .to_owned(),
        ),
        PushError::NotAccepted { failed, total } => {
            let of = lang.pick(format!("{failed} of {total}"), format!("{failed} из {total}"));
            (lang.pick(format!("values not accepted: {of}"), format!("не принято значений: {of}")), not_accepted(host, lang))
        }
    };
    (what, advice)
}

/// The protocol gives no reason, so all three are said.
fn not_accepted(host: &str, lang: Lang) -> String {
    lang.pick(
        format!(
            "Check in Zabbix: a host is named exactly `{host}` (else set zabbix.host), its item getad.json is of type \
             Zabbix trapper, and the item's allowed hosts include this computer."
        ),
        format!(
            "Проверьте в Zabbix: узел называется точно «{host}» (иначе задайте zabbix.host), у него есть элемент \
             getad.json типа «Zabbix траппер», в его разрешённых узлах есть этот компьютер."
        ),
    )
}

fn russian(problem: Malformed) -> &'static str {
    match problem {
        Malformed::Empty => "соединение закрыто без ответа",
        Malformed::Cut => "ответ обрывается",
        Malformed::Foreign => "это не протокол Zabbix",
        Malformed::Unsupported => "неизвестная форма",
        Malformed::TooLong => "слишком длинный",
    }
}
