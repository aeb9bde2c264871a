//! One session: what is asked of a register, in which order, and what becomes of failures.
//!
//! Owns the rules that hold for every question: the return code of each is looked at, a question
//! that fails costs its own values alone, and once the register is lost nothing more is asked.
//! What the single answers mean stands in `passport`, `licenses` and `health`.

use chrono::NaiveDateTime;

use super::driver::{Driver, Failure, RawTime};
use super::params::{self, Question};
use super::version::{self, Version};
use super::{health, licenses, passport};
use crate::kkt::{Health, Passport, ReadError, Reading, Warning};

/// Longest piece of a value in the trace, in characters.
const SHOWN_LIMIT: usize = 200;

/// What a session is given by its surroundings.
pub(super) struct Surroundings<'a> {
    /// Version of the driver, as it gives it.
    pub(super) version: Option<String>,
    /// The local time now.
    pub(super) clock: &'a dyn Fn() -> NaiveDateTime,
    /// Takes a line about what is being done.
    pub(super) trace: &'a mut dyn FnMut(&str),
}

/// Reads passport and health of the register that the driver is connected to.
///
/// # Errors
/// When the register does not say who it is: the driver's error, or [`ReadError::NoSerial`], or
/// [`ReadError::StrangeSerial`].
pub(super) fn read<'a>(
    driver: &'a mut dyn Driver,
    surroundings: Surroundings<'a>,
) -> Result<Reading, ReadError> {
    let mut session = Session::new(driver, surroundings);
    let (serial_number, model_name) = passport::identity(&mut session)?;
    let mut passport = Passport { model_name, ..Passport::new(serial_number) };
    passport.driver_version = session.surroundings.version.clone();
    let mut health = Health::default();

    passport::registration(&mut session, &mut passport, &mut health);
    passport::fn_info(&mut session, &mut passport, &mut health);
    passport.registered_at = passport::registered_at(&mut session);
    passport::validity(&mut session, &mut passport, &mut health);
    passport.firmware_version =
        session.ask(&params::CONFIGURATION, |s| s.text(params::UNIT_VERSION)).flatten();
    passport.ffd_version = passport::ffd_version(&mut session);
    passport.licenses = licenses::read(&mut session);
    health::read(&mut session, &mut health);

    if passport.fn_serial.is_none() {
        session.warnings.push(Warning::FnUnknown);
    }
    let health = (!health.is_empty()).then_some(health);
    Ok(Reading { passport, health, warnings: session.warnings })
}

/// Asks the register only who it is; the passport has nothing else.
///
/// # Errors
/// Those of [`read`].
pub(super) fn identify<'a>(
    driver: &'a mut dyn Driver,
    surroundings: Surroundings<'a>,
) -> Result<Reading, ReadError> {
    let mut session = Session::new(driver, surroundings);
    let (serial_number, model_name) = passport::identity(&mut session)?;
    let passport = Passport { model_name, ..Passport::new(serial_number) };
    Ok(Reading { passport, health: None, warnings: session.warnings })
}

