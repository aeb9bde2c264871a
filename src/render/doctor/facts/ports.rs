//! What can be said of the ways to registers.

use crate::kkt::ReadError;
use crate::kkt::Target;

/// What is said of the ways to registers.
pub enum Fact {
    /// The way is free.
    Fine(Target),
    /// The way is blocked.
    Blocked(Target, ReadError),
    /// Another program has the port.
    Busy {
        /// The register.
        target: Target,
        /// Programs that are known to hold registers, and run.
        suspects: Vec<String>,
    },
    /// The way goes through the driver alone.
    ByDriver,
    /// No ATOL device is there to be found.
    NothingFound,
    /// Mitsu registers are searched for with every reading.
    Searched,
    /// No register is configured, and none is searched for.
    Nothing,
    /// Another getad is reading right now.
    AtWork,
}
