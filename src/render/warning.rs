//! What could not be read while the rest could.

use super::{Lang, read_error};
use crate::kkt::Warning;

/// One line.
#[must_use]
pub fn line(warning: &Warning, lang: Lang) -> String {
    match warning {
        Warning::Unread { item, cause } => {
            let cause = read_error::message(cause, lang).what;
            lang.pick(format!("{item} was not read: {cause}"), format!("{item} не прочитано: {cause}"))
        }
        Warning::FnUnknown => lang.pick("the FN is unknown", "ФН неизвестен").to_owned(),
        Warning::OldDriver { item, symbol } => lang.pick(
            format!("{item} was not read: the driver is too old, it lacks {symbol}"),
            format!("{item} не прочитано: драйвер стар, в нём нет {symbol}"),
        ),
        Warning::UnsupportedDriver { version } => lang.pick(
            format!("driver {version} is older than 10.7: update it"),
            format!("драйвер {version} старше 10.7: обновите его"),
        ),
        Warning::Lost { item } => lang.pick(
            format!("the register was lost at {item}, the rest was not asked"),
            format!("связь с ККТ пропала на {item}, остальное не запрошено"),
        ),
        Warning::Endless { item, kept } => lang.pick(
            format!("{item} did not end, stopped after {kept}"),
            format!("{item}: список не кончается, взято {kept}"),
        ),
    }
}
