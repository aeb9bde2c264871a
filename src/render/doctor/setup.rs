//! What has to be set up: configuration, key, driver, connections, logs of the POS program.

use super::facts::{config, driver, logs, ports};
use crate::render::config::{check_line, config_message, unknown_key};
use crate::render::key_error::{key_message, token_message, where_it_is};
use crate::render::{Lang, Message, read_error};

/// Configuration and key.
pub fn config(fact: &config::Fact, lang: Lang) -> Message {
    use config::Fact;
    match fact {
        Fact::Fine(name) => Message::plain(check_line(name.as_ref(), true, lang)),
        Fact::Absent(name) => Message::new(
            check_line(name.as_ref(), false, lang),
            lang.pick("`getad config init` writes it, to be edited.", "`getad config init` создаст его, затем отредактируйте."),
        ),
        Fact::Broken(error) => config_message(error, lang),
        Fact::Entry(error) => read_error::message(error, lang),
        Fact::Unknown(file, key) => unknown_key(file, key, lang),
        Fact::Doubt(message) => message.clone(),
        Fact::KeyUnneeded => Message::plain(lang.pick("nothing is encrypted, none is needed", "ничего не зашифровано, ключ не нужен")),
        Fact::KeyUsed(place) => Message::plain(lang.pick(
            format!("a key of your own opens what is encrypted ({})", where_it_is(place, lang)),
            format!("свой ключ открывает зашифрованное ({})", where_it_is(place, lang)),
        )),
        Fact::KeyPublished => Message::new(
            lang.pick(
                "what is encrypted opens with the key that everyone knows: it is as good as plain",
                "зашифрованное открывается общеизвестным ключом: оно почти не защищено",
            ),
            lang.pick(
                "As administrator: `getad encrypt --gen-key`, then `getad encrypt --config service.json`.",
                "От имени администратора: `getad encrypt --gen-key`, затем `getad encrypt --config service.json`.",
            ),
        ),
        Fact::KeyBroken(error) => key_message(error, lang),
        Fact::Sealed { place, error } => {
            let message = token_message(*error, lang);
            Message { what: format!("service.json, {place}: {}", message.what), ..message }
        }
    }
}

/// The ATOL driver.
pub fn driver(fact: &driver::Fact, lang: Lang) -> Message {
    use driver::Fact;
    match fact {
        Fact::Fine { path, bits, version } => {
            let version = version.as_deref().unwrap_or("?");
            let path = path.display();
            Message::plain(lang.pick(
                format!("{path}, {bits}-bit, version {version}"),
                format!("{path}, {bits}-разрядный, версия {version}"),
            ))
        }
        Fact::Unneeded => Message::plain(lang.pick(
            "not installed, and no ATOL register is configured or found on USB",
            "не установлен; ККТ АТОЛ не настроены и на USB не найдены",
        )),
        Fact::Unusable(error) => read_error::message(error, lang),
        Fact::Lacking { path, missing } => Message::new(
            lang.pick(
                format!("{} needs libraries that are missing: {}", path.display(), missing.join(", ")),
                format!("{}: не хватает библиотек: {}", path.display(), missing.join(", ")),
            ),
            lang.pick(
                "Install the Visual C++ 2015-2022 run-time of the driver's width, on Windows 7 also KB3063858, then the driver anew.",
                "Установите Visual C++ 2015-2022 той же разрядности, что и драйвер, на Windows 7 ещё KB3063858, затем заново драйвер.",
            ),
        ),
        Fact::TooOld { path, version } => Message::new(
            lang.pick(
                format!("{} is too old: {version}; supported from 10.7.0.0 on", path.display()),
                format!("{} устарел: {version}; поддерживается начиная с 10.7.0.0", path.display()),
            ),
            lang.pick("Install a newer driver 10 of ATOL.", "Установите более новый «Драйвер ККТ v.10» АТОЛ."),
        ),
    }
}

