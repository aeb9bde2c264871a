//! `_resources/reboot.json`: the restart that waits to be done, and what led to it.
//!
//! The file also remembers what has been acted on already: a mismatch is announced and leads to a
//! restart once, until the register has been read again.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::fiscals::Group;
use super::loaded::{self, Loaded, is_form};
use super::record::time;
use super::{Home, StateError, file};
use crate::kkt::health::time_text;

/// Name of the file in `_resources`.
pub const FILE_NAME: &str = "reboot.json";
/// Version of the form; a reader refuses others.
const FORM: u32 = 1;

/// A restart and its causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reboot {
    /// Version of this form.
    form: u32,
    /// Registers whose data must be read anew.
    pub registers: Vec<Cause>,
    /// When somebody asked for a restart by hand, local time.
    pub requested: Option<String>,
    /// For when it is planned, local time.
    pub at: Option<String>,
    /// A task for that time has been registered.
    pub scheduled: bool,
    /// How it ended; `None` while it is pending.
    pub closed: Option<Closed>,
}

/// A register that makes a restart necessary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "published names")]
pub struct Cause {
    /// The list of the register in `fiscals.json`.
    pub brand: Group,
    /// Its serial number.
    pub serialNumber: String,
    /// Why.
    pub reason: Reason,
    /// FN that was known.
    pub old_fn: String,
    /// FN that the logs show.
    pub new_fn: Option<String>,
    /// When that was found, local time.
    pub since: String,
}

/// Why a restart is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The FN was replaced.
    Replaced,
    /// The configuration says so for every register that is due.
    Forced,
    /// Somebody asked for it by hand.
    Requested,
}

/// The end of a restart that is not pending any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// What ended it.
    pub how: End,
    /// When, local time.
    pub at: String,
}

/// What ended a pending restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// The restart file ran.
    Ran,
    /// Somebody called it off.
    Cancelled,
}

impl Default for Reboot {
    fn default() -> Self {
        Self { form: FORM, registers: Vec::new(), requested: None, at: None, scheduled: false, closed: None }
    }
}

impl Reboot {
    /// Reads the file. A missing one means that nothing is pending. So does a broken one, which
    /// with `repair` is set aside: the next check finds again what it was about.
    ///
    /// # Errors
    /// [`StateError`] when the file cannot be read or moved.
    pub fn load(home: &Home, repair: bool, now: NaiveDateTime) -> Result<Loaded<Self>, StateError> {
        let check = |reboot: &Self| is_form(reboot.form, FORM);
        loaded::load(&home.resource(FILE_NAME), check, repair, now)
    }

    /// Writes the file, or removes it when it has nothing to say.
    ///
    /// # Errors
    /// [`StateError::Write`].
    pub fn save(&self, home: &Home) -> Result<(), StateError> {
        let path = home.resource(FILE_NAME);
        if self.is_empty() { file::remove(&path) } else { file::write(&path, &file::json_text(self)) }
    }

