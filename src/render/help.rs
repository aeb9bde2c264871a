//! The help of the command line in Russian; the English one stands with the options.

use clap::{Arg, ArgAction, Command};

use super::Lang;
use super::topics::TOPICS;

/// Frame of a Russian help page.
const TEMPLATE: &str = "{about-with-newline}\nВызов: {usage}\n\n{all-args}{after-help}";
const COMMANDS: &str = "Команды";
const OPTIONS: &str = "Параметры";
const OPTIONS_OF_ALL: &str = "Параметры всех команд";

/// What stands before the topics below the help of everything.
const TOPICS_EN: &str = "Topics of getad help:";
const TOPICS_RU: &str = "Темы getad help:";

/// What commands do, by their path.
const ABOUT: &[(&str, &str)] = &[
    (
        "getad",
        "Опрашивает кассы (ККТ) этого компьютера: какие они, какой ФН установлен и когда истекает, что не отправлено \
         в ОФД, что неисправно.",
    ),
    ("probe", "Опросить все ККТ и записать данные"),
    ("validate-fn", "Проверить по логам, не заменён ли ФН в известных ККТ"),
    ("schedule-reboot", "Запланировать перезагрузку после замены ФН"),
    ("encrypt", "Зашифровать учётные данные, создать ключ для этого"),
    ("send", "Отправить все записи на все серверы"),
    ("status", "Показать, что известно о каждой ККТ и что будет дальше"),
    ("update", "Запустить программу обновления"),
    ("run", "Сделать всё один раз: probe, send, update"),
    ("metrics", "Вывести, записать или отправить состояние ККТ для систем мониторинга"),
    ("reboot-kkt", "Перезапустить саму ККТ (АТОЛ)"),
    ("notify", "Отправить сообщение в Telegram"),
    ("doctor", "Проверить всё, что проверил бы специалист, и сказать, что делать"),
    ("config", "Создать, проверить или показать настройки"),
    ("init", "Создать недостающие файлы с настройками по умолчанию"),
    ("check", "Проверить файлы, ничего не меняя"),
    ("show", "Показать действующие настройки, пароли и ключи скрыты"),
    ("install", "Поручить Windows запускать getad (Планировщик заданий)"),
    ("uninstall", "Удалить задания getad из Планировщика"),
    ("migrate", "Перенести настройки и данные прежней службы getad-service"),
    ("completions", "Вывести автодополнение команд для оболочки, например PowerShell"),
    ("help", "Пояснить команду или тему"),
];

