//! What `migrate` did, and what the user has to decide.

pub mod outcome;

use std::path::{Path, PathBuf};

use self::outcome::{Left, Reason, Removal, Removed, State, Trouble};
use super::config::config_message;
use super::failure::state_message;
use super::{Lang, Message};
use crate::host::services::ServiceError;

/// Columns of the names in the list of files.
const NAME_WIDTH: usize = 36;
/// Most names that are shown in one line.
const NAMES_SHOWN: usize = 20;

/// Why nothing could be done.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// There is no such folder.
    #[error("there is no folder {}", .folder.display())]
    NoFolder {
        /// What was given.
        folder: PathBuf,
    },
}

impl MigrateError {
    /// The text for people.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        let Self::NoFolder { folder } = self;
        Message::new(
            lang.pick(
                format!("there is no folder {}", folder.display()),
                format!("папки {} нет", folder.display()),
            ),
            lang.pick(
                "Give the folder that getadsc.exe and connect.json of the predecessor lie in.",
                "Укажите папку, в которой лежат getadsc.exe и connect.json прежней службы.",
            ),
        )
    }
}

/// A text and where it goes.
pub enum Said {
    /// A result.
    Line(String),
    /// A warning.
    Warning(Message),
    /// An error.
    Error(Message),
}

/// What became of a file.
#[must_use]
pub fn file_line(name: &Path, state: &State, lang: Lang) -> String {
    let state = match state {
        State::Taken => lang.pick("taken", "перенесён"),
        State::Replaced => lang.pick("taken in place of the shipped one", "перенесён вместо стандартного"),
        State::Same => lang.pick("the same is here already", "такой уже есть"),
        State::Kept => lang.pick("not taken: another one is here", "не перенесён: здесь есть другой"),
        State::Here => lang.pick("in its place", "на месте"),
        State::Failed(_) => lang.pick("not taken", "не перенесён"),
    };
    format!("{:NAME_WIDTH$}  {state}", super::printable::printable(&name.display().to_string()))
}

/// Why a file was not taken.
#[must_use]
pub fn trouble(trouble: &Trouble, lang: Lang) -> Message {
    match trouble {
        Trouble::Broken(error) => config_message(error, lang),
        Trouble::Disk(error) => state_message(error, lang),
        Trouble::Empty { path } => Message::new(
            lang.pick(format!("{} is empty", path.display()), format!("файл {} пуст", path.display())),
            lang.pick(
                "There is nothing to take; getad makes its own.",
                "Переносить нечего; getad создаст свой.",
            ),
        ),
        Trouble::TooLarge { path, limit } => Message::new(
            lang.pick(
                format!("{} is larger than {} MB", path.display(), limit >> 20),
                format!("файл {} больше {} МБ", path.display(), limit >> 20),
            ),
            lang.pick("Copy it by hand if it is needed.", "Скопируйте его вручную, если он нужен."),
        ),
    }
}

/// What became of a service.
#[must_use]
pub fn service(service: &Removed, lang: Lang) -> Said {
    let name = service.name.as_deref().unwrap_or("?");
    match &service.outcome {
        Removal::Removed => Said::Line(lang.pick(
            format!("Service {name}: stopped and removed"),
            format!("Служба {name}: остановлена и удалена"),
        )),
        Removal::Failed(error) => Said::Error(service_error(service.name.as_deref(), error, lang)),
        Removal::Present => Said::Warning(Message::new(
            still_there(name, lang),
            lang.pick(
                "It wants the same ports as getad. `getad migrate DIR --remove-service` removes it.",
                "Она занимает те же порты, что и getad. Её удалит `getad migrate DIR --remove-service`.",
            ),
        )),
        Removal::Spared => Said::Warning(Message::new(
            still_there(name, lang),
            lang.pick(
                "It stays, because none of its files could be taken over; see above.",
                "Она оставлена, потому что ни один её файл перенести не удалось; причины выше.",
            ),
        )),
    }
}

fn still_there(name: &str, lang: Lang) -> String {
    lang.pick(
        format!("the predecessor's service {name} is still installed"),
        format!("прежняя служба {name} всё ещё установлена"),
    )
}

/// Why a service was not removed, or the services not listed.
#[must_use]
pub fn service_error(name: Option<&str>, error: &ServiceError, lang: Lang) -> Message {
    let (what, advice) = match error {
        ServiceError::NotWindows => (
            lang.pick("there is no service to remove: services exist only in Windows", "службы есть только в Windows, удалять нечего")
                .to_owned(),
            lang.pick("Leave --remove-service out here.", "Здесь параметр --remove-service не нужен."),
        ),
        ServiceError::NoRights => (
            lang.pick("only an administrator may change services", "изменять службы может только администратор").to_owned(),
            lang.pick(
                "Open a command prompt as administrator (right click, \"Run as administrator\") and repeat.",
                "Откройте командную строку от имени администратора (правой кнопкой — «Запуск от имени администратора») и повторите.",
            ),
        ),
        ServiceError::StillRunning(limit) => (
            lang.pick(
                format!("the service has not stopped within {} s", limit.as_secs()),
                format!("служба не остановилась за {} с", limit.as_secs()),
            ),
            lang.pick(
                "End its process in the Task Manager and repeat.",
                "Снимите её процесс в диспетчере задач и повторите.",
            ),
        ),
        ServiceError::System(source) => (
            lang.pick(
                format!("the service cannot be removed: {source}"),
                format!("не удаётся удалить службу: {source}"),
            ),
            lang.pick(
                "Remove it by hand as administrator: `sc stop NAME`, then `sc delete NAME`.",
                "Удалите её вручную от имени администратора: `sc stop ИМЯ`, затем `sc delete ИМЯ`.",
            ),
        ),
    };
    Message::new(name.map_or(what.clone(), |name| format!("{name}: {what}")), advice)
}