    /// True when a restart waits to be done.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.closed.is_none() && !self.is_empty()
    }

    /// Why, if it is pending: the gravest of the causes.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let requested = self.requested.as_ref().map(|_| Reason::Requested);
        let reason = self.registers.iter().map(|cause| cause.reason).chain(requested).min();
        reason.filter(|_| self.is_pending())
    }

    /// For when it is planned, if that is known.
    #[must_use]
    pub fn planned(&self) -> Option<NaiveDateTime> {
        time_text::parse(self.at.as_deref()?)
    }

    /// Notes a cause; true when it is news, false when it has been noted before.
    pub fn note(&mut self, cause: Cause) -> bool {
        let known = self.registers.iter().position(|other| other.serialNumber == cause.serialNumber);
        if let Some(known) = known.and_then(|index| self.registers.get_mut(index)) {
            if known.reason == cause.reason && known.new_fn == cause.new_fn || cause.reason == Reason::Forced
            {
                return false;
            }
            *known = cause;
        } else {
            self.registers.push(cause);
        }
        self.reopen();
        true
    }

    /// Notes that somebody asks for a restart.
    pub fn request(&mut self, now: NaiveDateTime) {
        self.requested = Some(time(Some(now)));
        self.reopen();
    }

    fn reopen(&mut self) {
        self.closed = None;
        self.scheduled = false;
    }

    /// True when a restart for this register has been done or called off.
    #[must_use]
    pub fn is_done_for(&self, serial: &str) -> bool {
        self.closed.is_some() && self.registers.iter().any(|cause| cause.serialNumber == serial)
    }

    /// Notes for when it is planned, and whether a task has been registered.
    pub fn plan(&mut self, at: NaiveDateTime, scheduled: bool) {
        self.at = Some(time(Some(at)));
        self.scheduled = scheduled;
    }

    /// Notes that it is not pending any more; its causes are remembered.
    pub fn close(&mut self, how: End, now: NaiveDateTime) {
        self.requested = None;
        self.scheduled = false;
        self.closed = Some(Closed { how, at: time(Some(now)) });
    }

    /// A register has been read: a cause that this settles is dropped. True when there was one.
    /// A register that still has the FN of before settles a replacement no more than silence.
    pub fn settle(&mut self, serial: &str, fn_serial: &str) -> bool {
        let before = self.registers.len();
        self.registers.retain(|cause| {
            let unsettled = cause.reason == Reason::Replaced && cause.old_fn.trim() == fn_serial.trim();
            cause.serialNumber != serial || unsettled
        });
        self.registers.len() != before
    }

    /// A register is not known any more. True when it was a cause.
    pub fn forget(&mut self, serial: &str) -> bool {
        let before = self.registers.len();
        self.registers.retain(|cause| cause.serialNumber != serial);
        self.registers.len() != before
    }

    fn is_empty(&self) -> bool {
        self.registers.is_empty() && self.requested.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(serial: &str, reason: Reason, new_fn: Option<&str>) -> Cause {
        Cause {
            brand: Group::Atol,
            serialNumber: serial.to_owned(),
            reason,
            old_fn: "1".to_owned(),
            new_fn: new_fn.map(str::to_owned),
            since: "2026-01-02 03:04:05".to_owned(),
        }
    }

    fn at() -> NaiveDateTime {
        time_text::parse("2026-01-02 03:04:05").expect("time")
    }

    #[test]
    fn a_mismatch_is_news_once() {
        let mut reboot = Reboot::default();
        assert!(reboot.note(cause("7", Reason::Replaced, Some("2"))));
        assert!(!reboot.note(cause("7", Reason::Replaced, Some("2"))));
        reboot.close(End::Ran, at());
        assert!(!reboot.note(cause("7", Reason::Replaced, Some("2"))) && !reboot.is_pending());
        assert!(!reboot.note(cause("7", Reason::Forced, None)) && !reboot.is_pending());
        assert!(reboot.note(cause("7", Reason::Replaced, Some("3"))) && reboot.is_pending());
        reboot.close(End::Cancelled, at());
        assert!(reboot.note(cause("8", Reason::Forced, None)) && reboot.is_pending());
        assert_eq!((reboot.registers.len(), reboot.reason()), (2, Some(Reason::Replaced)));
    }

    #[test]
    fn reading_the_register_settles_it() {
        let mut reboot = Reboot::default();
        reboot.note(cause("7", Reason::Replaced, Some("2")));
        reboot.note(cause("8", Reason::Forced, None));
        assert!(!reboot.settle("9", "2"), "another register");
        assert!(!reboot.settle("7", "1 "), "the FN of before");
        assert!(reboot.settle("7", "2"));
        assert!(reboot.settle("8", "1"), "forced: any reading");
        assert!(!reboot.is_pending());
    }

    #[test]
    fn what_was_asked_for_by_hand_is_over_when_done() {
        let mut reboot = Reboot::default();
        reboot.request(at());
        assert_eq!(reboot.reason(), Some(Reason::Requested));
        reboot.close(End::Ran, at());
        assert!(reboot.is_empty() && !reboot.is_pending());
    }
}
