//! What became of tasks, and of the folders that they run from.

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It was not there before.
    Registered,
    /// It was there, and different.
    Updated,
    /// It was there as it should be.
    Unchanged,
}

impl Registration {
    /// Its name in the JSON document.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Whether ordinary users may write to a folder. Accounts are security identifiers.
#[derive(Debug, PartialEq, Eq)]
pub enum Safety {
    /// They may not.
    Safe,
    /// They may not any more.
    Restricted {
        /// Who could.
        writers: Vec<String>,
    },
    /// They may, as was wished.
    Kept {
        /// Who can.
        writers: Vec<String>,
    },
    /// They may, and the folder is the system's or a user's: its rights are not ours to change.
    Misplaced {
        /// Who can.
        writers: Vec<String>,
    },
    /// They may, and it could not be changed.
    Failed {
        /// Who can.
        writers: Vec<String>,
        /// What the system says; nothing when it said yes and did not do it.
        reason: Option<String>,
    },
    /// That could not be told.
    Unknown {
        /// What the system says.
        reason: String,
    },
}
