//! What in the health of a register wants attention, in one line each.

use std::collections::BTreeMap;

use super::Lang;
use crate::kkt::Health;
use crate::kkt::health::{LastError, ShiftState, flag};

/// Days before the end of the FN at which it is said.
const FN_DAYS: i64 = 30;
/// Age of an unsent document at which a register stops selling, days.
const BLOCK_DAYS: i64 = 30;
/// Difference of the clocks that is said, seconds.
const SKEW_SECONDS: i64 = 300;

/// One line for everything that wants attention, the worst first.
#[must_use]
pub fn lines(health: &Health, lang: Lang) -> Vec<String> {
    let mut lines = fn_lines(health, lang);
    lines.extend(unsent(health, lang));
    lines.extend(health.errors.iter().flat_map(|errors| raised(errors, lang)));
    lines.extend(state(health, lang));
    lines.extend(health.last_error.iter().flat_map(|error| exchange(error, lang)));
    lines.extend(health.clock_skew_seconds.filter(|skew| skew.abs() > SKEW_SECONDS).map(|skew| {
        let minutes = skew / 60;
        lang.pick(
            format!("the register's clock is {minutes:+} min off this computer's"),
            format!("часы ККТ отличаются от часов компьютера на {minutes:+} мин"),
        )
    }));
    lines
}

fn fn_lines(health: &Health, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    match health.fn_days_left {
        Some(days) if days < 0 => {
            lines.push(lang.pick(
                format!("the FN ended {} days ago", -days),
                format!("срок ФН истёк {} дн. назад", -days),
            ))
        }
        Some(days) if days <= FN_DAYS => {
            lines.push(
                lang.pick(
                    format!("the FN ends in {days} days"),
                    format!("срок ФН истекает через {days} дн."),
                ),
            );
        }
        _ => {}
    }
    let flags = [
        (health.fn_critical_error, "critical error of the FN", "критическая ошибка ФН"),
        (health.fn_need_replacement, "the FN must be replaced urgently", "требуется срочная замена ФН"),
        (health.fn_memory_overflow, "the FN's memory is nearly full", "память ФН почти заполнена"),
        (
            health.fn_resource_exhausted,
            "the FN's key ends within 30 days",
            "ресурс ФН заканчивается (30 дней)",
        ),
    ];
    lines.extend(raise(&flags, lang));
    lines
}

fn raise(flags: &[(Option<bool>, &str, &str)], lang: Lang) -> Vec<String> {
    let raised = flags.iter().filter(|(flag, ..)| *flag == Some(true));
    raised.map(|(_, english, russian)| lang.pick(*english, *russian).to_owned()).collect()
}

fn unsent(health: &Health, lang: Lang) -> Option<String> {
    let count = health.ofd_unsent_count.filter(|&count| count > 0)?;
    let text = lang.pick(
        format!("documents not sent to the OFD: {count}"),
        format!("не отправлено в ОФД документов: {count}"),
    );
    let Some((age, first)) = health.ofd_first_unsent_age_days.zip(health.ofd_first_unsent_at) else {
        return Some(text);
    };
    let since = first.format("%Y-%m-%d");
    Some(lang.pick(
        format!("{text}, the first of {since} ({age} days; at {BLOCK_DAYS} the register stops selling)"),
        format!("{text}, первый от {since} ({age} дн.; при {BLOCK_DAYS} ККТ блокируется)"),
    ))
}

fn state(health: &Health, lang: Lang) -> Vec<String> {
    let not = |value: Option<bool>| value.map(|value| !value);
    raise(
        &[
            (
                Some(health.shift_state == Some(ShiftState::Expired)),
                "the shift is open for more than 24 hours: close it",
                "смена открыта больше 24 часов: закройте её",
            ),
            (not(health.paper_present), "no paper", "нет бумаги"),
            (
                health.paper_near_end.filter(|_| health.paper_present != Some(false)),
                "the paper is running out",
                "бумага заканчивается",
            ),
            (health.cover_opened, "the cover is open", "открыта крышка"),
        ],
        lang,
    )
}

/// Texts of the last error; registers say "no error" in words of their own when there is none.
fn exchange(error: &LastError, lang: Lang) -> Vec<String> {
    let part =
        |name: &str, text: &Option<String>| {
            let text = text.as_ref().filter(|text| !says_nothing(text))?;
            Some(lang.pick(
                format!("last error of the {name}: {text}"),
                format!("последняя ошибка {name}: {text}"),
            ))
        };
    [
        part(lang.pick("network", "сети"), &error.network),
        part(lang.pick("OFD", "ОФД"), &error.ofd),
        part(lang.pick("FN", "ФН"), &error.fn_text),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn says_nothing(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.is_empty() || ["нет ошибок", "ошибок нет", "no error", "ok"].contains(&text.as_str())
}

fn raised(errors: &BTreeMap<String, bool>, lang: Lang) -> Vec<String> {
    errors.iter().filter(|(_, raised)| **raised).map(|(name, _)| flag_text(name, lang).to_owned()).collect()
}

fn flag_text(name: &str, lang: Lang) -> &str {
    match name {
        flag::NO_SERIAL_NUMBER => lang.pick("no factory number was entered", "не введён заводской номер"),
        flag::RTC_FAULT => lang.pick("the register's clock is faulty", "неисправны часы ККТ"),
        flag::SETTINGS_FAULT => lang.pick("the settings are damaged", "ошибка настроек ККТ"),
        flag::COUNTERS_FAULT => lang.pick("the counters are damaged", "ошибка счётчиков ККТ"),
        flag::USER_MEMORY_FAULT => lang.pick("the user memory is damaged", "ошибка пользовательской памяти"),
        flag::SERVICE_COUNTERS_FAULT => {
            lang.pick("the service counters are damaged", "ошибка сервисных регистров")
        }
        flag::ATTRIBUTES_FAULT => lang.pick("the attributes are damaged", "ошибка реквизитов"),
        flag::FN_FAULT => lang.pick("the FN is faulty", "ошибка ФН"),
        flag::INVALID_FN => lang.pick("the FN belongs to another register", "установлен ФН от другой ККТ"),
        flag::HARD_FAULT => {
            lang.pick("hardware failure: call the service", "аппаратная ошибка: вызовите сервис")
        }
        flag::MEMORY_MANAGER_FAULT => lang.pick("the memory manager is faulty", "ошибка диспетчера памяти"),
        flag::SCRIPTS_FAULT => lang.pick("the scripts are damaged", "ошибка скриптов"),
        flag::WAIT_FOR_REBOOT => lang.pick("the register waits for a restart", "ККТ ожидает перезагрузки"),
        flag::UNIVERSAL_COUNTERS_FAULT => {
            lang.pick("the universal counters are damaged", "ошибка универсальных счётчиков")
        }
        flag::OFD_TIMEOUT => {
            lang.pick("the OFD does not answer in time", "превышено время ожидания ответа ОФД")
        }
        flag::PRINTER_OFFLINE => lang.pick("the printer does not answer", "принтер не отвечает"),
        flag::CUTTER_FAULT => lang.pick("the cutter is stuck", "ошибка отрезчика"),
        flag::PRINTER_FAULT => lang.pick("printer error", "ошибка принтера"),
        other => other,
    }
}
