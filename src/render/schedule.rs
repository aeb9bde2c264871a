//! What `install` and `uninstall` did, and what is wrong with tasks and folders.

pub mod outcome;

use std::path::Path;

use self::outcome::{Registration, Safety};
use super::{Lang, Message};
use crate::schedule::tasks::TaskError;

/// The text for a task that could not be registered, read or removed.
#[must_use]
pub fn task_message(name: Option<&str>, error: &TaskError, lang: Lang) -> Message {
    let (what, advice) = match error {
        TaskError::NoRights => (
            lang.pick("only an administrator may change tasks".to_owned(), "изменять задания может только администратор".to_owned()),
            lang.pick(
                "Open a command prompt as administrator (right click, \"Run as administrator\") and repeat.",
                "Откройте командную строку от имени администратора (правой кнопкой — «Запуск от имени администратора») и повторите.",
            ),
        ),
        TaskError::NotWindows => (
            lang.pick("this needs Windows: tasks exist only there".to_owned(), "для этого нужна Windows: задания есть только там".to_owned()),
            lang.pick(
                "Elsewhere call getad by cron or a systemd timer; --dry-run shows what Windows would do.",
                "В других системах вызывайте getad через cron или таймер systemd; --dry-run покажет, что делала бы Windows.",
            ),
        ),
        TaskError::Absent { program, source } => (
            lang.pick(
                format!("{} cannot be run: {source}", program.display()),
                format!("не удаётся запустить {}: {source}", program.display()),
            ),
            lang.pick(
                "Check that the service \"Task Scheduler\" runs and nothing blocks schtasks.exe.",
                "Проверьте, что служба «Планировщик заданий» работает и schtasks.exe ничем не блокируется.",
            ),
        ),
        TaskError::File { path, source } => (
            lang.pick(
                format!("{} cannot be written: {source}", path.display()),
                format!("не удаётся записать {}: {source}", path.display()),
            ),
            lang.pick("Free some space on the disk and repeat.", "Освободите место на диске и повторите."),
        ),
        TaskError::Failed { code, text } => (failed(*code, text, lang), lang.pick(
            "Check that the service \"Task Scheduler\" runs; what Windows says stands above.",
            "Проверьте, что служба «Планировщик заданий» работает; ответ Windows — выше.",
        )),
    };
    Message::new(name.map_or(what.clone(), |name| format!("{name}: {what}")), advice)
}

fn failed(code: Option<i32>, text: &str, lang: Lang) -> String {
    let code = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
    lang.pick(
        format!("Task Scheduler refused (code {code}): {text}"),
        format!("Планировщик заданий отказал (код {code}): {text}"),
    )
}

/// A task that is registered now.
#[must_use]
pub fn task_line(name: &str, done: Registration, lang: Lang) -> String {
    let done = match done {
        Registration::Registered => lang.pick("registered", "зарегистрировано"),
        Registration::Updated => lang.pick("updated", "обновлено"),
        Registration::Unchanged => lang.pick("unchanged", "без изменений"),
    };
    format!("{name}: {done}")
}

/// A task was registered and reads back otherwise; `element` is the first that differs.
#[must_use]
pub fn reads_back_differently(name: &str, element: &str, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{name}: registered, but Windows shows it differently: {element}"),
            format!("{name}: зарегистрировано, но Windows показывает иначе: {element}"),
        ),
        lang.pick(
            "Compare `getad install --dry-run` with what the Task Scheduler shows.",
            "Сравните `getad install --dry-run` с тем, что показывает Планировщик заданий.",
        ),
    )
}

/// A task that is gone now, or would be.
#[must_use]
pub fn removal_line(name: &str, was_there: bool, only_looked: bool, lang: Lang) -> String {
    let state = match (was_there, only_looked) {
        (false, _) => lang.pick("not registered", "не зарегистрировано"),
        (true, false) => lang.pick("removed", "удалено"),
        (true, true) => lang.pick("would be removed", "будет удалено"),
    };
    format!("{name}: {state}")
}

/// The checks would come too often or too rarely.
#[must_use]
pub fn odd_interval(hours: u32, lang: Lang) -> Message {
    Message::plain(lang.pick(
        format!("validation_fn.interval is {hours}; Windows takes 1 to 744 hours, the nearest is used"),
        format!("validation_fn.interval: {hours}; Windows допускает от 1 до 744 часов, взято ближайшее"),
    ))
}

/// What is said of a folder.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A result.
    Line(String),
    /// A warning.
    Warning(Message),
}