/// A session under way.
pub(super) struct Session<'a> {
    driver: &'a mut dyn Driver,
    surroundings: Surroundings<'a>,
    /// Version of the driver; `None` when it cannot be told.
    version: Option<Version>,
    /// What could not be read.
    warnings: Vec<Warning>,
    /// Question that is being answered.
    item: &'static str,
    lost: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(driver: &'a mut dyn Driver, surroundings: Surroundings<'a>) -> Self {
        let version = surroundings.version.as_deref().and_then(Version::parse);
        let mut warnings = Vec::new();
        if version.is_some_and(|version| version.is_before(version::SUPPORTED)) {
            let version = surroundings.version.clone().unwrap_or_default();
            warnings.push(Warning::UnsupportedDriver { version });
        }
        Self { driver, surroundings, version, warnings, item: "", lost: false }
    }

    /// True when the driver is certainly too old to tell of marked goods and of the FN's edition.
    pub(super) fn lacks_marked_goods(&self) -> bool {
        self.version.is_some_and(|version| version.is_before(version::MARKED_GOODS))
    }

    /// The local time now.
    pub(super) fn now(&self) -> NaiveDateTime {
        (self.surroundings.clock)()
    }

    /// Puts a question and takes what is wanted from the answer; `None` when there was none,
    /// which is then a warning.
    pub(super) fn ask<T>(&mut self, question: &Question, take: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.ask_with(question, |_| Ok(()), take)
    }

    /// The same, with further parameters set by `prepare`.
    pub(super) fn ask_with<T>(
        &mut self,
        question: &Question,
        prepare: impl FnOnce(&mut dyn Driver) -> Result<(), Failure>,
        take: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.lost {
            return None;
        }
        match self.put(question, prepare) {
            Ok(()) => Some(take(self)),
            Err(failure) => {
                self.unanswered(question, failure);
                None
            }
        }
    }

    /// Puts a question and hands the failure to the caller.
    pub(super) fn put(
        &mut self,
        question: &Question,
        prepare: impl FnOnce(&mut dyn Driver) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.item = question.name;
        self.trace(&format!("> {}", question.name));
        let answered = set_all(self.driver, question)
            .and_then(|()| prepare(self.driver))
            .and_then(|()| self.driver.call(question.call));
        match &answered {
            Ok(()) => self.trace("< ok"),
            Err(Failure::Missing(symbol)) => self.trace(&format!("< the driver has no {symbol}")),
            Err(Failure::Refused { code, text }) => self.trace(&format!("< error {code}: {}", shown(text))),
        }
        answered
    }

    /// Records that a question was not answered.
    pub(super) fn unanswered(&mut self, question: &Question, failure: Failure) {
        let item = question.name.to_owned();
        self.lost |= failure.is_loss();
        self.warnings.push(match failure {
            _ if self.lost => Warning::Lost { item },
            Failure::Missing(symbol) => Warning::OldDriver { item, symbol: symbol.to_owned() },
            Failure::Refused { code, text } => {
                Warning::Unread { cause: ReadError::Driver { during: item.clone(), code, text }, item }
            }
        });
    }

    /// True when the register is gone and nothing more is asked.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Records a warning of another sort.
    pub(super) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Number from the answer.
    pub(super) fn int(&mut self, param: u32) -> Option<u32> {
        let value = self.driver.int(param);
        self.known(param, value)
    }

    /// Flag from the answer.
    pub(super) fn flag(&mut self, param: u32) -> Option<bool> {
        let value = self.driver.flag(param);
        self.known(param, value)
    }

    /// Text from the answer, as it is; an empty one is none.
    pub(super) fn text(&mut self, param: u32) -> Option<String> {
        let value = self.driver.text(param);
        self.known(param, value).filter(|text| !text.is_empty())
    }

    /// Time from the answer; an impossible one is none.
    pub(super) fn time(&mut self, param: u32) -> Option<NaiveDateTime> {
        let value = self.driver.time(param);
        self.known(param, value).and_then(RawTime::known)
    }

    fn known<T: std::fmt::Debug>(&mut self, param: u32, value: Result<T, Failure>) -> Option<T> {
        match value {
            Ok(value) => {
                self.trace(&format!("< {param} = {}", shown(&format!("{value:?}"))));
                Some(value)
            }
            Err(failure) => {
                self.untold(failure);
                None
            }
        }
    }

    /// Records that the driver cannot tell values of a kind, once for each question.
    fn untold(&mut self, failure: Failure) {
        let item = self.item.to_owned();
        let warning = match failure {
            Failure::Missing(symbol) => Warning::OldDriver { item, symbol: symbol.to_owned() },
            Failure::Refused { code, text } => {
                Warning::Unread { cause: ReadError::Driver { during: item.clone(), code, text }, item }
            }
        };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn trace(&mut self, line: &str) {
        (self.surroundings.trace)(line);
    }
}

fn set_all(driver: &mut dyn Driver, question: &Question) -> Result<(), Failure> {
    question.with.iter().try_for_each(|&(param, value)| driver.set_int(param, value))
}

/// The beginning of a text, fit for one line of a log.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_LIMIT).flat_map(printable).collect();
    if text.chars().nth(SHOWN_LIMIT).is_some() {
        shown.push('…');
    }
    shown
}

fn printable(c: char) -> impl Iterator<Item = char> {
    let (escaped, plain) = if c.is_control() { (Some(c.escape_default()), None) } else { (None, Some(c)) };
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests;
