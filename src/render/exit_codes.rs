//! The table of exit codes.

use super::Lang;
use crate::exit::Exit;

/// The table that `getad help exit-codes` prints.
#[must_use]
pub fn table(lang: Lang) -> String {
    let lines = Exit::ALL.iter().map(|&exit| format!("{:>4}  {}", exit.code(), meaning(exit, lang)));
    let title = lang.pick("Exit codes:", "Коды завершения:").to_owned();
    std::iter::once(title).chain(lines).collect::<Vec<_>>().join("\n")
}

fn meaning(exit: Exit, lang: Lang) -> &'static str {
    match exit {
        Exit::Done => lang.pick("done; nothing is wrong", "сделано, всё в порядке"),
        Exit::Failed => lang.pick("failed: nothing of the job was done", "не удалось: ничего не сделано"),
        Exit::Usage => lang.pick("wrong usage", "ошибка в командной строке"),
        Exit::Config => lang
            .pick("a configuration or state file cannot be used", "файл настроек или состояния непригоден"),
        Exit::Nothing => lang.pick(
            "nothing to do: no register found, nothing known, nothing to send",
            "делать нечего: ККТ не найдены, ничего не известно, отправлять нечего",
        ),
        Exit::Partial => lang.pick(
            "partly done: some registers, servers or files failed",
            "сделано частично: с некоторыми ККТ, серверами или файлами не удалось",
        ),
        Exit::Busy => lang.pick(
            "busy: another getad holds the lock beyond --lock-timeout",
            "занято: другой getad работает дольше, чем --lock-timeout",
        ),
        Exit::Replaced => lang.pick(
            "validate-fn only: an FN was replaced (or `forced` is on); a restart is pending",
            "только validate-fn: ФН заменён (или включён forced); ожидается перезагрузка",
        ),
    }
}
