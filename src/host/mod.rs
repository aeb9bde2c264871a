//! Facts about this computer: who it is, who works at it, what is installed and connected.
//!
//! Everything is looked up through the system's own interfaces and is tolerant: what is missing
//! or unreadable is `None`, with a line in the debug log that says why. Calls of the system stand
//! in one module per platform and nowhere else; what other systems than Windows do not have is
//! simply unknown there.

pub mod access;
pub mod acl;
pub mod disk;
pub mod drivers;
pub mod identity;
pub mod iiko;
pub mod network;
#[cfg(not(windows))]
mod portable;
pub mod ports;
pub mod process;
pub mod profiles;
pub mod program;
pub mod registry;
pub mod remote;
pub mod services;
mod text;
#[cfg(windows)]
mod win;

pub use access::{folder_is_writable_by_others, runs_as_system};

#[cfg(not(windows))]
use portable as os;
#[cfg(windows)]
use win as os;

/// What a record says about the computer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workstation {
    /// Name of the computer.
    pub hostname: Option<String>,
    /// Address of the iiko server that the cash desk works with.
    pub url_rms: Option<String>,
    /// Number of TeamViewer.
    pub teamviewer_id: Option<String>,
    /// Number of AnyDesk.
    pub anydesk_id: Option<String>,
    /// Number of LiteManager.
    pub litemanager_id: Option<String>,
}

/// Reads the facts about this computer; files and registry only, nothing is asked over a network.
#[must_use]
pub fn workstation() -> Workstation {
    let workstation = Workstation {
        hostname: os::hostname(),
        url_rms: iiko::server(),
        teamviewer_id: remote::teamviewer(),
        anydesk_id: remote::anydesk(),
        litemanager_id: remote::litemanager(),
    };
    log::debug!("{workstation:?}");
    workstation
}

/// What the system calls itself, with its version.
#[must_use]
pub fn system_name() -> Option<String> {
    os::system_name()
}

/// Language of the user interface as a lower-case code like `ru`.
#[must_use]
pub fn language() -> Option<String> {
    let locale = os::locale();
    let language = locale.as_deref().and_then(language_of);
    if language.is_none() {
        log::debug!("the locale {locale:?} names no language");
    }
    language
}

/// Language of a locale name like `ru-RU` or `ru_RU.UTF-8`; `C` and `POSIX` name none.
fn language_of(locale: &str) -> Option<String> {
    let end = locale.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(locale.len());
    let language = locale.get(..end)?;
    matches!(language.len(), 2 | 3).then(|| language.to_ascii_lowercase())
}

/// Keeps Windows from showing a dialog when this process crashes or a library cannot be loaded:
/// nobody would close it, and the process would hang instead of ending. Meant for the process
/// that loads a vendor's library.
pub fn suppress_crash_dialogs() {
    os::suppress_crash_dialogs();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_the_first_part_of_a_locale() {
        for (locale, language) in
            [("ru-RU", "ru"), ("ru_RU.UTF-8", "ru"), ("en", "en"), ("EN_us", "en"), ("kok-IN", "kok")]
        {
            assert_eq!(language_of(locale).as_deref(), Some(language));
        }
        for locale in ["", "C", "C.UTF-8", "POSIX", "_RU", "русский"] {
            assert_eq!(language_of(locale), None, "{locale}");
        }
    }
}
