//! Errors that end a command, as a sentence and an advice.

use std::path::{Path, PathBuf};

use super::encrypt::EncryptError;
use super::key_error::{key_message, token_message};
use super::migrate::MigrateError;
use super::telegram::Unusable;
use super::topics::TOPICS;
use super::update::UpdateError;
use super::{Lang, config::config_message, restart::RestartError, schedule::task_message};
use crate::config::ConfigError;
use crate::schedule::tasks::TaskError;
use crate::secret::{KeyError, TokenError};
use crate::state::StateError;

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Message {
    /// A message with advice.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: Some(advice.into()) }
    }

    /// A message that needs no advice.
    pub fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None }
    }
}

/// What a command itself has to object to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// The home folder does not exist.
    #[error("the home folder {} does not exist", .folder.display())]
    HomeAbsent {
        /// The folder.
        folder: PathBuf,
    },
    /// A register was given without its brand.
    #[error("--com and --tcp need exactly one --brand")]
    BrandNeeded,
    /// The brand cannot be connected like this.
    #[error("Mitsu registers have no USB connection of their own")]
    UsbIsAtolOnly,
    /// An address on the command line makes no sense.
    #[error("`{text}` is not HOST:PORT")]
    NoAddress {
        /// What was given.
        text: String,
    },
    /// The list of servers is shorter.
    #[error("there is no server {number}, the list has {count}")]
    NoServer {
        /// What was asked for, from 1.
        number: usize,
        /// Length of the list.
        count: usize,
    },
    /// Only ATOL registers can be restarted.
    #[error("only ATOL registers can be restarted")]
    RestartIsAtolOnly,
    /// Several registers, and one must be chosen.
    #[error("which register? there are {}", .links.join(", "))]
    WhichRegister {
        /// The ways to them.
        links: Vec<String>,
    },
    /// Nobody is there to be asked.
    #[error("--yes is needed without a terminal")]
    NobodyToAsk,
    /// A form that is no JSON was asked for as JSON.
    #[error("--json and --format prometheus exclude each other")]
    NotJson,
    /// A screen cannot be drawn anew.
    #[error("--watch needs a terminal")]
    NothingToWatch,
    /// There is nothing in a message.
    #[error("the message is empty")]
    NoText,
    /// A message is longer than anybody reads.
    #[error("the message is longer than {limit} bytes")]
    LongText {
        /// Most bytes.
        limit: usize,
    },
    /// No such topic.
    #[error("there is no help on `{topic}`")]
    NoTopic {
        /// What was asked for.
        topic: String,
    },
}

impl Complaint {
    /// True when the command line itself is wrong.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::HomeAbsent { .. })
    }
}

/// The text for an error that ends a command.
#[must_use]
pub fn message(error: &anyhow::Error, lang: Lang) -> Message {
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return config_message(error, lang);
    }
    if let Some(error) = error.downcast_ref::<StateError>() {
        return state_message(error, lang);
    }
    if let Some(error) = error.downcast_ref::<KeyError>() {
        return key_message(error, lang);
    }
    if let Some(error) = error.downcast_ref::<TokenError>() {
        return token_message(*error, lang);
    }
    if let Some(error) = error.downcast_ref::<EncryptError>() {
        return error.message(lang);
    }
    if let Some(error) = error.downcast_ref::<TaskError>() {
        return task_message(None, error, lang);
    }
    if let Some(error) = error.downcast_ref::<RestartError>() {
        return error.message(lang);
    }
    if let Some(error) = error.downcast_ref::<MigrateError>() {
        return error.message(lang);
    }
    if let Some(error) = error.downcast_ref::<Unusable>() {
        return error.message(lang);
    }
    if let Some(error) = error.downcast_ref::<UpdateError>() {
        return error.message(lang);
    }
    if let Some(complaint) = error.downcast_ref::<Complaint>() {
        return complaint_message(complaint, lang);
    }
    Message::plain(format!("{error:#}"))
}

/// The text for a state file that could not be read or written.
#[must_use]
pub fn state_message(error: &StateError, lang: Lang) -> Message {
    match error {
        StateError::Write { path, source } => Message::new(
            lang.pick(
                format!("{} cannot be written: {source}", path.display()),
                format!("не удаётся записать {}: {source}", path.display()),
            ),
            write_advice(source, lang),
        ),
        StateError::Read { path, source } => Message::new(
            lang.pick(
                format!("{} cannot be read: {source}", path.display()),
                format!("не удаётся прочитать {}: {source}", path.display()),
            ),
            lang.pick(
                "Give the user of the task (SYSTEM) the right to read it.",
                "Дайте пользователю задачи (СИСТЕМА) право чтения этого файла.",
            ),
        ),
        StateError::NoFolder { folder } => Message::new(
            lang.pick(
                format!("the folder {} does not exist", folder.display()),
                format!("папки {} нет", folder.display()),
            ),
            lang.pick("Create it, or name another file.", "Создайте её или укажите другой файл."),
        ),
        StateError::Busy { path } => Message::new(
            lang.pick(
                format!("another getad is at work in this folder ({})", path.display()),
                format!("в этой папке уже работает другой getad ({})", path.display()),
            ),
            lang.pick(
                "Wait for it to end, or end getad.exe in the Task Manager; --lock-timeout sets how long to wait.",
                "Дождитесь его завершения или снимите getad.exe в диспетчере задач; срок ожидания задаёт --lock-timeout.",
            ),
        ),
    }
}