/// The ways to registers.
pub fn port(fact: &ports::Fact, lang: Lang) -> Message {
    use ports::Fact;
    match fact {
        Fact::Fine(target) => Message::plain(lang.pick(
            format!("{} {}: free", target.brand, target.link.name()),
            format!("{} {}: свободен", target.brand, target.link.name()),
        )),
        Fact::Blocked(target, error) => {
            let message = read_error::message(error, lang);
            Message { what: format!("{}: {}", target.brand, message.what), ..message }
        }
        Fact::Busy { target, suspects } => busy(&target.link.name(), suspects, lang),
        Fact::ByDriver => Message::plain(lang.pick(
            "ATOL on USB: only the driver can tell, see `getad probe`",
            "АТОЛ на USB: проверит только драйвер, см. `getad probe`",
        )),
        Fact::NothingFound => Message::new(
            lang.pick("no ATOL register is found on USB", "ККТ АТОЛ на USB не найдены"),
            lang.pick(
                "Check power and cable; if it is connected otherwise, enter that in connect.json.",
                "Проверьте питание и кабель; при другом подключении впишите его в connect.json.",
            ),
        ),
        Fact::Searched => Message::plain(
            lang.pick("Mitsu registers are searched for by `getad probe`", "ККТ Mitsu ищет `getad probe`"),
        ),
        Fact::Nothing => Message::new(
            lang.pick("connect.json names no register", "в connect.json не задано ни одной ККТ"),
            lang.pick(
                "Enter one, or set type_connect to 0 to search.",
                "Впишите её или поставьте type_connect: 0 для поиска.",
            ),
        ),
        Fact::AtWork => Message::new(
            lang.pick(
                "not tried, another getad is at work right now",
                "не проверялось: сейчас работает другой getad",
            ),
            lang.pick("Repeat when it is done.", "Повторите, когда он закончит."),
        ),
    }
}

fn busy(port: &str, suspects: &[String], lang: Lang) -> Message {
    let what = if suspects.is_empty() {
        lang.pick(
            format!("port {port} is held by another program, which one Windows does not tell"),
            format!("порт {port} занят другой программой; какой, Windows не сообщает"),
        )
    } else {
        let names = suspects.join(", ");
        lang.pick(
            format!("port {port} is held by another program; of those that use registers these run: {names}"),
            format!("порт {port} занят другой программой; из работающих с ККТ запущены: {names}"),
        )
    };
    Message::new(
        what,
        lang.pick(
            "The POS program (iikoFront) or a driver test holds it: close it, or run getad before it starts.",
            "Его держит кассовая программа (iikoFront) или тест драйвера: закройте её или запускайте getad до неё.",
        ),
    )
}

/// Logs of the POS program.
pub fn logs(fact: &logs::Fact, lang: Lang) -> Message {
    use logs::Fact;
    let advice = lang.pick(
        "Correct logs_dir in service.json, or give the user of the task the right to read that folder; without logs a replaced FN is not noticed.",
        "Исправьте logs_dir в service.json или дайте пользователю задачи право чтения этой папки; без логов замена ФН не будет замечена.",
    );
    match fact {
        Fact::Fine { brand, folder, count } => Message::plain(lang.pick(
            format!("{brand}: {} ({count} files)", folder.display()),
            format!("{brand}: {} (файлов: {count})", folder.display()),
        )),
        Fact::NoIiko(brand) => Message::new(
            lang.pick(
                format!("{brand}: no user of this computer has a log folder of iikoFront"),
                format!("{brand}: ни у одного пользователя нет папки логов iikoFront"),
            ),
            advice,
        ),
        Fact::NoFolder(brand, problem) => Message::new(format!("{brand}: {problem}"), advice),
        Fact::NoFiles { brand, folder, mask } => Message::new(
            lang.pick(
                format!("{brand}: no .log file with {mask} in its name in {}", folder.display()),
                format!("{brand}: в {} нет файлов .log с {mask} в имени", folder.display()),
            ),
            lang.pick(
                "Correct logs_mask_name in service.json, if the POS program has sold something already.",
                "Исправьте logs_mask_name в service.json, если касса уже работала.",
            ),
        ),
        Fact::Off => Message::plain(lang.pick("FN are not checked by them", "ФН по ним не проверяется")),
        Fact::Unneeded => Message::plain(lang.pick(
            "no register is known yet whose logs would be wanted",
            "пока не известно ни одной ККТ, чьи логи понадобятся",
        )),
    }
}
