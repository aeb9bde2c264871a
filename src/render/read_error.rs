//! Why a register was not read: a sentence and an advice for every case.

use std::path::PathBuf;

use super::{Lang, Message, meaning, reason};
use crate::kkt::ReadError;
use crate::kkt::error::Malformation;
use crate::kkt::mitsu::error_text;

/// The text for a register that was not read.
#[must_use]
pub fn message(error: &ReadError, lang: Lang) -> Message {
    Message { what: what(error, lang), advice: advice(error, lang) }
}

fn what(error: &ReadError, lang: Lang) -> String {
    match error {
        ReadError::PortAbsent { port } => {
            lang.pick(format!("there is no port {port}"), format!("порта {port} нет"))
        }
        ReadError::PortBusy { port } => lang.pick(
            format!("port {port} is held by another program"),
            format!("порт {port} занят другой программой"),
        ),
        ReadError::PortFailed { port, reason } => lang.pick(
            format!("port {port} cannot be used: {reason}"),
            format!("порт {port} не открывается: {reason}"),
        ),
        ReadError::Unreachable { address, reason } => lang.pick(
            format!("no connection to {address}: {reason}"),
            format!("нет связи с {address}: {reason}"),
        ),
        ReadError::ConnectionLost { during, reason } => lang.pick(
            format!("the connection broke during {during}: {reason}"),
            format!("связь оборвалась на {during}: {reason}"),
        ),
        ReadError::Silent { command, waited_ms } => lang.pick(
            format!("no answer to {command} within {} s", seconds(*waited_ms)),
            format!("нет ответа на {command} за {} с", seconds(*waited_ms)),
        ),
        ReadError::Deadline { limit_ms } => lang.pick(
            format!("not done within {} s, given up", seconds(*limit_ms)),
            format!("опрос не закончился за {} с и прерван", seconds(*limit_ms)),
        ),
        ReadError::Malformed { command, problem, shown } => lang.pick(
            format!("unusable answer to {command}, {}: {shown}", malformation(*problem, lang)),
            format!("негодный ответ на {command}, {}: {shown}", malformation(*problem, lang)),
        ),
        ReadError::NoSerial => {
            lang.pick("the register gave no serial number", "ККТ не сообщила заводской номер").to_owned()
        }
        ReadError::StrangeSerial { shown } => lang.pick(
            format!("the register gave an impossible serial number: \"{shown}\""),
            format!("ККТ сообщила невозможный заводской номер: «{shown}»"),
        ),
        ReadError::Device { command, code, text } => device(command, *code, text.as_deref(), lang),
        ReadError::Driver { during, code, text } => lang.pick(
            format!("the driver failed at {during}: {}", driver_error(*code, text, lang)),
            format!("драйвер не выполнил {during}: {}", driver_error(*code, text, lang)),
        ),
        _ => process(error, lang),
    }
}

/// Failures of the vendor's library, its process, or the configuration.
fn process(error: &ReadError, lang: Lang) -> String {
    match error {
        ReadError::LibraryMissing { searched } => lang.pick(
            format!("the ATOL driver was not found{}", places(searched, "; looked at: ")),
            format!("драйвер АТОЛ не найден{}", places(searched, "; искали: ")),
        ),
        ReadError::LibraryBroken { path, reason } => lang.pick(
            format!("{} is not a usable library: {reason}", path.display()),
            format!("{} — непригодная библиотека: {}", path.display(), reason::text(reason, lang)),
        ),
        ReadError::LibraryForeign { path, symbol } => lang.pick(
            format!("{} is not the ATOL driver: it lacks {symbol}", path.display()),
            format!("{} — не драйвер АТОЛ: в нём нет {symbol}", path.display()),
        ),
        ReadError::LibraryDependency { path, reason } => lang.pick(
            format!("{} cannot be loaded, something it needs is missing: {reason}", path.display()),
            format!("{} не загружается, не хватает нужных ей файлов: {reason}", path.display()),
        ),
        ReadError::LibraryWidth { path, bits, executable } => lang.pick(
            format!("{} is {bits}-bit, and {} is absent", path.display(), executable.display()),
            format!("{} — {bits}-разрядная, а файла {} нет", path.display(), executable.display()),
        ),
        ReadError::Crashed { code } => {
            lang.pick(format!("the driver crashed ({code})"), format!("драйвер аварийно завершился ({code})"))
        }
        ReadError::Worker { reason } => lang.pick(
            format!("the driver's process failed: {reason}"),
            format!("процесс драйвера не сработал: {reason}"),
        ),
        ReadError::Entry { entry, field } => lang.pick(
            format!("connect.json, {entry}: {field} is missing or empty"),
            format!("connect.json, {entry}: нет значения {field}"),
        ),
        other => other.to_string(),
    }
}

