//! When something runs by itself: the tasks of Windows Task Scheduler.
//!
//! Owns the texts of the tasks, their registration, and the arithmetic of wall-clock times. It
//! does not know what the tasks are for: which commands they call stands in the templates of
//! `scheduler/`, which are compiled in. Only `schtasks.exe` is talked to, the documented way in
//! that every Windows since 7 has; its exit codes decide, its words are only shown.

pub mod compare;
pub mod tasks;
pub mod time;
pub mod xml;

/// The file in `_resources/` that restarts the computer, unless the configuration names another.
pub const REBOOT_FILE_NAME: &str = "reboot.bat";
/// Its shipped content: a restart with one minute's notice.
pub const REBOOT_FILE: &str = include_str!("../../scheduler/reboot.bat");
