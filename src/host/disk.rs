//! The room that is left on a disk.

use std::io;
use std::path::Path;

use super::os;

/// Bytes that this user may still write to the disk of a folder.
///
/// # Errors
/// What the system says.
pub fn free_space(folder: &Path) -> io::Result<u64> {
    os::free_space(folder)
}