/// The number, and the driver's own words for it unless it has none.
fn driver_error(code: i32, text: &str, lang: Lang) -> String {
    let number = lang.pick(format!("error {code}"), format!("ошибка {code}"));
    if text.trim().is_empty() { number } else { format!("{number}: {text}") }
}

/// Why one question among many was not answered; the question itself is named beside it.
#[must_use]
pub fn cause(error: &ReadError, lang: Lang) -> String {
    match error {
        ReadError::Driver { code, text, .. } => driver_error(*code, text, lang),
        other => what(other, lang),
    }
}

fn places(searched: &[PathBuf], label: &str) -> String {
    let shown: Vec<String> = searched.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() { String::new() } else { format!("{label}{}", shown.join(", ")) }
}

/// `1.5`, `60`: seconds without needless digits.
fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    match milliseconds % 1000 / 100 {
        0 => whole.to_string(),
        tenth => format!("{whole}.{tenth}"),
    }
}

fn malformation(problem: Malformation, lang: Lang) -> &'static str {
    match problem {
        Malformation::Checksum => lang.pick("wrong check byte", "неверная контрольная сумма"),
        Malformation::Truncated => lang.pick("cut short", "оборван"),
        Malformation::TooLong => lang.pick("too long", "слишком длинный"),
        Malformation::Foreign => lang.pick("not of this protocol", "не по протоколу"),
        Malformation::Echo => lang.pick("our own request came back", "вернулся наш же запрос"),
    }
}

/// The meaning of the number first, then what the register itself added.
fn device(command: &str, code: u32, text: Option<&str>, lang: Lang) -> String {
    let meaning =
        error_text(code).map(|meaning| format!(": {}", meaning::text(meaning, lang))).unwrap_or_default();
    let added = text.map(|text| format!(" ({text})")).unwrap_or_default();
    lang.pick(
        format!("the register refused {command}: error {code}{meaning}{added}"),
        format!("ККТ отказала на {command}: ошибка {code}{meaning}{added}"),
    )
}

fn advice(error: &ReadError, lang: Lang) -> Option<String> {
    let advice = match error {
        ReadError::PortAbsent { .. } => lang.pick(
            "Check the cable and the power of the register, and its port in the Device Manager (Ports).",
            "Проверьте кабель и питание ККТ и её порт в диспетчере устройств (Порты COM и LPT).",
        ),
        ReadError::PortBusy { .. } => busy_advice(lang),
        ReadError::PortFailed { .. } => lang.pick(
            "Plug the register out and in, or restart it; check the driver of the port.",
            "Переподключите или перезапустите ККТ; проверьте драйвер порта.",
        ),
        ReadError::Unreachable { .. } => lang.pick(
            "Check the power and the network cable of the register, its address and port in connect.json, the firewall.",
            "Проверьте питание и сетевой кабель ККТ, её адрес и порт в connect.json, брандмауэр.",
        ),
        ReadError::ConnectionLost { .. } => {
            lang.pick("Repeat; if it stays, check the cable.", "Повторите; если не проходит — проверьте кабель.")
        }
        ReadError::Silent { .. } => lang.pick(
            "Check that the register is on, is of this brand, and that com_baudrate is right.",
            "Проверьте, что ККТ включена, что это ККТ этой марки и что верна скорость com_baudrate.",
        ),
        ReadError::Deadline { .. } => lang.pick(
            "The register or its driver hangs: restart the register. --timeout sets the limit.",
            "Зависла ККТ или её драйвер: перезапустите ККТ. Срок задаёт --timeout.",
        ),
        ReadError::Malformed { .. } => lang.pick(
            "Check that this port or address belongs to the register, the cable and com_baudrate.",
            "Проверьте, что это порт или адрес ККТ, кабель и скорость com_baudrate.",
        ),
        ReadError::NoSerial | ReadError::StrangeSerial { .. } => lang.pick(
            "The register is not set up or its memory is damaged: call its service centre.",
            "ККТ не введена в эксплуатацию или повреждена её память: обратитесь в сервисный центр.",
        ),
        ReadError::Device { code: 95 | 509, .. } => {
            lang.pick("The register is printing: repeat later.", "ККТ печатает: повторите позже.")
        }
        ReadError::Device { .. } => lang.pick(
            "Look the error up in the register's manual; restart the register if it stays.",
            "Смотрите ошибку в руководстве ККТ; если не проходит — перезапустите ККТ.",
        ),
        ReadError::Driver { code, .. } => driver_advice(*code, lang)?,
        _ => process_advice(error, lang),
    };
    Some(advice.to_owned())
}

