//! What stays on disk between runs: records, known registers, health, a pending restart. One schema per file, each
//! with serde types of its own, so that a change inside cannot change what is published.
//!
//! At any moment of a power cut a file has its old or its new content, whole. A state file that
//! cannot be understood is moved aside and rebuilt, never silently overwritten.

pub mod delivery;
pub mod file;
pub mod fiscals;
pub mod health;
pub mod loaded;
pub mod outbox;
pub mod outgoing;
pub mod plugin;
pub mod reboot;
pub mod record;
pub mod stored;

use std::path::{Path, PathBuf};

pub use loaded::Loaded;

/// Why the state on disk could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder could not be written.
    #[error("{} cannot be written: {source}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("{} cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file shall be written into a folder that is not there.
    #[error("the folder {} does not exist", .folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// Another getad works in the same home folder.
    #[error("another getad is at work ({})", .path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
}

/// The places of the home folder.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// A home folder; nothing is created.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file or folder right in it.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// Records.
    #[must_use]
    pub fn records(&self) -> PathBuf {
        self.join("date")
    }

    /// Health, a file per register.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.join("metrics")
    }

    /// State of our own.
    #[must_use]
    pub fn resource(&self, name: &str) -> PathBuf {
        self.join("_resources").join(name)
    }

    /// Logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.join("logs")
    }
}
