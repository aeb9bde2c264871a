//! Sessions of users, and their accounts.

use std::ffi::c_void;
use std::ptr;
use std::slice;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Security::{LookupAccountNameW, SECURITY_MAX_SID_SIZE};
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDomainName, WTSEnumerateSessionsW, WTSFreeMemory,
    WTSGetActiveConsoleSessionId, WTSQuerySessionInformationW, WTSUserName,
};

use super::super::profiles::{User, sid_text};
use super::{narrow, wide};

/// User of the console session, or else of the first active remote session.
pub fn active_user() -> Option<User> {
    // SAFETY: the call takes nothing and returns a number.
    let console = unsafe { WTSGetActiveConsoleSessionId() };
    let at_console = Some(console).filter(|&session| session != NO_SESSION).and_then(user_of);
    at_console.or_else(|| active_sessions().into_iter().find_map(user_of))
}

/// What stands for "no session is at the console".
const NO_SESSION: u32 = u32::MAX;

/// Handle that stands for the computer itself.
const THIS_COMPUTER: HANDLE = ptr::null_mut();

fn user_of(session: u32) -> Option<User> {
    let name = session_text(session, WTSUserName).filter(|name| !name.is_empty())?;
    Some(User { name, domain: session_text(session, WTSDomainName).unwrap_or_default() })
}

fn active_sessions() -> Vec<u32> {
    let mut sessions: *mut WTS_SESSION_INFOW = ptr::null_mut();
    let mut count = 0;
    // SAFETY: both results outlive the call; version 1 is the only one there is.
    let done = unsafe { WTSEnumerateSessionsW(THIS_COMPUTER, 0, 1, &raw mut sessions, &raw mut count) };
    if done == 0 {
        log::debug!("sessions: {}", std::io::Error::last_os_error());
        return Vec::new();
    }
    if sessions.is_null() {
        return Vec::new();
    }
    let _guard = SessionMemory(sessions.cast());
    // SAFETY: the call succeeded, so `count` sessions stand at `sessions` until the guard drops.
    let sessions = unsafe { slice::from_raw_parts(sessions, count as usize) };
    sessions.iter().filter(|session| session.State == WTSActive).map(|session| session.SessionId).collect()
}

fn session_text(session: u32, what: WTS_INFO_CLASS) -> Option<String> {
    let mut text = ptr::null_mut();
    let mut len = 0;
    // SAFETY: both results outlive the call.
    let done =
        unsafe { WTSQuerySessionInformationW(THIS_COMPUTER, session, what, &raw mut text, &raw mut len) };
    if done == 0 {
        log::debug!("session {session}: {}", std::io::Error::last_os_error());
        return None;
    }
    if text.is_null() {
        return None;
    }
    let _guard = SessionMemory(text.cast());
    // SAFETY: the call succeeded, so `len` bytes of text stand at `text` until the guard drops.
    let units = unsafe { slice::from_raw_parts(text, len as usize / 2) };
    Some(narrow(units))
}

/// Memory of the session calls, given back when dropped.
struct SessionMemory(*mut c_void);

impl Drop for SessionMemory {
    fn drop(&mut self) {
        // SAFETY: the memory came from a session call that succeeded and is freed once.
        unsafe { WTSFreeMemory(self.0) };
    }
}

/// Security identifier of an account as text. For an account of a domain Windows may ask a domain
/// controller and give up only after some seconds.
pub fn account_sid(user: &User) -> Option<String> {
    let account = match user.domain.as_str() {
        "" => user.name.clone(),
        domain => format!("{domain}\\{}", user.name),
    };
    let sid = lookup(&account);
    if sid.is_none() {
        log::debug!("account {account}: {}", std::io::Error::last_os_error());
    }
    sid
}

fn lookup(account: &str) -> Option<String> {
    let account = wide(account);
    // Words, for the call wants an aligned buffer.
    let mut sid = [0_u32; SECURITY_MAX_SID_SIZE as usize / 4];
    let mut sid_len = SECURITY_MAX_SID_SIZE;
    let mut domain = [0_u16; 256];
    let mut domain_len = domain.len() as u32;
    let mut kind = 0;
    // SAFETY: `account` ends with a terminator, both buffers have the sizes that the call is
    // told, and all of them outlive the call.
    let done = unsafe {
        LookupAccountNameW(
            ptr::null(),
            account.as_ptr(),
            sid.as_mut_ptr().cast(),
            &raw mut sid_len,
            domain.as_mut_ptr(),
            &raw mut domain_len,
            &raw mut kind,
        )
    };
    let bytes: Vec<u8> = sid.iter().flat_map(|word| word.to_le_bytes()).collect();
    (done != 0).then(|| sid_text(&bytes)).flatten()
}
