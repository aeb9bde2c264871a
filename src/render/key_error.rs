//! Keys that cannot be used and credentials that cannot be decrypted.

use super::{Lang, Message};
use crate::secret::keys::KEY_VARIABLE;
use crate::secret::{KeyError, KeyPlace, TokenError};

/// The text for a key that cannot be used.
#[must_use]
pub fn key_message(error: &KeyError, lang: Lang) -> Message {
    match error {
        KeyError::Absent { path } => Message::new(
            lang.pick(
                format!("there is no key file {}", path.display()),
                format!("файла ключа {} нет", path.display()),
            ),
            lang.pick(
                "Correct --key-file; `getad encrypt --gen-key --key-file FILE` makes such a file.",
                "Исправьте --key-file; такой файл создаёт `getad encrypt --gen-key --key-file FILE`.",
            ),
        ),
        KeyError::Unreadable { path, source } => Message::new(
            lang.pick(
                format!("the key file {} cannot be read: {source}", path.display()),
                format!("не удаётся прочитать файл ключа {}: {source}", path.display()),
            ),
            lang.pick(
                "Run as administrator: only administrators and SYSTEM may read a key.",
                "Запустите от имени администратора: ключ могут читать только администраторы и СИСТЕМА.",
            ),
        ),
        KeyError::NoKey { place } => Message::new(
            lang.pick(
                format!("{} holds no Fernet key", where_it_is(place, lang)),
                format!("{}: это не ключ Fernet", where_it_is(place, lang)),
            ),
            no_key_advice(place, lang),
        ),
    }
}

fn no_key_advice(place: &KeyPlace, lang: Lang) -> String {
    match place {
        KeyPlace::Environment => lang.pick(
            format!("Put a key there (44 letters, digits, - and _, with = at the end), or unset {KEY_VARIABLE}."),
            format!("Задайте ключ (44 символа: буквы, цифры, - и _, в конце =) или уберите {KEY_VARIABLE}."),
        ),
        _ => lang.pick(
            "Restore the key from a copy (44 letters, digits, - and _, with = at the end), or remove it and make \
             a new one with `getad encrypt --gen-key`; what the old one encrypted must then be entered again."
                .to_owned(),
            "Верните ключ из копии (44 символа: буквы, цифры, - и _, в конце =) или удалите его и создайте новый: \
             `getad encrypt --gen-key`; зашифрованное прежним ключом придётся ввести заново."
                .to_owned(),
        ),
    }
}

/// A place of a key, for the middle of a sentence.
#[must_use]
pub fn where_it_is(place: &KeyPlace, lang: Lang) -> String {
    match place {
        KeyPlace::File(path) => {
            lang.pick(format!("the file {}", path.display()), format!("файл {}", path.display()))
        }
        KeyPlace::Environment => {
            lang.pick(format!("the variable {KEY_VARIABLE}"), format!("переменная {KEY_VARIABLE}"))
        }
        KeyPlace::BuiltIn => lang.pick("this program".to_owned(), "сама программа".to_owned()),
        KeyPlace::Published => {
            lang.pick("the predecessor's source code", "исходный код getad-service").to_owned()
        }
    }
}

/// A message about what stands at a place.
#[must_use]
pub fn at(place: &str, message: Message) -> Message {
    Message { what: format!("{place}: {}", message.what), ..message }
}

/// The text for a credential that cannot be decrypted.
#[must_use]
pub fn token_message(error: TokenError, lang: Lang) -> Message {
    match error {
        TokenError::Damaged => Message::new(
            lang.pick(
                "this is no encrypted value, or a damaged one",
                "это не зашифрованное значение, или оно повреждено",
            ),
            lang.pick(
                "Copy it whole, without blanks or line breaks. If it is a plain value, set \"encryption\" to false \
                 and encrypt it with `getad encrypt --config service.json`.",
                "Скопируйте его целиком, без пробелов и переносов. Если это открытое значение, поставьте \
                 \"encryption\": false и зашифруйте его: `getad encrypt --config service.json`.",
            ),
        ),
        TokenError::OtherKey => Message::new(
            lang.pick(
                "encrypted with a key that is not here, or damaged",
                "зашифровано ключом, которого здесь нет, или повреждено",
            ),
            lang.pick(
                "Put the key it was encrypted with into _resources/key, or enter the plain value with \
                 \"encryption\": false and encrypt it with `getad encrypt --config service.json`.",
                "Положите ключ, которым оно зашифровано, в _resources/key либо впишите открытое значение с \
                 \"encryption\": false и зашифруйте его: `getad encrypt --config service.json`.",
            ),
        ),
        TokenError::NotText => Message::new(
            lang.pick("what was encrypted is not text", "зашифрован не текст"),
            lang.pick("Encrypt the value again.", "Зашифруйте значение заново."),
        ),
    }
}
