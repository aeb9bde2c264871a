//! The Windows calls of [`super`]: the only place below `host` with `unsafe` code.
//!
//! Thin wrappers over documented calls that Windows 7 has. They hand out plain values; every
//! handle and every buffer of the system is held by a guard that gives it back. What the values
//! mean is decided outside, in code that runs on every system.

mod acl;
mod devices;
mod files;
mod net;
mod process;
mod registry;
mod services;
mod session;

pub use acl::{create_private, descriptor, own_sid, set_descriptor};
pub use devices::port_devices;
pub use files::{file_version, free_space};
pub use net::{neighbours, node_mac};
pub use process::{INTERPRETERS, Members, command_line, image, processes, spawn_detached};
pub use registry::Local;
pub use services::{remove_service, services};
pub use session::{account_sid, active_user};

use std::ffi::OsStr;
use std::os::windows::ffi::OsStrExt;

use windows_sys::Win32::Globalization::{GetUserDefaultUILanguage, LCIDToLocaleName};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::ErrorReporting::{WER_FAULT_REPORTING_NO_UI, WerSetFlags};
use windows_sys::Win32::System::SystemInformation::{ComputerNamePhysicalDnsHostname, GetComputerNameExW};

use super::registry::{Key, Registry, View};

/// Name of the computer as DNS has it, of any length, without the domain.
pub fn hostname() -> Option<String> {
    let mut name = [0_u16; 256];
    let mut len = name.len() as u32;
    // SAFETY: `name` has room for the `len` units that the call is told of, and outlives it.
    let done =
        unsafe { GetComputerNameExW(ComputerNamePhysicalDnsHostname, name.as_mut_ptr(), &raw mut len) };
    if done == 0 {
        log::debug!("computer name: {}", std::io::Error::last_os_error());
        return None;
    }
    Some(narrow(&name)).filter(|name| !name.is_empty())
}

/// Identifier that Windows got when it was installed.
pub fn machine_guid() -> Option<String> {
    Local.value(&Key::machine(View::Bits64, "SOFTWARE\\Microsoft\\Cryptography"), "MachineGuid")?.text()
}

/// Edition and build of Windows, as its own "About" has them.
pub fn system_name() -> Option<String> {
    let key = Key::machine(View::Bits64, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion");
    let text = |name| Local.value(&key, name)?.text();
    let version = text("DisplayVersion").or_else(|| text("CSDVersion"));
    let parts = [text("ProductName"), version, text("CurrentBuildNumber")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Locale of the user interface, like `ru-RU`; for SYSTEM that of the installation.
pub fn locale() -> Option<String> {
    let mut name = [0_u16; 85];
    // SAFETY: the call takes nothing and only reads a setting.
    let language = unsafe { GetUserDefaultUILanguage() };
    // SAFETY: `name` has room for the number of units that the call is told of, and outlives it.
    let len = unsafe { LCIDToLocaleName(language.into(), name.as_mut_ptr(), name.len() as i32, 0) };
    (len > 0).then(|| narrow(&name))
}

/// Turns the system's error dialogs off for this process and those it starts.
pub fn suppress_crash_dialogs() {
    // SAFETY: the call takes flags by value and changes a setting of this process.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX) };
    // SAFETY: the call takes flags by value and changes a setting of this process.
    let result = unsafe { WerSetFlags(WER_FAULT_REPORTING_NO_UI) };
    if result < 0 {
        log::debug!("error reporting keeps its dialogs: {result:#x}");
    }
}

/// Text as a call wants it: UTF-16 with a terminator.
fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain(Some(0)).collect()
}

/// Text up to the terminator.
fn narrow(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}
