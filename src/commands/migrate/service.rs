//! The predecessor's service: would be removed, is removed, or stays.

use std::path::Path;

use crate::host::services;
use crate::render::migrate::outcome::{Removal, Removed};

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