/// Whether ordinary users may write to the folder that the tasks run from.
#[must_use]
pub fn folder(folder: &Path, safety: &Safety, lang: Lang) -> Said {
    let path = folder.display();
    match safety {
        Safety::Safe => Said::Line(lang.pick(
            format!("{path}: only administrators may write here"),
            format!("{path}: писать сюда могут только администраторы"),
        )),
        Safety::Restricted { writers } => {
            let writers = writers.join(", ");
            Said::Line(lang.pick(
                format!("{path}: only administrators may write here from now on, no longer {writers}; reading stays"),
                format!("{path}: писать сюда теперь могут только администраторы, больше не {writers}; чтение осталось"),
            ))
        }
        Safety::Kept { writers } => Said::Warning(hole(
            folder,
            writers,
            lang.pick(
                "Without --keep-acl the right to write is taken from them.",
                "Без --keep-acl право записи будет у них отобрано.",
            ),
            lang,
        )),
        Safety::Misplaced { writers } => Said::Warning(misplaced(folder, writers, lang)),
        Safety::Failed { writers, reason } => {
            let mut message = hole(folder, writers, lang.pick(
                "Take the right to write from ordinary users by hand: properties of the folder, Security.",
                "Отберите у обычных пользователей право записи вручную: свойства папки, «Безопасность».",
            ), lang);
            let unkept =
                lang.pick("the system does not keep what was set", "система не сохраняет заданные права");
            message.what = format!("{} ({})", message.what, reason.as_deref().unwrap_or(unkept));
            Said::Warning(message)
        }
        Safety::Unknown { reason } => Said::Warning(Message::plain(lang.pick(
            format!("who may write to {path} cannot be told: {reason}"),
            format!("не удалось узнать, кто может писать в {path}: {reason}"),
        ))),
    }
}

/// Nothing is registered for a folder that stays open.
#[must_use]
pub fn open_folder(lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "no task is registered: what they would run as SYSTEM may be changed by ordinary users",
            "задания не зарегистрированы: то, что они запускали бы с правами СИСТЕМЫ, могут изменять обычные пользователи",
        ),
        lang.pick(
            "Do what the warnings say and repeat; --keep-acl registers the tasks all the same.",
            "Устраните причины предупреждений и повторите; --keep-acl зарегистрирует задания всё равно.",
        ),
    )
}

/// The folder lies where others may exchange it, or is not ours to protect.
#[must_use]
pub fn misplaced(folder: &Path, writers: &[String], lang: Lang) -> Message {
    hole(
        folder,
        writers,
        lang.pick(
            "Move getad to a folder of its own such as C:\\getad or below C:\\Program Files, and repeat there.",
            "Перенесите getad в отдельную папку, например C:\\getad или в C:\\Program Files, и повторите оттуда.",
        ),
        lang,
    )
}

fn hole(folder: &Path, writers: &[String], advice: &str, lang: Lang) -> Message {
    let (path, writers) = (folder.display(), writers.join(", "));
    Message::new(
        lang.pick(
            format!("{path} may be changed by {writers}, and what lies there runs as SYSTEM"),
            format!("{path} может изменять {writers}, а содержимое этой папки запускается с правами СИСТЕМЫ"),
        ),
        advice,
    )
}

/// Defender leaves the folder alone.
#[must_use]
pub fn excluded(lang: Lang) -> &'static str {
    lang.pick("Microsoft Defender leaves the folder alone", "Microsoft Defender не проверяет эту папку")
}

/// Defender does not.
#[must_use]
pub fn not_excluded(reason: &str, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("no exception was made in Microsoft Defender: {reason}"),
            format!("исключение в Microsoft Defender не добавлено: {reason}"),
        ),
        lang.pick(
            "Add the folder by hand if Defender is in use.",
            "Добавьте папку вручную, если Defender используется.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_names_who_and_what_to_do() {
        let writers = vec!["S-1-5-11".to_owned()];
        let kept = Safety::Kept { writers };
        let Said::Warning(message) = folder(Path::new("C:\\getad"), &kept, Lang::En) else {
            panic!("a hole is a warning");
        };
        assert_eq!(message.what, "C:\\getad may be changed by S-1-5-11, and what lies there runs as SYSTEM");
        assert!(message.advice.unwrap().contains("--keep-acl"));
    }

    #[test]
    fn missing_rights_say_how_to_get_them() {
        let message = task_message(Some("Getad\\Boot"), &TaskError::NoRights, Lang::Ru);
        assert_eq!(message.what, "Getad\\Boot: изменять задания может только администратор");
        assert!(message.advice.unwrap().contains("от имени администратора"));
    }
}
