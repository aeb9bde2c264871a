//! What is wrong with a configuration file, and what `config` did.

use std::path::Path;

use super::{Lang, Message};
use crate::config::ConfigError;
use crate::config::keys::UnknownKey;

/// The text for a file that cannot be used.
#[must_use]
pub fn config_message(error: &ConfigError, lang: Lang) -> Message {
    let path = error.path().display();
    match error {
        ConfigError::Unreadable { reason, .. } => Message::new(
            lang.pick(format!("{path} cannot be read: {reason}"), format!("не удаётся прочитать {path}: {reason}")),
            lang.pick(
                "Give the user of the task (SYSTEM) the right to read it.",
                "Дайте пользователю задачи (СИСТЕМА) право чтения этого файла.",
            ),
        ),
        ConfigError::Encoding { line, column, .. } => Message::new(
            place(lang, path, *line, *column, &lang.pick("not UTF-8 text".to_owned(), "текст не в UTF-8".to_owned())),
            lang.pick(
                "Save the file in the encoding UTF-8; it has not been changed.",
                "Сохраните файл в кодировке UTF-8; сам файл не изменён.",
            ),
        ),
        ConfigError::Syntax { line, column, problem, .. } => Message::new(
            place(lang, path, *line, *column, &syntax(problem, lang)),
            lang.pick(
                "Correct the file there; it has not been changed. Typical: a missing comma, a single \\ in a path.",
                "Исправьте файл в этом месте; сам файл не изменён. Часто: нет запятой, одиночный \\ в пути.",
            ),
        ),
        ConfigError::Value { line, column, key, expected, found, .. } => {
            let (expected, found) = (phrase(expected, lang), phrase(found, lang));
            let key = if key.is_empty() || key == "." { String::new() } else { format!("{key}: ") };
            let problem = lang.pick(
                format!("{key}expected {expected}, found {found}"),
                format!("{key}ожидается {expected}, стоит {found}"),
            );
            Message::new(
                place(lang, path, *line, *column, &problem),
                lang.pick("Correct the value; the file has not been changed.", "Исправьте значение; сам файл не изменён."),
            )
        }
    }
}

fn place(lang: Lang, path: impl std::fmt::Display, line: usize, column: usize, problem: &str) -> String {
    lang.pick(
        format!("{path}, line {line}, column {column}: {problem}"),
        format!("{path}, строка {line}, столбец {column}: {problem}"),
    )
}

/// What the JSON parser says, in the words of people who do not write parsers.
const SYNTAX: [(&str, &str, &str); 15] = [
    ("EOF while parsing a value", "the file is empty or ends too early", "файл пуст или обрывается"),
    ("EOF while parsing a list", "the file ends inside a list", "файл обрывается внутри списка"),
    ("EOF while parsing an object", "the file ends inside { }", "файл обрывается внутри { }"),
    ("EOF while parsing a string", "the file ends inside a text", "файл обрывается внутри текста"),
    ("expected `:`", "expected a colon after the key", "ожидается двоеточие после ключа"),
    ("expected `,` or `]`", "expected a comma or ]", "ожидается запятая или ]"),
    ("expected `,` or `}`", "expected a comma or }", "ожидается запятая или }"),
    ("expected ident", "expected true, false or null", "ожидается true, false или null"),
    ("expected value", "expected a value", "ожидается значение"),
    ("invalid escape", "a single \\ in a text; write \\\\", "одиночный \\ в тексте; пишите \\\\"),
    ("invalid number", "not a number", "это не число"),
    ("key must be a string", "expected a key in quotes", "ожидается ключ в кавычках"),
    ("trailing comma", "a comma too many", "лишняя запятая"),
    ("trailing characters", "something stands after the end", "после конца что-то ещё написано"),
    ("control character", "a text is not closed by a quote", "текст не закрыт кавычкой"),
];

