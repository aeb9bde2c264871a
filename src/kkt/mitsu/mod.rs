//! Mitsu 1-F registers, by their own protocol, over a serial port or TCP.
//!
//! This module owns what is asked and in which order. Identity comes first, so that a register
//! lost later still gives a record; each value stands by itself, so that one failing question
//! costs its own values only. It refuses everything but reading: the questions are the types of
//! [`command`]. The protocol is that of the vendor's programming guide for MITSU 1-F.
//!
//! ```text
//! discover   which ports and addresses have a register
//! command    the questions and their replies      report   replies → passport, health
//! session    one conversation: repeat, time out   refusal  what error numbers mean
//! frame      bytes of requests and answers        answer   the text of an answer
//! ```

pub mod answer;
pub mod command;
pub mod discover;
pub mod frame;
pub mod refusal;
pub mod report;
pub mod session;

use std::time::Instant;

use chrono::NaiveDateTime;

pub use refusal::{Meaning, error_kind, error_text};

use super::{Link, ReadError, Reading, Warning};
use command::{
    Command, GetClock, GetDevice, GetFnState, GetOfdQueue, GetPrinter, GetRegistration, GetShift, GetVersion,
    GetVersionAndClock, Version,
};
use report::Replies;
use session::Session;

/// Reads a register; `now` is the local time. The passport's `driver_version` is left to the
/// caller, who knows where the vendor's program would be.
///
/// # Errors
/// Those of opening the line; any failure of `GET DEV` and `GET VER`, without which there is no
/// register to speak of; [`ReadError::NoSerial`], [`ReadError::StrangeSerial`]. Whatever fails
/// later is a warning of the reading.
pub fn read(link: &Link, now: NaiveDateTime, deadline: Instant) -> Result<Reading, ReadError> {
    converse(Session::open(link, deadline)?, now)
}

fn converse(session: Session, now: NaiveDateTime) -> Result<Reading, ReadError> {
    let mut survey = Survey { session, warnings: Vec::new(), faltered: false, over: false };
    let replies = survey.run()?;
    let passport = replies.passport()?;
    if passport.fn_serial.is_none() {
        survey.warnings.push(Warning::FnUnknown);
    }
    let health = Some(replies.health(now)).filter(|health| !health.is_empty());
    Ok(Reading { passport, health, warnings: survey.warnings })
}

/// The questions of one session and what became of them.
struct Survey {
    session: Session,
    warnings: Vec<Warning>,
    /// The question before this one got no answer at all.
    faltered: bool,
    /// There is no use in asking on.
    over: bool,
}

impl Survey {
    fn run(&mut self) -> Result<Replies, ReadError> {
        let device = self.session.ask::<GetDevice>()?.name;
        let (version, mut clock) = self.version_and_clock()?;
        let mut read_after = self.session.elapsed();
        let registration = self.ask::<GetRegistration>();
        let fn_state = self.ask::<GetFnState>();
        let shift = self.ask::<GetShift>();
        let ofd_queue = self.ask::<GetOfdQueue>();
        let printer = self.ask::<GetPrinter>();
        if clock.is_none() {
            clock = self.ask::<GetClock>().flatten();
            read_after = self.session.elapsed();
        }
        let clock = clock.map(|clock| (clock, read_after));
        Ok(Replies { device, version, registration, fn_state, shift, ofd_queue, printer, clock })
    }

    /// Asks for both at once, and for the version alone when that gives no factory number.
    fn version_and_clock(&mut self) -> Result<(Version, Option<NaiveDateTime>), ReadError> {
        let clock = match self.session.ask::<GetVersionAndClock>() {
            Ok((version, clock)) if version.serial.is_some() => return Ok((version, clock)),
            Ok((_, clock)) => clock,
            Err(failure) if self.session.is_lost(&failure) || is_deadline(&failure) => return Err(failure),
            Err(_) => None,
        };
        Ok((self.session.ask::<GetVersion>()?, clock))
    }

    /// A question whose failure costs its own values only. Two questions in a row without any
    /// answer mean that the register is gone.
    fn ask<C: Command>(&mut self) -> Option<C::Reply> {
        if self.over {
            return None;
        }
        match self.session.ask::<C>() {
            Ok(reply) => {
                self.faltered = false;
                Some(reply)
            }
            Err(failure) => {
                self.note(C::NAME, failure);
                None
            }
        }
    }

    fn note(&mut self, item: &str, cause: ReadError) {
        let unanswered = matches!(cause, ReadError::Silent { .. } | ReadError::ConnectionLost { .. });
        let lost = self.session.is_lost(&cause) || (unanswered && self.faltered);
        self.faltered = unanswered;
        self.over = lost || is_deadline(&cause);
        log::warn!(target: "kkt", "{}: {cause}", self.session.name());
        let item = item.to_owned();
        self.warnings.push(if lost { Warning::Lost { item } } else { Warning::Unread { item, cause } });
    }
}

fn is_deadline(failure: &ReadError) -> bool {
    matches!(failure, ReadError::Deadline { .. })
}

#[cfg(test)]
mod tests;
