//! What `encrypt` did and has to object to.

use std::io;
use std::path::{Path, PathBuf};

use super::key_error::where_it_is;
use super::{Lang, Message};
use crate::secret::KeyPlace;

/// Why `encrypt` did nothing.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// There is a key already.
    #[error("there is a key in {} already", .path.display())]
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// Stdin cannot be read.
    #[error("stdin cannot be read: {source}")]
    Unreadable {
        /// What the system says.
        source: io::Error,
    },
    /// More came from stdin than anybody has credentials.
    #[error("more than {limit} bytes came from stdin")]
    TooMuch {
        /// Most bytes that are read.
        limit: u64,
    },
    /// What came from stdin is not text.
    #[error("what came from stdin is not UTF-8")]
    NotText,
}

impl EncryptError {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        match self {
            Self::KeyExists { path } => key_exists(path, lang),
            Self::Unreadable { source } => Message::plain(lang.pick(
                format!("stdin cannot be read: {source}"),
                format!("не удаётся прочитать стандартный ввод: {source}"),
            )),
            Self::TooMuch { limit } => Message::new(
                lang.pick(
                    format!("more than {limit} bytes came from stdin"),
                    format!("на стандартный ввод пришло больше {limit} байт"),
                ),
                lang.pick("Give one credential per line.", "Подавайте по одному значению в строке."),
            ),
            Self::NotText => Message::new(
                lang.pick(
                    "what came from stdin is not UTF-8 text",
                    "на стандартный ввод пришёл текст не в UTF-8",
                ),
                lang.pick(
                    "Save the file in UTF-8, or run `chcp 65001` before.",
                    "Сохраните файл в UTF-8 или выполните сначала `chcp 65001`.",
                ),
            ),
        }
    }
}

fn key_exists(path: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("there is a key in {} already; it has not been touched", path.display()),
            format!("в {} уже есть ключ, он не тронут", path.display()),
        ),
        lang.pick(
            "To change the key, make one in a new file (--gen-key --key-file new.key), encrypt with it \
             (--config service.json --key-file new.key), then put it in the place of the old one.",
            "Чтобы сменить ключ, создайте новый в другом файле (--gen-key --key-file new.key), зашифруйте им \
             (--config service.json --key-file new.key) и положите его на место старого.",
        ),
    )
}

/// What became of an entry of the configuration, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was encrypted with the current key already.
    Kept,
    /// It was encrypted with another key.
    Renewed,
    /// It was not encrypted, or not said to be.
    Encrypted,
}

impl State {
    /// Its name in the JSON document.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Renewed => "renewed",
            Self::Encrypted => "encrypted",
        }
    }
}

/// What became of an entry.
#[must_use]
pub fn entry_line(name: &str, state: State, lang: Lang) -> String {
    let state = match state {
        State::Kept => lang.pick("encrypted already", "уже зашифровано"),
        State::Renewed => {
            lang.pick("encrypted anew with the current key", "перешифровано действующим ключом")
        }
        State::Encrypted => lang.pick("encrypted", "зашифровано"),
    };
    format!("{name}: {state}")
}

/// A new key stands in a file; in the home folder it counts from now on.
#[must_use]
pub fn key_made(path: &Path, counts: bool, lang: Lang) -> String {
    let made = lang.pick(
        format!("A new key is in {}.", path.display()),
        format!("Новый ключ записан в {}.", path.display()),
    );
    let copy = lang.pick(
        "Keep a copy where nobody else gets at it: without the key nothing that it encrypted can be read.",
        "Сохраните копию в недоступном другим месте: без ключа зашифрованное им не прочитать.",
    );
    let next = lang.pick(
        "Encrypt the credentials with it: getad encrypt --config service.json",
        "Зашифруйте им учётные данные: getad encrypt --config service.json",
    );
    let lines: &[&str] = if counts { &[&made, copy, next] } else { &[&made, copy] };
    lines.join("\n")
}

/// Everyone knows the key.
#[must_use]
pub fn published(lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "encrypted with the published key of getad-service: everyone knows it",
            "зашифровано ключом из исходного кода getad-service: он известен всем",
        ),
        lang.pick(
            "Make a key of your own: `getad encrypt --gen-key`, then encrypt again.",
            "Создайте свой ключ: `getad encrypt --gen-key`, затем зашифруйте заново.",
        ),
    )
}

/// The new key is not the one that is used.
#[must_use]
pub fn outranked(place: &KeyPlace, lang: Lang) -> Message {
    let place = where_it_is(place, lang);
    Message::new(
        lang.pick(format!("another key goes first: {place}"), format!("раньше берётся другой ключ: {place}")),
        lang.pick("Remove that one if the new key is to be used.", "Уберите его, если нужен новый ключ."),
    )
}

/// No value came.
#[must_use]
pub fn nothing_given(lang: Lang) -> Message {
    Message::new(
        lang.pick("nothing came from stdin", "на стандартный ввод ничего не пришло"),
        lang.pick("Give one value per line.", "Подавайте по одному значению в строке."),
    )
}

/// There is nothing to encrypt in a file.
#[must_use]
pub fn nothing_in(path: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{} holds no credentials", path.display()),
            format!("в {} нет учётных данных", path.display()),
        ),
        lang.pick(
            "Enter url and api_key in sending_data.url_list, or bot_token and chat_id in \
             notification.authentication.",
            "Впишите url и api_key в sending_data.url_list или bot_token и chat_id в \
             notification.authentication.",
        ),
    )
}

/// A value by its number.
#[must_use]
pub fn value(number: usize, lang: Lang) -> String {
    lang.pick(format!("value {number}"), format!("значение {number}"))
}

/// Somebody has to type the values.
#[must_use]
pub fn typing(lang: Lang) -> &'static str {
    if cfg!(windows) {
        lang.pick(
            "One value per line; Ctrl+Z and Enter end it.",
            "По одному значению в строке; конец ввода — Ctrl+Z и Enter.",
        )
    } else {
        lang.pick("One value per line; Ctrl+D ends it.", "По одному значению в строке; конец ввода — Ctrl+D.")
    }
}