fn syntax(problem: &str, lang: Lang) -> String {
    let known = SYNTAX.iter().find(|(start, ..)| problem.starts_with(start));
    known.map_or_else(|| problem.to_owned(), |(_, english, russian)| lang.pick(*english, *russian).to_owned())
}

/// Expectations and sorts of values, in Russian; English ones stand for themselves.
const PHRASES: [(&str, &str); 16] = [
    ("true or false (also 1 or 0)", "true или false (можно 1 или 0)"),
    ("a whole number from 1 to 65535", "целое число от 1 до 65535"),
    ("a whole number, 0 or more", "целое число от 0"),
    ("a text", "текст"),
    ("a time \"HH:MM\", or false", "время \"ЧЧ:ММ\" или false"),
    ("\"zabbix\" or \"zabbix-legacy\"", "\"zabbix\" или \"zabbix-legacy\""),
    ("a list", "список"),
    ("0, 1, 2 or 3", "0, 1, 2 или 3"),
    ("the name of a port, such as \"COM4\"", "имя порта, например \"COM4\""),
    ("string", "текст"),
    ("map", "объект { }"),
    ("sequence", "список [ ]"),
    ("boolean", "true/false"),
    ("integer", "целое число"),
    ("floating point", "дробное число"),
    ("null", "null"),
];

fn phrase(english: &str, lang: Lang) -> String {
    if english.starts_with("struct") {
        return lang.pick("an object { }", "объект { }").to_owned();
    }
    if lang == Lang::En {
        return english.to_owned();
    }
    let known = PHRASES.iter().find(|(known, _)| *known == english);
    known.map_or(english, |(_, russian)| russian).to_owned()
}

/// A file that `config init` made or left.
#[must_use]
pub fn init_line(path: &Path, written: bool, lang: Lang) -> String {
    let path = path.display();
    if written {
        lang.pick(format!("written: {path}"), format!("создан: {path}"))
    } else {
        lang.pick(format!("exists, left as it is: {path}"), format!("уже есть, не изменён: {path}"))
    }
}

/// A file that `config check` found usable or missing.
#[must_use]
pub fn check_line(path: &Path, present: bool, lang: Lang) -> String {
    let path = path.display();
    if present {
        lang.pick(format!("ok: {path}"), format!("в порядке: {path}"))
    } else {
        lang.pick(
            format!("missing, defaults are used: {path}"),
            format!("файла нет, действуют умолчания: {path}"),
        )
    }
}

/// A key that nobody reads.
#[must_use]
pub fn unknown_key(file: &str, key: &UnknownKey, lang: Lang) -> Message {
    let place = &key.place;
    let what = lang.pick(
        format!("{file}: nobody reads the key {place}"),
        format!("{file}: ключ {place} никем не читается"),
    );
    match key.nearest {
        Some(nearest) => Message::new(
            what,
            lang.pick(
                format!("Is {nearest} meant? Correct its name."),
                format!("Имелся в виду {nearest}? Исправьте имя."),
            ),
        ),
        None => Message::new(
            what,
            lang.pick(
                "It does no harm; the README lists the keys there are.",
                "Вреда нет; известные ключи перечислены в README.",
            ),
        ),
    }
}

/// `log_level` is none.
#[must_use]
pub fn unknown_level(level: &str, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("service.json, service.log_level: `{level}` is unknown, info is used"),
            format!("service.json, service.log_level: «{level}» неизвестен, действует info"),
        ),
        lang.pick("Write debug, info, warning or error.", "Пишите debug, info, warning или error."),
    )
}

/// `target_time` is none.
#[must_use]
pub fn unclear_time(lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "service.json, validation_fn.target_time is not understood, 05:30 is used",
            "service.json, validation_fn.target_time непонятно, действует 05:30",
        ),
        lang.pick(
            "Write a time such as \"05:30\", or false.",
            "Пишите время, например \"05:30\", или false.",
        ),
    )
}
