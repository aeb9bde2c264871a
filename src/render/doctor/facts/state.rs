//! What can be said of our own files.

use chrono::NaiveDateTime;

use crate::state::StateError;
use crate::state::outgoing::RecordError;

/// What is said of our own files.
pub enum Fact {
    /// None is broken.
    Fine,
    /// A state file is broken and will be rebuilt.
    Broken(&'static str),
    /// Broken files that were set aside.
    SetAside(Vec<String>),
    /// A file or folder cannot be read.
    Unreadable(StateError),
    /// Records, all of them fresh.
    Records(usize),
    /// There are no records.
    NoRecords,
    /// Records that were not renewed for a week.
    Old(Vec<String>),
    /// A record that cannot be sent.
    BadRecord(String, RecordError),
    /// No restart is pending.
    NoRestart,
    /// A restart is pending.
    Restart(Option<NaiveDateTime>),
    /// It is, and its time is over.
    RestartOverdue(NaiveDateTime),
    /// No message waits.
    NoMessages,
    /// Messages wait.
    Messages {
        /// How many.
        count: usize,
        /// Since when the oldest one does.
        since: String,
    },
    /// Everything that was sent was accepted.
    Delivered(String),
    /// A server has not accepted something.
    Undelivered {
        /// The server.
        host: String,
        /// How many records.
        count: usize,
        /// When that was last.
        at: String,
        /// Why.
        error: String,
    },
}
