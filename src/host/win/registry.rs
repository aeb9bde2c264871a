//! The registry of this computer, opened for reading only.

use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS, WIN32_ERROR,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_LOCAL_MACHINE, HKEY_USERS, KEY_READ, KEY_WOW64_32KEY, KEY_WOW64_64KEY, RegCloseKey,
    RegEnumKeyExW, RegEnumValueW, RegOpenKeyExW, RegQueryValueExW,
};

use super::super::registry::{Hive, Key, Registry, Value, View};
use super::{narrow, wide};

/// The registry of this computer.
pub struct Local;

impl Registry for Local {
    fn value(&self, key: &Key, name: &str) -> Option<Value> {
        let value = OpenKey::open(key).and_then(|open| open.value(name));
        value.map_err(|code| report(code, key, name)).ok()?
    }

    fn values(&self, key: &Key) -> Vec<Value> {
        let values = OpenKey::open(key).and_then(|open| {
            let names = open.names(Names::Values)?;
            Ok(names.iter().filter_map(|name| open.value(name).ok()?).collect())
        });
        values.map_err(|code| report(code, key, "")).unwrap_or_default()
    }

    fn subkeys(&self, key: &Key) -> Vec<String> {
        let names = OpenKey::open(key).and_then(|open| open.names(Names::Subkeys));
        names.map_err(|code| report(code, key, "")).unwrap_or_default()
    }
}

/// That something is absent is said by the one who looks for a fact; other errors are said here.
fn report(code: WIN32_ERROR, key: &Key, name: &str) {
    if code != ERROR_FILE_NOT_FOUND {
        log::debug!("{key} {name}: {}", std::io::Error::from_raw_os_error(code.cast_signed()));
    }
}

/// Largest value that is read, in bytes.
const VALUE_LIMIT: usize = 64 * 1024;
/// Most subkeys or values that are listed; the list of installed programs has some hundred.
const NAMES_LIMIT: u32 = 4096;
/// Units of the longest name that is read, with terminator; keys have at most 256.
const NAME_LEN: usize = 1024;

/// What of a key is listed.
#[derive(Clone, Copy)]
enum Names {
    Subkeys,
    Values,
}

/// An open key, closed when dropped.
pub struct OpenKey(HKEY);

impl OpenKey {
    /// Takes over a key that a call has opened.
    pub fn from_raw(key: HKEY) -> Self {
        Self(key)
    }

    fn open(key: &Key) -> Result<Self, WIN32_ERROR> {
        let hive = match key.hive {
            Hive::LocalMachine => HKEY_LOCAL_MACHINE,
            Hive::Users => HKEY_USERS,
        };
        let view = match key.view {
            View::Bits64 => KEY_WOW64_64KEY,
            View::Bits32 => KEY_WOW64_32KEY,
        };
        let path = wide(&key.path);
        let mut open = null_mut();
        // SAFETY: `path` ends with a terminator; it and `open` outlive the call.
        let code = unsafe { RegOpenKeyExW(hive, path.as_ptr(), 0, KEY_READ | view, &raw mut open) };
        if code == ERROR_SUCCESS { Ok(Self(open)) } else { Err(code) }
    }

    /// A value; `None` when it is of a type that is not read.
    pub fn value(&self, name: &str) -> Result<Option<Value>, WIN32_ERROR> {
        let name = wide(name);
        let mut data = vec![0_u8; 1024];
        loop {
            let mut kind = 0;
            let mut len = data.len() as u32;
            // SAFETY: the key is open, `name` ends with a terminator, `data` has room for the
            // `len` bytes that the call is told of, and all of them outlive the call.
            let code = unsafe {
                let data = data.as_mut_ptr();
                RegQueryValueExW(self.0, name.as_ptr(), null(), &raw mut kind, data, &raw mut len)
            };
            let len = len as usize;
            match code {
                ERROR_SUCCESS => {
                    data.truncate(len);
                    return Ok(Value::decode(kind, &data));
                }
                ERROR_MORE_DATA if data.len() < len && len <= VALUE_LIMIT => data.resize(len, 0),
                _ => return Err(code),
            }
        }
    }

    fn names(&self, what: Names) -> Result<Vec<String>, WIN32_ERROR> {
        let mut names = Vec::new();
        for index in 0..NAMES_LIMIT {
            match self.name_at(index, what) {
                Ok(name) => names.push(name),
                Err(ERROR_MORE_DATA) => {}
                Err(ERROR_NO_MORE_ITEMS) => break,
                Err(code) => return Err(code),
            }
        }
        Ok(names)
    }

    fn name_at(&self, index: u32, what: Names) -> Result<String, WIN32_ERROR> {
        let mut name = [0_u16; NAME_LEN];
        let mut len = NAME_LEN as u32;
        // SAFETY: the key is open, `name` has room for the `len` units that the calls are told
        // of, and the results that are not wanted are null as documented.
        let code = unsafe {
            let (key, name, len) = (self.0, name.as_mut_ptr(), &raw mut len);
            match what {
                Names::Subkeys => {
                    RegEnumKeyExW(key, index, name, len, null(), null_mut(), null_mut(), null_mut())
                }
                Names::Values => {
                    RegEnumValueW(key, index, name, len, null(), null_mut(), null_mut(), null_mut())
                }
            }
        };
        if code == ERROR_SUCCESS { Ok(narrow(&name)) } else { Err(code) }
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        // SAFETY: the key was opened by a call that succeeded and is closed once.
        unsafe { RegCloseKey(self.0) };
    }
}
