//! What `reboot-kkt` asks and says.

use serde::Serialize;

use super::printable::printable;
use super::probe::name;
use super::{Lang, Message, read_error};
use crate::kkt::{Brand, Link, ReadError, Reading, Target};

/// Asks whether the register may be restarted.
#[must_use]
pub fn question(target: &Target, lang: Lang) -> String {
    let (brand, link) = (name(target.brand, lang), target.link.name());
    lang.pick(
        format!("Restart the register {brand} {link}? Nothing can be sold for about a minute. [y/N]"),
        format!("Перезапустить ККТ {brand} {link}? Около минуты продажи будут невозможны. [д/Н]"),
    )
}

/// True for a yes in either language.
#[must_use]
pub fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "д" | "да")
}

/// No ATOL register is configured or connected.
#[must_use]
pub fn nothing_to_restart(lang: Lang) -> Message {
    Message::new(
        lang.pick("no ATOL register is configured or connected", "ККТ АТОЛ не настроены и не подключены"),
        lang.pick("Name it by --com, --tcp or --usb.", "Укажите её: --com, --tcp или --usb."),
    )
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// The register.
    pub target: Target,
    /// Who it is, or why it was not restarted.
    pub outcome: Result<Reading, ReadError>,
}

/// The JSON document.
#[derive(Debug, Serialize)]
#[expect(non_snake_case, reason = "published names")]
pub struct Document<'a> {
    ok: bool,
    brand: Brand,
    link: &'a Link,
    serialNumber: Option<&'a str>,
    modelName: Option<&'a str>,
    error: Option<String>,
    hint: Option<String>,
}

impl Report {
    /// For people.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let known = self.outcome.as_ref().ok().map(|reading| &reading.passport);
        let serial = known.map(|passport| passport.serial_number.as_str()).unwrap_or_default();
        let model = known.and_then(|passport| passport.model_name.as_deref()).unwrap_or_default();
        let model = printable(model);
        lang.pick(
            format!("Register {serial} {model} is restarting."),
            format!("ККТ {serial} {model} перезапускается."),
        )
    }

    /// For people, when it was not restarted.
    #[must_use]
    pub fn error(&self, error: &ReadError, lang: Lang) -> Message {
        let message = read_error::message(error, lang);
        let (brand, link) = (name(self.target.brand, lang), self.target.link.name());
        Message { what: format!("{brand} {link}: {}", message.what), advice: message.advice }
    }

    /// The JSON document.
    #[must_use]
    pub fn document(&self, lang: Lang) -> Document<'_> {
        let passport = self.outcome.as_ref().ok().map(|reading| &reading.passport);
        let message = self.outcome.as_ref().err().map(|error| read_error::message(error, lang));
        let (error, hint) = message.map_or((None, None), |message| (Some(message.what), message.advice));
        Document {
            ok: self.outcome.is_ok(),
            brand: self.target.brand,
            link: &self.target.link,
            serialNumber: passport.map(|passport| passport.serial_number.as_str()),
            modelName: passport.and_then(|passport| passport.model_name.as_deref()),
            error,
            hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y", "Y\n", " yes ", "Д\r\n", "да"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "нет", "yesterday", "1"].into_iter().any(is_yes));
    }
}
