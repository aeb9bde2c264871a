//! Texts of the messages about registers, in Russian as their receivers know them. Pure: who
//! sends them is decided elsewhere.

use chrono::{NaiveDateTime, TimeDelta};

use crate::kkt::health::time_text::FORMAT;
use crate::state::record::{Facts, NONE};

/// A register has another FN.
#[must_use]
pub fn replaced(serial: &str, old_fn: &str, new_fn: &str, until: TimeDelta, facts: &Facts) -> String {
    let before = if old_fn.is_empty() || old_fn == NONE {
        format!("В ККТ №{serial} установлен неизвестный ранее ФН №{new_fn}")
    } else {
        format!("В ККТ №{serial} больше не установлен ФН №{old_fn}, текущий ФН №{new_fn}")
    };
    format!("{before}. Перезагрузка системы для обновления данных {}.\n{}", when(until), contacts(facts))
}

/// A register is not checked any more.
#[must_use]
pub fn removed(serial: &str, days: u32, facts: &Facts) -> String {
    format!(
        "ККТ №{serial} не удавалось проверить более {days} дн. Проверка отключена до следующего успешного опроса ККТ.\n{}",
        contacts(facts)
    )
}

/// What somebody wrote.
#[must_use]
pub fn written(text: &str, facts: &Facts) -> String {
    format!("{text}\n{}", contacts(facts))
}

/// Heads a message that could not be sent when it was made: times in it count from then on.
#[must_use]
pub fn belated(since: NaiveDateTime) -> String {
    format!("Сообщение от {}:\n", since.format(FORMAT))
}

fn when(until: TimeDelta) -> String {
    let minutes = until.num_minutes();
    if minutes <= 1 {
        return "начнётся сейчас".to_owned();
    }
    format!("через {} ч {} мин", minutes / 60, minutes % 60)
}

fn contacts(facts: &Facts) -> String {
    let lines = [
        ("RMS", &facts.url_rms),
        ("TV", &facts.teamviewer_id),
        ("AD", &facts.anydesk_id),
        ("LM", &facts.litemanager_id),
    ];
    let lines = lines.map(|(name, value)| format!("{name}: {}", value.as_deref().unwrap_or(NONE)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            url_rms: Some("https://kafe.iiko.it:443/resto".to_owned()),
            teamviewer_id: Some("123456789".to_owned()),
            anydesk_id: None,
            litemanager_id: Some("77".to_owned()),
            ..Facts::default()
        }
    }

    const CONTACTS: &str = "RMS: https://kafe.iiko.it:443/resto\nTV: 123456789\nAD: None\nLM: 77";

    #[test]
    fn a_replaced_fn_is_announced_with_the_time_left() {
        let text = |minutes| replaced("001", "71", "72", TimeDelta::minutes(minutes), &facts());
        assert_eq!(
            text(5 * 60 + 7),
            format!(
                "В ККТ №001 больше не установлен ФН №71, текущий ФН №72. \
                 Перезагрузка системы для обновления данных через 5 ч 7 мин.\n{CONTACTS}"
            )
        );
        assert!(text(1).contains("данных начнётся сейчас."), "{}", text(1));
        let unknown = replaced("001", NONE, "72", TimeDelta::zero(), &facts());
        assert!(unknown.starts_with("В ККТ №001 установлен неизвестный ранее ФН №72."), "{unknown}");
    }

    #[test]
    fn a_register_that_is_not_checked_any_more_is_announced() {
        assert_eq!(
            removed("001", 21, &facts()),
            format!(
                "ККТ №001 не удавалось проверить более 21 дн. \
                 Проверка отключена до следующего успешного опроса ККТ.\n{CONTACTS}"
            )
        );
    }
}
