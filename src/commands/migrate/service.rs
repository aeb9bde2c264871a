//! The predecessor's service: would be removed, is removed, or stays.

use std::path::Path;

use serde_json::{Value, json};

use crate::host::services::{self, ServiceError};
use crate::render::Lang;
use crate::render::migrate as text;

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
            Removal::Failed(error) => Some(text::service_error(self.name.as_deref(), error, lang).what),
            _ => None,
        };
        json!({ "name": self.name, "state": self.outcome.key(), "error": error })
    }
}

/// Removes the predecessor's services, or says which there are. `folder` is that of the
/// predecessor, when it is certain that it is one.
pub fn settle(wanted: bool, spare: bool, folder: Option<&Path>) -> Vec<Removed> {
    let found = match services::of_predecessor(folder) {
        Ok(found) => found,
        Err(error) if wanted => return vec![Removed { name: None, outcome: Removal::Failed(error) }],
        Err(error) => {
            log::debug!("services: {error}");
            return Vec::new();
        }
    };
    let outcome = |name: &str| match (wanted, spare) {
        (false, _) => Removal::Present,
        (true, true) => Removal::Spared,
        (true, false) => services::remove(name).map_or_else(Removal::Failed, |()| Removal::Removed),
    };
    found.into_iter().map(|found| Removed { outcome: outcome(&found.name), name: Some(found.name) }).collect()
}