fn busy_advice(lang: Lang) -> &'static str {
    lang.pick(
        "The POS program (iikoFront) or a driver test holds it: close it, or run getad before it starts.",
        "Его держит кассовая программа (iikoFront) или тест драйвера: закройте её или запускайте getad до неё.",
    )
}

/// By error number of the ATOL driver.
fn driver_advice(code: i32, lang: Lang) -> Option<&'static str> {
    Some(match code {
        1 | 2 => lang.pick(
            "No connection: check the power and the cable of the register and the way in connect.json.",
            "Нет связи: проверьте питание и кабель ККТ и способ подключения в connect.json.",
        ),
        3 => busy_advice(lang),
        4 => lang.pick(
            "The port is not available: check the cable, the Device Manager and the USB driver.",
            "Порт недоступен: проверьте кабель, диспетчер устройств и драйвер USB.",
        ),
        9 | 10 => lang.pick("Check this entry of connect.json.", "Проверьте эту запись в connect.json."),
        11 => lang.pick(
            "The register or the driver is too old for it: update them.",
            "ККТ или драйвер для этого стары: обновите их.",
        ),
        44 => lang.pick("Put paper in.", "Заправьте бумагу."),
        45 => lang.pick("Close the cover.", "Закройте крышку."),
        46 => lang.pick("Check the printer of the register.", "Проверьте принтер ККТ."),
        55 => lang.pick("The register is at work: repeat later.", "ККТ занята: повторите позже."),
        68 => lang.pick(
            "Close the shift: it is open for more than 24 hours.",
            "Закройте смену: она длится больше 24 часов.",
        ),
        71 => lang.pick(
            "The register wants a password: check the user's password in the driver.",
            "ККТ требует пароль: проверьте пароль пользователя в драйвере.",
        ),
        94 | 96 => lang.pick("A licence is missing or has ended.", "Лицензии нет или она истекла."),
        115 | 118 | 120 | 121 | 137 | 139 | 140 | 166 => lang.pick(
            "Something is wrong with the FN: check that it is in its place and not expired.",
            "Неполадка с ФН: проверьте, что он на месте и не истёк.",
        ),
        _ => return None,
    })
}

fn process_advice(error: &ReadError, lang: Lang) -> &'static str {
    match error {
        ReadError::LibraryMissing { .. } => lang.pick(
            "Install the ATOL driver 10 (10.7 or later), or put fptr10.dll into the folder of getad.",
            "Установите «Драйвер ККТ v.10» (10.7 или новее) или положите fptr10.dll в папку getad.",
        ),
        ReadError::LibraryBroken { .. } | ReadError::LibraryForeign { .. } => lang.pick(
            "Replace the file by the one of an installed driver, or remove it so that the installed one is used.",
            "Замените файл библиотекой из установленного драйвера или удалите его: тогда возьмётся установленная.",
        ),
        ReadError::LibraryDependency { .. } => lang.pick(
            "Install the Visual C++ 2015-2022 runtime (on Windows 7 also KB3063858) and the ATOL driver anew.",
            "Установите Visual C++ 2015–2022 (на Windows 7 ещё и KB3063858) и заново драйвер АТОЛ.",
        ),
        ReadError::LibraryWidth { .. } => lang.pick(
            "Put getad.exe and getad64.exe side by side into one folder, or install the driver of the other width.",
            "Положите getad.exe и getad64.exe в одну папку или установите драйвер другой разрядности.",
        ),
        ReadError::Crashed { .. } => lang.pick(
            "Update or reinstall the ATOL driver; logs/kkt.log says at which step it happened.",
            "Обновите или переустановите драйвер АТОЛ; на каком шаге — смотрите в logs/kkt.log.",
        ),
        ReadError::Entry { .. } => {
            lang.pick("Complete the entry in connect.json.", "Допишите эту запись в connect.json.")
        }
        _ => lang.pick(
            "Check that an antivirus program does not block getad, and see logs/kkt.log.",
            "Проверьте, не блокирует ли getad антивирус; подробности в logs/kkt.log.",
        ),
    }
}