/// A broken state file was moved aside and rebuilt.
#[must_use]
pub fn set_aside(name: &str, aside: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{name} was broken and has been rebuilt from the records"),
            format!("файл {name} был повреждён и восстановлен по записям"),
        ),
        lang.pick(
            format!("The broken file is kept as {}.", aside.display()),
            format!("Повреждённый файл сохранён как {}.", aside.display()),
        ),
    )
}

fn write_advice(source: &std::io::Error, lang: Lang) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => lang.pick(
            "The disk is full: free some space and repeat. What was there before is untouched.",
            "Диск переполнен: освободите место и повторите. Прежние данные не тронуты.",
        ),
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => lang.pick(
            "Run as administrator, or give this user the right to write to the home folder.",
            "Запустите от имени администратора или дайте этому пользователю право записи в папку getad.",
        ),
        _ => lang.pick(
            "Check that the folder exists, is writable and not blocked by an antivirus program.",
            "Проверьте, что папка существует, доступна для записи и не блокируется антивирусом.",
        ),
    }
}

fn complaint_message(complaint: &Complaint, lang: Lang) -> Message {
    match complaint {
        Complaint::HomeAbsent { folder } => Message::new(
            lang.pick(
                format!("the home folder {} does not exist", folder.display()),
                format!("папки {} нет", folder.display()),
            ),
            lang.pick(
                "Create it, or correct --home or the variable GETAD_HOME.",
                "Создайте её или исправьте --home либо переменную GETAD_HOME.",
            ),
        ),
        Complaint::BrandNeeded => Message::new(
            lang.pick(
                "it is not said which register hangs on that port or address",
                "не сказано, какая ККТ на этом порту или адресе",
            ),
            lang.pick("Add --brand atol or --brand mitsu.", "Добавьте --brand atol или --brand mitsu."),
        ),
        Complaint::UsbIsAtolOnly => Message::new(
            lang.pick(
                "Mitsu registers are connected by COM or TCP only",
                "ККТ Mitsu подключаются только по COM или TCP",
            ),
            lang.pick("Use --com or --tcp.", "Укажите --com или --tcp."),
        ),
        Complaint::NoAddress { text } => Message::new(
            lang.pick(format!("`{text}` is not an address"), format!("«{text}» не адрес")),
            lang.pick(
                "Write HOST:PORT, such as 192.168.1.100:8200.",
                "Пишите HOST:PORT, например 192.168.1.100:8200.",
            ),
        ),
        Complaint::NoServer { number, count } => Message::new(
            lang.pick(format!("there is no server {number}"), format!("сервера {number} нет")),
            lang.pick(
                format!("url_list in service.json has {count}; the first one is --server 1."),
                format!("В url_list в service.json их {count}; первый — это --server 1."),
            ),
        ),
        Complaint::RestartIsAtolOnly => Message::new(
            lang.pick("only ATOL registers can be restarted", "перезапускать можно только ККТ АТОЛ"),
            lang.pick(
                "Switch a register of another brand off and on.",
                "ККТ другой марки выключите и включите.",
            ),
        ),
        Complaint::WhichRegister { links } => Message::new(
            lang.pick(
                format!("there are several ATOL registers: {}", links.join(", ")),
                format!("ККТ АТОЛ несколько: {}", links.join(", ")),
            ),
            lang.pick("Choose one by --com, --tcp or --usb.", "Выберите одну: --com, --tcp или --usb."),
        ),
        Complaint::NobodyToAsk => Message::new(
            lang.pick(
                "a restart must be confirmed, and there is no terminal to ask at",
                "перезапуск нужно подтвердить, а терминала для вопроса нет",
            ),
            lang.pick("Add --yes if you are sure.", "Если уверены, добавьте --yes."),
        ),
        Complaint::NotJson => Message::new(
            lang.pick("the form of Prometheus is no JSON", "формат Prometheus не JSON"),
            lang.pick(
                "Leave out --json, or choose another --format.",
                "Уберите --json или выберите другой --format.",
            ),
        ),
        Complaint::NothingToWatch => Message::new(
            lang.pick("--watch needs a terminal to draw on", "для --watch нужен терминал"),
            lang.pick(
                "Leave out --json, --quiet and the redirection, or call `getad status` again and again.",
                "Уберите --json, --quiet и перенаправление или вызывайте `getad status` повторно.",
            ),
        ),
        Complaint::NoText => Message::new(
            lang.pick("the message is empty", "сообщение пусто"),
            lang.pick("Write its text after notify.", "Напишите его текст после notify."),
        ),
        Complaint::LongText { limit } => Message::new(
            lang.pick(
                format!("the message is longer than {limit} bytes"),
                format!("сообщение длиннее {limit} байт"),
            ),
            lang.pick("Shorten it.", "Сократите его."),
        ),
        Complaint::NoTopic { topic } => Message::new(
            lang.pick(format!("there is no help on `{topic}`"), format!("справки по «{topic}» нет")),
            lang.pick(
                format!("`getad help` lists the commands; the topics are: {}.", TOPICS.join(", ")),
                format!("Команды перечисляет `getad help`; темы: {}.", TOPICS.join(", ")),
            ),
        ),
    }
}
