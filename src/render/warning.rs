//! What could not be read while the rest could.

use super::{Lang, read_error};
use crate::kkt::Warning;

/// One line.
#[must_use]
pub fn line(warning: &Warning, lang: Lang) -> String {
    match warning {
        Warning::Unread { item, cause } => {
            let cause = read_error::cause(cause, lang);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kkt::ReadError;

    #[test]
    fn a_question_is_named_once_and_an_error_without_a_text_ends_with_its_number() {
        let unread = |text: &str| {
            let item = "REG_INFO".to_owned();
            let cause = ReadError::Driver { during: item.clone(), code: 11, text: text.to_owned() };
            line(&Warning::Unread { item, cause }, Lang::En)
        };
        assert_eq!(unread("Не поддерживается"), "REG_INFO was not read: error 11: Не поддерживается");
        assert_eq!(unread(""), "REG_INFO was not read: error 11");
    }
}
