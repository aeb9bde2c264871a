//! Owners and access lists of files, in the system's text form.

use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;
use std::ptr::{null, null_mut};
use std::slice;

use windows_sys::Win32::Foundation::{CloseHandle, ERROR_INVALID_OWNER, ERROR_SUCCESS, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW, SDDL_REVISION_1,
    SE_FILE_OBJECT, SetNamedSecurityInfoW,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, GetSecurityDescriptorOwner,
    GetTokenInformation, OBJECT_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TokenUser,
    UNPROTECTED_DACL_SECURITY_INFORMATION,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::super::acl::PRIVATE;
use super::super::profiles::sid_text;
use super::{narrow, wide};

/// What is read and written of a descriptor.
const OWNER_AND_LIST: OBJECT_SECURITY_INFORMATION = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;

/// Owner and access list of a file or folder, as text.
pub fn descriptor(path: &Path) -> io::Result<String> {
    let path = wide(path);
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: `path` ends with a terminator, the results that are not wanted are null as
    // documented, and all of them outlive the call.
    let code = unsafe {
        let (path, descriptor) = (path.as_ptr(), &raw mut descriptor);
        let nothing = null_mut();
        GetNamedSecurityInfoW(
            path,
            SE_FILE_OBJECT,
            OWNER_AND_LIST,
            null_mut(),
            null_mut(),
            null_mut(),
            nothing,
            descriptor,
        )
    };
    if code != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(code.cast_signed()));
    }
    text_of(&Memory(descriptor))
}

fn text_of(descriptor: &Memory) -> io::Result<String> {
    let (mut text, mut len) = (null_mut(), 0);
    // SAFETY: the descriptor came from a call that succeeded; the results outlive the call.
    let done = unsafe {
        ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor.0,
            SDDL_REVISION_1,
            OWNER_AND_LIST,
            &raw mut text,
            &raw mut len,
        )
    };
    if done == 0 || text.is_null() {
        return Err(io::Error::last_os_error());
    }
    let _guard = Memory(text.cast());
    // SAFETY: the call succeeded, so `len` units stand at `text` until the guard drops.
    let units = unsafe { slice::from_raw_parts(text, len as usize) };
    Ok(narrow(units))
}

/// Gives a file or folder the owner and the access list of a text. With `protected` nothing is
/// inherited from above any more, otherwise everything is. What lies in a folder inherits its
/// list unless it is protected itself.
pub fn set_descriptor(path: &Path, text: &str, protected: bool) -> io::Result<()> {
    let descriptor = descriptor_of(text)?;
    let (owner, list) = (owner(&descriptor)?, list(&descriptor)?);
    let inheritance =
        if protected { PROTECTED_DACL_SECURITY_INFORMATION } else { UNPROTECTED_DACL_SECURITY_INFORMATION };
    let path = wide(path);
    // SAFETY: `path` ends with a terminator; owner and list stand in `descriptor`, which outlives
    // the call, and the call changes none of them.
    let code = unsafe {
        let what = OWNER_AND_LIST | inheritance;
        SetNamedSecurityInfoW(path.as_ptr(), SE_FILE_OBJECT, what, owner, null_mut(), list, null())
    };
    if code == ERROR_SUCCESS { Ok(()) } else { Err(io::Error::from_raw_os_error(code.cast_signed())) }
}

/// A new file that only SYSTEM and administrators may open. Nobody else can have it open already:
/// it is shared with nobody until they may not.
pub fn create_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).share_mode(0).open(path)?;
    set_descriptor(path, PRIVATE, true).map_err(|error| {
        match error.raw_os_error().map(i32::cast_unsigned) {
            // Only they can make a file theirs.
            Some(ERROR_INVALID_OWNER) => io::ErrorKind::PermissionDenied.into(),
            _ => error,
        }
    })?;
    Ok(file)
}

fn descriptor_of(text: &str) -> io::Result<Memory> {
    let text = wide(text);
    let mut descriptor: PSECURITY_DESCRIPTOR = null_mut();
    // SAFETY: `text` ends with a terminator, the size is not wanted, the result outlives the call.
    let done = unsafe {
        let descriptor = &raw mut descriptor;
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            descriptor,
            null_mut(),
        )
    };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(Memory(descriptor)) }
}

fn owner(descriptor: &Memory) -> io::Result<PSID> {
    let (mut owner, mut defaulted) = (null_mut(), 0);
    // SAFETY: the descriptor came from a call that succeeded; the results outlive the call.
    let done = unsafe { GetSecurityDescriptorOwner(descriptor.0, &raw mut owner, &raw mut defaulted) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(owner) }
}

/// A descriptor without a list would open the file to everybody, so that is an error.
fn list(descriptor: &Memory) -> io::Result<*mut ACL> {
    let (mut present, mut list, mut defaulted) = (0, null_mut(), 0);
    // SAFETY: the descriptor came from a call that succeeded; the results outlive the call.
    let done = unsafe {
        GetSecurityDescriptorDacl(descriptor.0, &raw mut present, &raw mut list, &raw mut defaulted)
    };
    match (done, present) {
        (0, _) => Err(io::Error::last_os_error()),
        (_, 0) => Err(io::ErrorKind::InvalidInput.into()),
        _ if list.is_null() => Err(io::ErrorKind::InvalidInput.into()),
        _ => Ok(list),
    }
}

/// Memory of the security calls, given back when dropped.
struct Memory(*mut c_void);

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the memory came from a security call that succeeded and is freed once.
        unsafe { LocalFree(self.0) };
    }
}

/// Security identifier of the user of this process, as text.
pub fn own_sid() -> Option<String> {
    let token = Token::own()?;
    // A user and its longest identifier; words, for the structure begins with a pointer.
    let mut user = [0_usize; 32];
    let mut len = 0;
    // SAFETY: the token is open and `user` has room for the bytes that the call is told of.
    let done = unsafe {
        let size = size_of_val(&user) as u32;
        GetTokenInformation(token.0, TokenUser, user.as_mut_ptr().cast(), size, &raw mut len)
    };
    if done == 0 {
        log::debug!("user of this process: {}", io::Error::last_os_error());
        return None;
    }
    // The identifier stands after the structure of a pointer and a number, padded to a pointer.
    let bytes: Vec<u8> = user.iter().flat_map(|word| word.to_ne_bytes()).take(len as usize).collect();
    let offset = user.first()?.checked_sub(user.as_ptr().addr())?;
    sid_text(bytes.get(offset..)?)
}

/// An access token, closed when dropped.
struct Token(HANDLE);

impl Token {
    fn own() -> Option<Self> {
        let mut token = null_mut();
        // SAFETY: the handle of this process is always valid; the result outlives the call.
        let done = unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) };
        (done != 0).then_some(Self(token))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: the token was opened by a call that succeeded and is closed once.
        unsafe { CloseHandle(self.0) };
    }
}
