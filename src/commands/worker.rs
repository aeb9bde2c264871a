//! `worker`: reads one register through the vendor's library, for `probe`, which must outlive a
//! library that hangs or crashes.

use crate::host;
use crate::kkt::atol::worker;

/// Serves one request from stdin and ends the process.
pub fn run() -> ! {
    // Nobody is there to close the message box of a crash.
    host::suppress_crash_dialogs();
    worker::run()
}
