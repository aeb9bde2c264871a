//! What became of the files and services of the predecessor.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::service_error;
use crate::config::ConfigError;
use crate::host::services::ServiceError;
use crate::render::Lang;
use crate::state::StateError;

/// What became of a file.
#[derive(Debug)]
pub enum State {
    /// It was copied.
    Taken,
    /// It was copied in the place of the shipped one.
    Replaced,
    /// The same is here already.
    Same,
    /// Ours is another, and was kept.
    Kept,
    /// Its folder is ours: nothing needed to be done.
    Here,
    /// It was not taken.
    Failed(Trouble),
}

impl State {
    /// Its name in the JSON document.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Replaced => "replaced",
            Self::Same => "same",
            Self::Kept => "kept",
            Self::Here => "here",
            Self::Failed(_) => "failed",
        }
    }
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It cannot be read or understood.
    #[error(transparent)]
    Broken(#[from] ConfigError),
    /// There is nothing in it.
    #[error("{} is empty", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is too large.
    #[error("{} is larger than {} MB", .path.display(), .limit >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Most bytes that are taken.
        limit: u64,
    },
    /// It could not be read or written.
    #[error(transparent)]
    Disk(#[from] StateError),
}

/// What became of a service.
#[derive(Debug)]
pub struct Removed {
    /// Its name; `None` when the services could not even be listed.
    pub name: Option<String>,
    /// What became of it.
    pub outcome: Removal,
}

/// What became of a service.
#[derive(Debug)]
pub enum Removal {
    /// It was stopped and deleted.
    Removed,
    /// It is there; nobody asked for more.
    Present,
    /// It stays, because nothing of the predecessor could be taken over.
    Spared,
    /// It could not be removed.
    Failed(ServiceError),
}

impl Removal {
    /// Its name in the JSON document.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Present | Self::Spared => "present",
            Self::Failed(_) => "failed",
        }
    }
}

impl Removed {
    /// Its entry of the JSON document.
    pub fn document(&self, lang: Lang) -> Value {
        let error = match &self.outcome {
            Removal::Failed(error) => Some(service_error(self.name.as_deref(), error, lang).what),
            _ => None,
        };
        json!({ "name": self.name, "state": self.outcome.key(), "error": error })
    }
}

/// Why something was left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The predecessor's own program.
    Program,
    /// Its logs.
    Logs,
    /// Nothing that getad knows.
    Unknown,
}

impl Reason {
    fn key(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Logs => "logs",
            Self::Unknown => "unknown",
        }
    }
}

/// What was left where it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// A file or folder.
    pub name: PathBuf,
    /// Why.
    pub reason: Reason,
}

impl Left {
    /// Its entry of the JSON document.
    pub fn document(&self) -> Value {
        json!({ "file": self.name.display().to_string(), "reason": self.reason.key() })
    }
}