/// What options mean, by their id.
const ARGUMENTS: &[(&str, &str)] = &[
    ("home", "Папка getad: настройки, данные, журналы [иначе GETAD_HOME, иначе папка программы]"),
    ("json", "Вывести один документ JSON и больше ничего"),
    ("verbose", "Показывать журнал (stderr); дважды — с подробностями"),
    ("quiet", "Выводить только ошибки"),
    ("color", "Цвета: auto, always, never"),
    ("no_progress", "Не показывать ход работы"),
    ("lang", "Язык: ru, en [иначе GETAD_LANG, иначе язык системы]"),
    ("lock_timeout", "Сколько секунд ждать, пока в этой папке работает другой getad [600]"),
    ("brand", "Только ККТ этой марки: atol, mitsu, shtrih (плагин); можно повторить"),
    ("com", "Только ККТ на этом порту"),
    ("baud", "Скорость этого порта"),
    ("tcp", "Только ККТ по этому адресу"),
    ("usb", "Только ККТ АТОЛ на USB"),
    ("driver", "Библиотека драйвера АТОЛ"),
    ("timeout", "Сколько секунд даётся на одну ККТ [probe_timeout из connect.json, иначе 60]"),
    ("no_save", "Ничего не записывать"),
    ("rescan", "Искать ККТ Mitsu заново"),
    ("dry_run", "Показать, что будет сделано; ничего не менять"),
    ("defender_exclusion", "Добавить папку в исключения Microsoft Defender"),
    ("keep_acl", "Не менять права на запись в папку"),
    ("all", "Проверить и те ККТ, для которых ещё рано"),
    ("logs_dir", "Папка с логами кассовой программы [logs_dir из service.json]"),
    ("force", "Перезагрузить, даже если ничего не ожидается"),
    ("at", "Время суток, HH:MM [target_time из service.json]"),
    ("now", "Как можно скорее"),
    ("server", "Только на сервер с этим номером в url_list; первый — 1"),
    ("send_anyway", "Отправить, даже если sending_data.enabled выключен"),
    ("cancel", "Отменить перезагрузку"),
    ("run_pending", "Выполнить файл перезагрузки, если она ещё нужна; так вызывает задание"),
    ("values", "Что зашифровать; - — строки стандартного ввода"),
    ("decrypt", "Расшифровать"),
    ("gen_key", "Создать свой ключ в _resources/key или в файле --key-file"),
    ("key_file", "Файл ключа, который берётся раньше всех других"),
    ("config", "Зашифровать учётные данные в этом service.json, на месте"),
    ("wait", "Сколько секунд ждать, пока работает уже запущенная программа обновления [600]"),
    ("format", "Формат: zabbix, zabbix-legacy, prometheus, json [json]"),
    ("output", "Записать в этот файл вместо вывода"),
    ("serial", "Только ККТ с этим заводским номером"),
    ("discovery", "Перечень ККТ для низкоуровневого обнаружения Zabbix"),
    ("push", "Отправить на серверы Zabbix из service.json вместо вывода"),
    ("live", "Сначала опросить ККТ"),
    ("watch", "Показывать заново через столько секунд, до Ctrl+C [5]"),
    ("yes", "Не спрашивать подтверждения"),
    ("text", "Текст сообщения; - — взять его из стандартного ввода"),
    ("offline", "Без серверов и Telegram"),
    ("report", "Записать файл для поддержки: что найдено, настройки без паролей, состояние, журналы"),
    ("folder", "Папка прежней службы: getad-service или POSRelayd"),
    ("remove_service", "Остановить и удалить прежнюю службу"),
    ("topic", "Команда или тема exit-codes"),
    ("topic", "Команда или тема: exit-codes, files, config, scheduling"),
    ("shell", "Оболочка: bash, elvish, fish, powershell, zsh"),
    ("help", "Показать справку"),
    ("version", "Показать версию"),
];

/// The command line with its help in a language.
#[must_use]
pub fn localized(cli: Command, lang: Lang) -> Command {
    let cli = cli.after_help(format!("{} {}", lang.pick(TOPICS_EN, TOPICS_RU), TOPICS.join(", ")));
    match lang {
        Lang::En => cli,
        Lang::Ru => russian(cli.disable_version_flag(true).arg(flag("version", 'V', ArgAction::Version))),
    }
}

fn russian(command: Command) -> Command {
    let about = find(ABOUT, command.get_name());
    let command = if command.has_subcommands() { command.subcommand_help_heading(COMMANDS) } else { command };
    let command =
        command.help_template(TEMPLATE).disable_help_flag(true).arg(flag("help", 'h', ArgAction::Help));
    let command = match about {
        Some(about) => command.about(about).long_about(None),
        None => command,
    };
    command.mut_args(argument).mut_subcommands(russian)
}

fn flag(name: &'static str, short: char, action: ArgAction) -> Arg {
    Arg::new(name).short(short).long(name).action(action)
}

fn argument(argument: Arg) -> Arg {
    let of_all = argument.is_global_set();
    let argument = argument.help_heading(if of_all { OPTIONS_OF_ALL } else { OPTIONS });
    let Some(help) = find(ARGUMENTS, argument.get_id().as_str()) else { return argument };
    let argument = argument.help(help);
    // The Russian texts name the values themselves.
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    if takes_value { argument.hide_possible_values(true).hide_default_value(true) } else { argument }
}

fn find(texts: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    texts.iter().find(|(of, _)| *of == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn lacking(command: &Command, names: &mut Vec<String>) {
        if command.is_hide_set() {
            return;
        }
        let about = find(ABOUT, command.get_name()).is_none().then(|| command.get_name().to_owned());
        let arguments = command.get_arguments().map(|argument| argument.get_id().to_string());
        names.extend(about.into_iter().chain(arguments.filter(|id| find(ARGUMENTS, id).is_none())));
        command.get_subcommands().for_each(|command| lacking(command, names));
    }

    #[test]
    fn every_command_and_option_has_a_russian_text() {
        let mut names = Vec::new();
        lacking(&crate::cli::Cli::command(), &mut names);
        assert_eq!(names, Vec::<String>::new());
    }
}
