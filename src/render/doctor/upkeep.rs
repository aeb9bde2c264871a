//! What has to be kept well: home folder, our own files, tasks.

use std::path::Path;

use chrono::NaiveDateTime;

use super::facts::{home, state, tasks};
use crate::host::services::ServiceError;
use crate::render::failure::state_message;
use crate::render::schedule::{misplaced, task_message};
use crate::render::send::Trouble;
use crate::render::{Lang, Message};

/// Names that a line lists; of more the number is told.
const NAMED: usize = 5;

/// The home folder.
pub fn home(fact: &home::Fact, lang: Lang) -> Message {
    use home::Fact;
    match fact {
        Fact::Writable(folder) => Message::plain(lang.pick(
            format!("{} can be written to", folder.display()),
            format!("{}: запись разрешена", folder.display()),
        )),
        Fact::Unwritable(error) => state_message(error, lang),
        Fact::Closed(folder) => Message::plain(lang.pick(
            format!("{}: only administrators may write here", folder.display()),
            format!("{}: писать сюда могут только администраторы", folder.display()),
        )),
        Fact::Open { folder, writers } => open(folder, writers, lang),
        Fact::RightsUnknown { folder, reason } => Message::new(
            lang.pick(
                format!("who may write to {} cannot be told: {reason}", folder.display()),
                format!("не удалось узнать, кто может писать в {}: {reason}", folder.display()),
            ),
            lang.pick("Run as administrator.", "Запустите от имени администратора."),
        ),
        Fact::Room { mebibytes } => Message::new(
            lang.pick(format!("{mebibytes} MB are free"), format!("свободно {mebibytes} МБ")),
            lang.pick(
                "Free some space: on a full disk nothing can be recorded.",
                "Освободите место: на полный диск ничего не записать.",
            ),
        ),
        Fact::RoomUnknown { reason } => Message::plain(lang.pick(
            format!("its free space cannot be told: {reason}"),
            format!("свободное место неизвестно: {reason}"),
        )),
    }
}

fn open(folder: &Path, writers: &[String], lang: Lang) -> Message {
    let advice = lang.pick(
        "As administrator: `getad install` closes the folder, if it is one of its own such as C:\\getad.",
        "От имени администратора: `getad install` закроет папку, если она отдельная, например C:\\getad.",
    );
    Message { advice: Some(advice.to_owned()), ..misplaced(folder, writers, lang) }
}

/// Our own files.
pub fn state(fact: &state::Fact, lang: Lang) -> Message {
    use state::Fact;
    match fact {
        Fact::Fine => Message::plain(lang.pick("none is broken", "повреждённых нет")),
        Fact::Broken(name) => Message::new(
            lang.pick(format!("{name} is broken"), format!("{name} повреждён")),
            lang.pick(
                "Nothing to do: the next command that needs it sets it aside and begins it anew.",
                "Делать ничего не нужно: команда, которой он понадобится, отложит его и начнёт новый.",
            ),
        ),
        Fact::SetAside(names) => Message::new(
            lang.pick(
                format!("broken files were set aside: {}", list(names, lang)),
                format!("повреждённые файлы отложены: {}", list(names, lang)),
            ),
            lang.pick(
                "A power cut or a failing disk does that: check the disk, then delete these files in _resources.",
                "Так бывает после отключения питания или из-за диска: проверьте диск, затем удалите эти файлы из _resources.",
            ),
        ),
        Fact::Unreadable(error) => state_message(error, lang),
        Fact::Records(count) => Message::plain(
            lang.pick(format!("{count}, none older than a week"), format!("{count}, все не старше недели")),
        ),
        Fact::NoRecords => Message::new(
            lang.pick("there are none yet", "их ещё нет"),
            lang.pick("Read the registers: `getad probe`.", "Опросите ККТ: `getad probe`."),
        ),
        Fact::Old(names) => old(names, lang),
        Fact::BadRecord(name, error) => {
            let message = Trouble::Record(error.clone()).message(lang);
            Message { what: format!("{name}: {}", message.what), ..message }
        }
        Fact::NoRestart => Message::plain(lang.pick("none is pending", "не ожидается")),
        Fact::Restart(at) => restart(*at, lang),
        Fact::RestartOverdue(at) => overdue(*at, lang),
        Fact::NoMessages => Message::plain(lang.pick("none waits", "неотправленных нет")),
        Fact::Messages { count, since } => Message::new(
            lang.pick(format!("waiting to be sent: {count}, the oldest since {since}"), format!("ждут отправки: {count}, старейшее с {since}")),
            lang.pick(
                "`getad notify TEXT` tries again and says what is wrong.",
                "`getad notify ТЕКСТ` повторит попытку и скажет, в чём дело.",
            ),
        ),
        Fact::Delivered(host) => Message::plain(lang.pick(
            format!("{host} has accepted all that was sent last"),
            format!("{host}: последняя отправка принята целиком"),
        )),
        Fact::Undelivered { host, count, at, error } => Message::new(
            lang.pick(
                format!("{host} has not accepted {count} of the records, last at {at}: {error}"),
                format!("{host}: не принято записей: {count}, последний раз {at}: {error}"),
            ),
            lang.pick("`getad send` tries again and says what to do.", "`getad send` повторит попытку и скажет, что делать."),
        ),
    }
}

