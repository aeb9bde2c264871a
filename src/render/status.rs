//! What `status` shows: the values, which serialise as the JSON document, and the screen.

pub mod notes;
mod row;
mod screen;
mod words;

use std::path::Path;

use chrono::NaiveDateTime;
use serde::{Serialize, Serializer};

use super::{Lang, Message};
use crate::kkt::Link;
use crate::kkt::health::{ShiftState, time_text};
use crate::state::fiscals::Group;
use crate::state::reboot::{Cause, Reason};

/// All that is known. Serialises as the JSON document.
#[derive(Debug, Serialize)]
pub struct Report {
    /// When, local time.
    #[serde(serialize_with = "moment")]
    pub now: NaiveDateTime,
    /// The registers, the most urgent first.
    pub registers: Vec<Register>,
    /// The restart that is pending.
    pub reboot: Option<Restart>,
    /// The servers that records were sent to.
    pub servers: Vec<Server>,
    /// The tasks of Windows.
    pub tasks: Tasks,
    /// The next check by log.
    pub check: Check,
    /// Records are sent.
    pub delivery: bool,
    /// When it was noted last that no register of this computer answers.
    #[serde(with = "time_text")]
    pub workstation_at: Option<NaiveDateTime>,
    /// Files that could not be used.
    pub faults: Vec<Fault>,
}

/// A register.
#[derive(Debug, Serialize)]
#[expect(non_snake_case, reason = "published names")]
#[expect(
    missing_docs,
    reason = "the names are those of the record and of the health, which README.md describes"
)]
pub struct Register {
    pub brand: Group,
    pub modelName: Option<String>,
    pub serialNumber: String,
    pub RNM: Option<String>,
    pub organizationName: Option<String>,
    pub link: Option<Link>,
    pub fn_serial: Option<String>,
    #[serde(with = "time_text")]
    pub fn_valid_until: Option<NaiveDateTime>,
    pub fn_days_left: Option<i64>,
    /// Days from its registration to its end.
    #[serde(skip)]
    pub fn_life_days: Option<i64>,
    pub ofd_unsent_count: Option<u32>,
    pub ofd_first_unsent_age_days: Option<i64>,
    pub shift_state: Option<ShiftState>,
    /// When it was read last.
    #[serde(with = "time_text")]
    pub read_at: Option<NaiveDateTime>,
    /// When its FN was known for certain last.
    #[serde(with = "time_text")]
    pub v_time: Option<NaiveDateTime>,
    /// From when on the logs are searched for it.
    #[serde(with = "time_text")]
    pub check_at: Option<NaiveDateTime>,
    /// Its record at every server.
    pub delivered: Vec<Delivered>,
    /// How urgently it wants attention.
    pub level: Level,
    /// Why.
    pub notes: Vec<String>,
}

/// How urgently something wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// At once.
    Problem,
    /// Soon.
    Warning,
    /// Not at all.
    Ok,
}

/// A record at a server.
#[derive(Debug, Serialize)]
pub struct Delivered {
    /// Its host.
    pub server: String,
    /// When it was accepted last.
    #[serde(with = "time_text")]
    pub accepted_at: Option<NaiveDateTime>,
    /// When it was not accepted last, if that was later.
    #[serde(with = "time_text")]
    pub failed_at: Option<NaiveDateTime>,
    /// Why.
    pub error: Option<String>,
}

/// A server.
#[derive(Debug, Serialize)]
pub struct Server {
    /// Its host.
    pub server: String,
    /// When it accepted anything last.
    #[serde(with = "time_text")]
    pub accepted_at: Option<NaiveDateTime>,
    /// Records that were sent to it.
    pub records: usize,
    /// Those of them that it did not accept the last time.
    pub not_accepted: usize,
    /// When that was for the last of them.
    #[serde(with = "time_text")]
    pub failed_at: Option<NaiveDateTime>,
    /// Why.
    pub error: Option<String>,
}

/// A restart that is pending.
#[derive(Debug, Serialize)]
pub struct Restart {
    /// Why.
    pub reason: Reason,
    /// When it takes place, if that is planned.
    #[serde(with = "time_text")]
    pub at: Option<NaiveDateTime>,
    /// A task has been registered for it.
    pub scheduled: bool,
    /// The registers that it is for.
    pub registers: Vec<Cause>,
}

/// The tasks that run getad.
#[derive(Debug, Serialize)]
pub struct Tasks {
    /// The one that reads the registers.
    pub boot: TaskState,
    /// The one that checks the FN.
    pub interval: TaskState,
    /// The one that restarts the computer.
    pub reboot: TaskState,
}

/// Whether a task is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// It is.
    Registered,
    /// It is not.
    Missing,
    /// This user is not told.
    Unknown,
    /// This system has no tasks.
    None,
}

/// The next check by log.
#[derive(Debug, Serialize)]
pub struct Check {
    /// FN are checked at all.
    pub enabled: bool,
    /// Hours between checks.
    pub every_hours: u32,
    /// Registers that want to be checked now.
    pub due: usize,
    /// When another one does.
    #[serde(with = "time_text")]
    pub next_due_at: Option<NaiveDateTime>,
}

/// A file that could not be used.
#[derive(Debug, Serialize)]
pub struct Fault {
    /// The file, relative to the home folder.
    pub file: String,
    /// What is wrong, and what to do.
    #[serde(flatten, serialize_with = "problem_and_hint")]
    pub message: Message,
}

impl Register {
    /// Sorts what needs action first to the front.
    #[must_use]
    pub fn urgency(&self) -> impl Ord + use<> {
        (self.level, self.fn_days_left.unwrap_or(i64::MAX), self.serialNumber.clone())
    }
}

fn moment<S: Serializer>(time: &NaiveDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    time_text::serialize(&Some(*time), serializer)
}

fn problem_and_hint<S: Serializer>(message: &Message, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Problem<'a> {
        problem: &'a str,
        hint: Option<&'a str>,
    }
    Problem { problem: &message.what, hint: message.advice.as_deref() }.serialize(serializer)
}

/// A broken state file, which a later command sets aside.
#[must_use]
pub fn damaged(path: &Path, problem: &str, rebuilt: bool, lang: Lang) -> Message {
    let path = path.display();
    let what =
        lang.pick(format!("{path} is damaged: {problem}"), format!("файл {path} повреждён: {problem}"));
    let advice = if rebuilt {
        lang.pick(
            "What is shown comes from the records; `getad probe` moves the file aside and writes it anew.",
            "Показано то, что есть в записях; `getad probe` отложит этот файл и запишет новый.",
        )
    } else {
        lang.pick(
            "The next command that writes it moves it aside; what stood in it is not shown.",
            "Следующая команда, которая его пишет, отложит его; то, что в нём было, не показано.",
        )
    };
    Message::new(what, advice)
}
