//! What can be said of the logs.

use std::path::PathBuf;

use crate::kkt::Brand;

/// What is said of the logs.
pub enum Fact {
    /// Files were found.
    Fine {
        /// Whose they are.
        brand: Brand,
        /// Their folder.
        folder: PathBuf,
        /// How many.
        count: usize,
    },
    /// There is no folder of iikoFront.
    NoIiko(Brand),
    /// The folder cannot be listed.
    NoFolder(Brand, String),
    /// Nothing in it has the name.
    NoFiles {
        /// Whose they would be.
        brand: Brand,
        /// The folder.
        folder: PathBuf,
        /// The part of the name.
        mask: String,
    },
    /// FN are not checked by logs.
    Off,
    /// No register is known whose logs would be wanted.
    Unneeded,
}
