//! What can be said of the home folder.

use std::path::PathBuf;

use crate::state::StateError;

/// What is said of the home folder.
pub enum Fact {
    /// It can be written to.
    Writable(PathBuf),
    /// It cannot.
    Unwritable(StateError),
    /// Only administrators may write there.
    Closed(PathBuf),
    /// Others may write there, too.
    Open {
        /// The folder.
        folder: PathBuf,
        /// Their security identifiers.
        writers: Vec<String>,
    },
    /// Who may write there is unknown.
    RightsUnknown {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The room on its disk.
    Room {
        /// MiB.
        mebibytes: u64,
    },
    /// The room on its disk is unknown.
    RoomUnknown {
        /// What the system says.
        reason: String,
    },
}
