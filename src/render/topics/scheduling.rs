//! `getad help scheduling`: who runs getad and when.

use super::Piece::{self, Entry, Heading, Lines, Text};

pub const PAGE: &[Piece] = &[
    Heading(("SCHEDULING", "ЗАПУСК ПО РАСПИСАНИЮ")),
    Text((
        "getad is no service: it does its job and ends. Windows Task Scheduler runs it; as administrator, once:",
        "getad — не служба: он делает своё дело и завершается. Запускает его Планировщик заданий Windows. Один раз, от \
         имени администратора:",
    )),
    Lines("getad install"),
    Text((
        "Repeat it after a change of validation_fn.interval, or when the folder has moved. getad uninstall removes the \
         tasks; getad install --dry-run prints them and changes nothing.",
        "Повторите после изменения validation_fn.interval или переноса папки. getad uninstall удаляет задания; getad \
         install --dry-run показывает их, ничего не меняя.",
    )),
    Heading(("TASKS", "ЗАДАНИЯ")),
    Entry(
        "Getad\\Boot",
        (
            "After the computer starts, somebody logs on, or Group Policy is done: probe, send, metrics --push, update",
            "После включения компьютера, входа в систему и применения групповой политики: probe, send, metrics --push, \
             update",
        ),
    ),
    Entry(
        "Getad\\Interval",
        (
            "Every validation_fn.interval hours: validate-fn, schedule-reboot, send, metrics --push, update",
            "Каждые validation_fn.interval часов: validate-fn, schedule-reboot, send, metrics --push, update",
        ),
    ),
    Entry(
        "Getad\\Reboot",
        (
            "Only while a restart is pending, once at target_time: schedule-reboot --run-pending",
            "Только пока ожидается перезагрузка, один раз в target_time: schedule-reboot --run-pending",
        ),
    ),
    Text((
        "They run as SYSTEM. install therefore leaves the right to write to the folder to SYSTEM and administrators \
         alone; --keep-acl changes no rights.",
        "Они работают от имени СИСТЕМЫ, поэтому install оставляет право записи в папку только ей и администраторам; \
         --keep-acl не меняет прав.",
    )),
    Heading(("A SCHEDULE OF YOUR OWN", "СВОЁ РАСПИСАНИЕ")),
    Text((
        "Any scheduler will do: one command after the other, going by the exit codes (getad help exit-codes). getad run \
         does probe, send and update in one go. Commands that write wait for one another (--lock-timeout).",
        "Подойдёт любой планировщик: команды по очереди, по кодам завершения (getad help exit-codes). getad run \
         выполняет probe, send и update сразу. Пишущие команды ждут друг друга (--lock-timeout).",
    )),
    Text((
        "probe needs the ports of the registers: run it when the POS program does not hold them, as a rule before it \
         starts. validate-fn, send, metrics and schedule-reboot touch no register.",
        "probe нужны порты ККТ: запускайте его, когда их не держит кассовая программа, обычно до её старта. validate-fn, \
         send, metrics и schedule-reboot касс не касаются.",
    )),
    Heading(("RESTART AFTER A REPLACED FN", "ПЕРЕЗАГРУЗКА ПОСЛЕ ЗАМЕНЫ ФН")),
    Text((
        "validate-fn ends with exit code 10 when the logs show another FN than the known one. schedule-reboot then \
         registers Getad\\Reboot for the next target_time (false: at once). When the computer has started again, probe \
         reads the new FN and nothing is pending any more. schedule-reboot --cancel calls the restart off.",
        "validate-fn завершается с кодом 10, если в логах другой ФН, чем известный. Тогда schedule-reboot создаёт \
         Getad\\Reboot на ближайшее target_time (false: сразу). После перезагрузки probe читает новый ФН, и ожидание \
         снимается. schedule-reboot --cancel отменяет перезагрузку.",
    )),
];
