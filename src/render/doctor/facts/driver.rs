//! What can be said of the driver.

use std::path::PathBuf;

use crate::kkt::ReadError;

/// What is said of the driver.
pub enum Fact {
    /// It loads.
    Fine {
        /// The library.
        path: PathBuf,
        /// Its width.
        bits: u32,
        /// Its version.
        version: Option<String>,
    },
    /// There is none, and nothing needs it.
    Unneeded,
    /// There is none or it cannot be loaded.
    Unusable(ReadError),
    /// Libraries that it needs are missing.
    Lacking {
        /// The library.
        path: PathBuf,
        /// Names of what is missing.
        missing: Vec<String>,
    },
    /// It is too old.
    TooOld {
        /// The library.
        path: PathBuf,
        /// Its version.
        version: String,
    },
}