fn old(names: &[String], lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("not renewed for more than a week: {}", list(names, lang)),
            format!("не обновлялись больше недели: {}", list(names, lang)),
        ),
        lang.pick(
            "Run `getad probe`: it says why a register is not read. If the register is gone for good, delete its file \
             in date.",
            "Запустите `getad probe`: он скажет, почему ККТ не опрошена. Если её больше нет, удалите её файл из date.",
        ),
    )
}

fn restart(at: Option<NaiveDateTime>, lang: Lang) -> Message {
    match at {
        Some(at) => Message::new(
            lang.pick(format!("one is pending, planned for {at}"), format!("ожидается, назначена на {at}")),
            lang.pick(
                "`getad schedule-reboot --cancel` calls it off.",
                "Отменить: `getad schedule-reboot --cancel`.",
            ),
        ),
        None => Message::new(
            lang.pick("one is pending and not planned yet", "ожидается, время ещё не назначено"),
            lang.pick("`getad schedule-reboot` plans it.", "Назначить: `getad schedule-reboot`."),
        ),
    }
}

fn overdue(at: NaiveDateTime, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("one is pending and did not come at {at}"),
            format!("ожидается и не состоялась в {at}"),
        ),
        lang.pick(
            "Check that the tasks are registered (`getad install`) and that _resources\\reboot.bat works; \
             `getad schedule-reboot` plans it anew.",
            "Проверьте задания (`getad install`) и файл _resources\\reboot.bat; `getad schedule-reboot` назначит её \
             заново.",
        ),
    )
}

/// Tasks, and the predecessor's service.
pub fn task(fact: &tasks::Fact, lang: Lang) -> Message {
    use tasks::Fact;
    let advice = lang.pick(
        "As administrator: `getad install` registers it as it should be.",
        "От имени администратора: `getad install` зарегистрирует его как нужно.",
    );
    match fact {
        Fact::Fine(name) => {
            Message::plain(lang.pick(format!("{name} is registered"), format!("{name} зарегистрировано")))
        }
        Fact::Absent(name) => Message::new(
            lang.pick(format!("{name} is not registered"), format!("{name} не зарегистрировано")),
            advice,
        ),
        Fact::Different { name, element } => Message::new(
            lang.pick(
                format!("{name} differs from what this getad would register: {element}"),
                format!("{name} отличается от того, что зарегистрировал бы этот getad: {element}"),
            ),
            advice,
        ),
        Fact::Unreadable(error) => task_message(None, error, lang),
        Fact::Elsewhere => Message::plain(lang.pick(
            "there are none on this system; cron or a systemd timer calls getad",
            "в этой системе их нет; getad вызывает cron или таймер systemd",
        )),
        Fact::Alone => Message::plain(lang.pick("it is not installed", "не установлена")),
        Fact::Predecessor(name) => Message::new(
            lang.pick(
                format!("its service {name} is still installed; both want the same registers"),
                format!("её служба {name} ещё установлена; обеим нужны одни и те же ККТ"),
            ),
            lang.pick(
                "As administrator: `getad migrate DIR --remove-service` takes its folder DIR over and removes it.",
                "От имени администратора: `getad migrate ПАПКА --remove-service` перенесёт её папку и удалит службу.",
            ),
        ),
        Fact::Services(error) => services(error, lang),
    }
}

fn services(error: &ServiceError, lang: Lang) -> Message {
    Message::new(
        lang.pick(
            format!("services cannot be listed: {error}"),
            format!("не удалось перечислить службы: {error}"),
        ),
        lang.pick("Run as administrator.", "Запустите от имени администратора."),
    )
}

fn list(names: &[String], lang: Lang) -> String {
    let named = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => lang.pick(format!("{named} and {more} more"), format!("{named} и ещё {more}")),
    }
}
