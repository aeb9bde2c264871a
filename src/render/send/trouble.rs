//! Why a record is not at a server.

use crate::delivery::{AddressError, HttpError};
use crate::render::{Lang, Message, http_error, key_error};
use crate::secret::TokenError;
use crate::state::outgoing::RecordError;

/// Why a record is not at a server.
#[derive(Debug)]
pub enum Trouble {
    /// The server's entry in the configuration is unfit.
    Server(ServerError),
    /// The file is unfit.
    Record(RecordError),
    /// The server gave no answer.
    NoAnswer(HttpError),
    /// The server did not accept it.
    Refused {
        /// Its status.
        status: u16,
        /// Its words, without secrets.
        words: Option<String>,
    },
    /// Not tried: the records before it failed for reasons of the server.
    GivenUp,
    /// Not tried: the whole has taken too long.
    OutOfTime,
}

/// What is wrong with an entry of `url_list`.
#[derive(Debug, Clone, Copy)]
pub enum ServerError {
    /// The address.
    Address(AddressError),
    /// An encrypted value.
    Token {
        /// Name of the key in the configuration.
        field: &'static str,
        /// What is wrong with it.
        error: TokenError,
    },
}

impl Trouble {
    /// What is wrong, and what to do.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        match self {
            Self::Server(ServerError::Address(error)) => http_error::address_message(*error, lang),
            Self::Server(ServerError::Token { field, error }) => {
                let message = key_error::token_message(*error, lang);
                Message { what: format!("{field}: {}", message.what), ..message }
            }
            Self::Record(error) => record_message(error, lang),
            Self::NoAnswer(error) => http_error::message(error, lang),
            Self::Refused { status, words } => refused(*status, words.as_deref(), lang),
            Self::GivenUp => Message::plain(lang.pick(
                "not tried, as those before failed because of the server",
                "не отправлялось: предыдущие не приняты по вине сервера",
            )),
            Self::OutOfTime => Message::new(
                lang.pick("not tried, the time is over", "не отправлялось: время вышло"),
                lang.pick(
                    "The server is too slow for so many records within ten minutes; the next run tries again.",
                    "Сервер не успевает принять столько записей за десять минут; попытка повторится при следующем запуске.",
                ),
            ),
        }
    }
}

/// The text for a record that cannot be sent.
#[must_use]
pub fn record_message(error: &RecordError, lang: Lang) -> Message {
    let what = match error {
        RecordError::Unreadable { reason } => {
            lang.pick(format!("the file cannot be read: {reason}"), format!("файл не читается: {reason}"))
        }
        RecordError::TooLarge { limit } => {
            lang.pick(format!("the file has more than {limit} bytes"), format!("в файле больше {limit} байт"))
        }
        RecordError::NotText { at } => lang.pick(
            format!("the file is not UTF-8 from byte {at} on"),
            format!("файл не в UTF-8, начиная с байта {at}"),
        ),
        RecordError::NotJson { line, column } => lang.pick(
            format!("the file is not JSON (line {line}, column {column})"),
            format!("файл не JSON (строка {line}, столбец {column})"),
        ),
        RecordError::NotObject => {
            lang.pick("the file is not a JSON object", "в файле не объект JSON").to_owned()
        }
    };
    let advice = lang.pick(
        "Remove the file from `date` and read the register again: getad probe.",
        "Удалите файл из папки date и опросите ККТ заново: getad probe.",
    );
    Message::new(what, advice)
}

fn refused(status: u16, words: Option<&str>, lang: Lang) -> Message {
    let words = words.map(|words| format!(": {words}")).unwrap_or_default();
    let what = match status {
        401 | 403 => lang.pick(
            format!("the server refuses the key (status {status}){words}"),
            format!("сервер не принимает ключ (код {status}){words}"),
        ),
        500.. => lang.pick(
            format!("the server failed (status {status}){words}"),
            format!("ошибка сервера (код {status}){words}"),
        ),
        _ => lang.pick(
            format!("the server refuses the record (status {status}){words}"),
            format!("сервер не принимает запись (код {status}){words}"),
        ),
    };
    Message::new(what, refusal_advice(status, lang))
}

fn refusal_advice(status: u16, lang: Lang) -> &'static str {
    match status {
        401 | 403 => lang.pick(
            "Check `api_key` of this server in service.json.",
            "Проверьте `api_key` этого сервера в service.json.",
        ),
        300..=399 | 404 | 405 => lang.pick(
            "Check the path in `url` of this server in service.json.",
            "Проверьте путь в `url` этого сервера в service.json.",
        ),
        407 => lang.pick(
            "Check user and password in `proxy` in service.json.",
            "Проверьте имя и пароль в `proxy` в service.json.",
        ),
        413 => lang.pick(
            "The record is too long for the server: its owner can raise the limit.",
            "Запись слишком велика для сервера: ограничение может поднять его владелец.",
        ),
        408 | 425 | 429 | 500.. => lang.pick(
            "Ask whoever runs the server; what was not accepted goes with the next run.",
            "Обратитесь к владельцу сервера; непринятое уйдёт при следующем запуске.",
        ),
        _ => lang.pick(
            "Ask whoever runs the server why, and show them the file.",
            "Спросите владельца сервера о причине, показав ему файл.",
        ),
    }
}
