//! `getad help files`: the home folder.

use super::Piece::{self, Entry, Heading, Text};

pub const PAGE: &[Piece] = &[
    Heading(("HOME FOLDER", "ПАПКА GETAD")),
    Text((
        "--home DIR, else the environment variable GETAD_HOME, else the folder of the program. Everything below is \
         relative to it.",
        "--home DIR, иначе переменная среды GETAD_HOME, иначе папка программы. Всё перечисленное лежит в ней.",
    )),
    Heading(("CONFIGURATION", "НАСТРОЙКИ")),
    Entry(
        "connect.json",
        (
            "How the registers are connected; see: getad help config",
            "Как подключены ККТ; см. getad help config",
        ),
    ),
    Entry("service.json", ("Everything else", "Всё остальное")),
    Entry(
        "_resources/key",
        (
            "Key of encrypted credentials, made by encrypt --gen-key",
            "Ключ зашифрованных учётных данных, создаёт encrypt --gen-key",
        ),
    ),
    Heading(("RESULTS", "РЕЗУЛЬТАТЫ")),
    Entry(
        "date/<serialNumber>.json",
        (
            "Record of a register: registration data, FN, firmware, workstation. Written by probe and by the Shtrih \
             plugin; this is what send posts",
            "Запись о ККТ: регистрация, ФН, прошивка, рабочее место. Пишут probe и плагин Штрих; именно её \
             отправляет send",
        ),
    ),
    Entry(
        "date/TV<teamviewer_id>_AD<anydesk_id>.json",
        (
            "Record of a workstation none of whose registers answered",
            "Запись о рабочем месте, где не ответила ни одна ККТ",
        ),
    ),
    Entry(
        "metrics/<serialNumber>.json",
        (
            "Health of a register when it was read last: days of the FN, unsent documents, shift, paper, errors",
            "Состояние ККТ при последнем опросе: дни ФН, неотправленные документы, смена, бумага, ошибки",
        ),
    ),
    Heading(("STATE", "СОСТОЯНИЕ")),
    Entry(
        "_resources/fiscals.json",
        (
            "Known registers, the FN of each, when it was certain last",
            "Известные ККТ, их ФН и когда он был подтверждён",
        ),
    ),
    Entry("_resources/uuid", ("Identity of the workstation", "Идентификатор рабочего места")),
    Entry(
        "_resources/reboot.json",
        (
            "A pending restart: why, for which register, for when",
            "Ожидаемая перезагрузка: почему, из-за какой ККТ, когда",
        ),
    ),
    Entry(
        "_resources/delivery.json",
        (
            "Per server and file: when it was accepted last, what failed since",
            "По серверам и файлам: когда принят, что не удалось с тех пор",
        ),
    ),
    Entry("_resources/outbox.json", ("Messages that wait to be sent", "Сообщения, которые ждут отправки")),
    Entry(
        "_resources/getad.lock",
        (
            "One writer at a time; may be deleted when no getad runs",
            "Пишет только один; можно удалить, когда getad не работает",
        ),
    ),
    Entry("_resources/outbox.lock", ("One sender of messages at a time", "Сообщения отправляет только один")),
    Entry(
        "*.broken-<time>",
        (
            "A state file that could not be understood, moved aside; keep it for support or delete it",
            "Файл состояния, который не удалось прочесть; сохраните его для поддержки или удалите",
        ),
    ),
    Heading(("PROGRAMS THAT GETAD RUNS", "ЧТО ЗАПУСКАЕТ GETAD")),
    Entry("_resources/reboot.bat", ("Restarts Windows (reboot_file)", "Перезагружает Windows (reboot_file)")),
    Entry(
        "updater/<updater_name>",
        ("Your updater, started by update", "Ваша программа обновления, её запускает update"),
    ),
    Entry(
        "shtrihscanner.exe",
        ("Shtrih plugin (exe_name), run by probe", "Плагин Штрих (exe_name), его запускает probe"),
    ),
    Entry(
        "fptr10.dll",
        (
            "ATOL driver with priority over the installed one; on Linux libfptr10.so",
            "Драйвер АТОЛ, важнее установленного; в Linux libfptr10.so",
        ),
    ),
    Heading(("LOGS", "ЖУРНАЛЫ")),
    Entry("logs/service.log", ("What getad did", "Что делал getad")),
    Entry(
        "logs/kkt.log",
        (
            "What went wrong with a register; at log_level debug every exchange",
            "Что не удалось с ККТ; при log_level debug — весь обмен",
        ),
    ),
    Text((
        "Older days are service.log.YYYY-MM-DD, kept for log_days.",
        "Прошлые дни — service.log.ГГГГ-ММ-ДД, хранятся log_days дней.",
    )),
    Heading(("NOTES", "ПРИМЕЧАНИЯ")),
    Text((
        "Every file is written beside its place, flushed to the disk and renamed: after a power cut the old or the new \
         content stands, whole. Keys that getad does not know stay where they are. Text is UTF-8 without BOM.",
        "Каждый файл пишется рядом, сбрасывается на диск и переименовывается: после сбоя питания цело старое или новое \
         содержимое. Неизвестные ключи остаются на месте. Тексты — UTF-8 без BOM.",
    )),
];