/// What was left where it is.
#[must_use]
pub fn left(left: &[Left], lang: Lang) -> String {
    let reasons = [
        (
            Reason::Program,
            lang.pick("the predecessor's programs, not needed", "программы прежней службы, не нужны"),
        ),
        (Reason::Logs, lang.pick("its logs, for you to read or delete", "её журналы, нужны только вам")),
        (Reason::Unknown, lang.pick("not known to getad", "getad не использует")),
    ];
    let lines = reasons.iter().filter_map(|(reason, text)| {
        let names: Vec<&Path> =
            left.iter().filter(|left| left.reason == *reason).map(|left| left.name.as_path()).collect();
        (!names.is_empty()).then(|| format!("  {text}: {}", listed(&names)))
    });
    let head = lang.pick("Left where it is:", "Оставлено на месте:").to_owned();
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn listed(names: &[&Path]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| name.display().to_string()).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let more = if more > 0 { format!(" … (+{more})") } else { String::new() };
    super::printable::printable(&(shown.join(", ") + &more)).into_owned()
}

/// What comes after.
#[must_use]
pub fn next_steps(lang: Lang) -> &'static str {
    lang.pick(
        "Next: `getad config check`, `getad probe`, then `getad install` as administrator.",
        "Дальше: `getad config check`, `getad probe`, затем `getad install` от имени администратора.",
    )
}

/// The folder is none of the predecessor's.
#[must_use]
pub fn nothing_there(from: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("{} holds nothing of getad-service or POSRelayd", from.display()),
            format!("в папке {} нет ничего от getad-service или POSRelayd", from.display()),
        ),
        lang.pick(
            "Give the folder that getadsc.exe and connect.json lie in.",
            "Укажите папку, в которой лежат getadsc.exe и connect.json.",
        ),
    )
}

/// Files of both that differ.
#[must_use]
pub fn kept(names: &[&Path], home: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("ours differ from the predecessor's and were kept: {}", listed(names)),
            format!("здесь другие файлы, они сохранены: {}", listed(names)),
        ),
        lang.pick(
            format!(
                "To take the predecessor's, remove them from {} and repeat; else do nothing.",
                home.display()
            ),
            format!(
                "Чтобы перенести прежние, удалите эти файлы из {} и повторите; иначе ничего не делайте.",
                home.display()
            ),
        ),
    )
}

/// Whoever may write there can have put these programs there.
#[must_use]
pub fn open_folder(from: &Path, programs: &[&Path], lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!(
                "ordinary users may write to {}, where these come from: {}",
                from.display(),
                listed(programs)
            ),
            format!(
                "обычные пользователи могли изменить то, что взято из {}: {}",
                from.display(),
                listed(programs)
            ),
        ),
        lang.pick(
            "They run as SYSTEM here: make sure that they are what they should be.",
            "Здесь они работают с правами СИСТЕМЫ: убедитесь, что это те самые файлы.",
        ),
    )
}

/// An updater was made for the predecessor.
#[must_use]
pub fn updater(lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "the updater was made for the predecessor",
            "программа обновления сделана для прежней службы",
        ),
        lang.pick(
            "Make sure that it does not bring the predecessor's files back; else remove the folder updater.",
            "Убедитесь, что она не вернёт файлы прежней службы; иначе удалите папку updater.",
        ),
    )
}

/// Encrypted values may need a key that only the predecessor's program has.
#[must_use]
pub fn sealed(key: &Path, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            "service.json holds encrypted values that no known key opens",
            "в service.json есть зашифрованные значения, к которым нет ключа",
        ),
        lang.pick(
            format!("Write the key that the predecessor was built with into {}.", key.display()),
            format!("Запишите ключ, с которым собрана прежняя служба, в {}.", key.display()),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_grouped_and_bounded() {
        let program = Left { name: "getadsc.exe".into(), reason: Reason::Program };
        let others = (0..25).map(|n| Left { name: format!("f{n}").into(), reason: Reason::Unknown });
        let text = left(&std::iter::once(program).chain(others).collect::<Vec<_>>(), Lang::En);
        assert!(text.contains("not needed: getadsc.exe\n"), "{text}");
        assert!(text.ends_with("f19 … (+5)") && !text.contains("logs"), "{text}");
    }

    #[test]
    fn missing_rights_say_how_to_get_them() {
        let message = service_error(Some("MH_Getad"), &ServiceError::NoRights, Lang::Ru);
        assert_eq!(message.what, "MH_Getad: изменять службы может только администратор");
        assert!(message.advice.unwrap().contains("от имени администратора"));
    }
}
