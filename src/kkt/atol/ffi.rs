//! The vendor's library as it is: its functions, its strings, its handle.
//!
//! Owns every unsafe call of this brand. The functions are those of the C interface of driver 10
//! (`libfptr10.h`: cdecl, handles, `wchar_t` texts). Only what reads is bound, and what restarts
//! the register when that is asked for by name: a function that prints or writes is not even
//! looked up. Also here, because they are
//! unsafe too: taking the standard streams away from the library, and ending the process without
//! running any of the library's code.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::fs::File;
use std::path::Path;
use std::{io, mem, ptr};

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::driver::{Driver, Failure, RawTime};
use super::library::{self, Machine};
use super::params::Call;
use super::settings::Settings;
use super::text::{self, Wide, wide};
use crate::kkt::ReadError;

type Handle = *mut c_void;

/// Longest error description that is kept, in characters.
const DESCRIPTION_LIMIT: usize = 1000;
/// Longest version that is read, in bytes.
const VERSION_LIMIT: usize = 64;

/// A function of the library, which may lack it.
struct Slot<F> {
    symbol: &'static str,
    function: Option<F>,
}

impl<F: Copy> Slot<F> {
    fn get(&self) -> Result<F, Failure> {
        self.function.ok_or(Failure::Missing(self.symbol))
    }
}

macro_rules! api {
    ($($name:ident: $symbol:literal ($($arg:ty),*) $(-> $result:ty)?;)*) => {
        /// Every function that is used, looked up once.
        struct Api {
            $($name: Slot<unsafe extern "C" fn($($arg),*) $(-> $result)?>,)*
        }

        impl Api {
            fn resolve(library: &libloading::Library) -> Self {
                Self {
                    $($name: Slot {
                        symbol: $symbol,
                        // SAFETY: the type is that of the vendor's header, and the library is
                        // never unloaded, so the pointer outlives every use.
                        function: unsafe { library.get($symbol) }.ok().map(|symbol| *symbol),
                    },)*
                }
            }
        }
    };
}

api! {
    create: "libfptr_create" (*mut Handle) -> c_int;
    destroy: "libfptr_destroy" (*mut Handle);
    version: "libfptr_get_version_string" () -> *const c_char;
    set_settings: "libfptr_set_settings" (Handle, *const Wide) -> c_int;
    set_single: "libfptr_set_single_setting" (Handle, *const Wide, *const Wide);
    apply_single: "libfptr_apply_single_settings" (Handle) -> c_int;
    open: "libfptr_open" (Handle) -> c_int;
    close: "libfptr_close" (Handle) -> c_int;
    error_code: "libfptr_error_code" (Handle) -> c_int;
    error_description: "libfptr_error_description" (Handle, *mut Wide, c_int) -> c_int;
    set_int: "libfptr_set_param_int" (Handle, c_int, c_uint);
    set_text: "libfptr_set_param_str" (Handle, c_int, *const Wide);
    set_time: "libfptr_set_param_datetime" (Handle, c_int, c_int, c_int, c_int, c_int, c_int, c_int);
    int: "libfptr_get_param_int" (Handle, c_int) -> c_uint;
    flag: "libfptr_get_param_bool" (Handle, c_int) -> c_int;
    text: "libfptr_get_param_str" (Handle, c_int, *mut Wide, c_int) -> c_int;
    time: "libfptr_get_param_datetime"
        (Handle, c_int, *mut c_int, *mut c_int, *mut c_int, *mut c_int, *mut c_int, *mut c_int);
    query: "libfptr_query_data" (Handle) -> c_int;
    fn_query: "libfptr_fn_query_data" (Handle) -> c_int;
    begin_records: "libfptr_begin_read_records" (Handle) -> c_int;
    next_record: "libfptr_read_next_record" (Handle) -> c_int;
    end_records: "libfptr_end_read_records" (Handle) -> c_int;
    reboot: "libfptr_device_reboot" (Handle) -> c_int;
}

impl Api {
    /// A function without which nothing at all could be read, and which is not there.
    fn absent(&self) -> Option<&'static str> {
        let needed = [
            self.create.get().err(),
            self.open.get().err(),
            self.query.get().err(),
            self.set_int.get().err(),
            self.text.get().err(),
        ];
        needed.into_iter().flatten().find_map(|failure| match failure {
            Failure::Missing(symbol) => Some(symbol),
            Failure::Refused { .. } => None,
        })
    }

    /// Makes an instance of the driver.
    ///
    /// # Errors
    /// The number that the library gives.
    fn new_handle(&self) -> Result<Handle, c_int> {
        let create = self.create.get().map_err(|_| -1)?;
        let mut handle = ptr::null_mut();
        // SAFETY: the pointer is to a handle of our own, as the function wants it.
        let code = unsafe { create(&raw mut handle) };
        if code == 0 && !handle.is_null() { Ok(handle) } else { Err(code) }
    }
}

/// An instance of the driver. Its session is closed and its handle destroyed on drop.
pub(super) struct Fptr {
    api: Api,
    handle: Handle,
    opened: bool,
}

impl Fptr {
    /// Loads the library and makes an instance. The library stays loaded until the process ends:
    /// unloading would run its code while threads of its own may still be at work.
    ///
    /// # Errors
    /// The `Library…` errors of [`ReadError`].
    pub(super) fn load(path: &Path) -> Result<Self, ReadError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let machine = library::machine_of(&path)?;
        if machine != Machine::OWN {
            let own_exe = std::env::current_exe().unwrap_or_default();
            return Err(library::width_error(&path, machine, &own_exe));
        }
        let library = load_library(&path)?;
        let api = Api::resolve(&library);
        mem::forget(library);
        if let Some(symbol) = api.absent() {
            return Err(ReadError::LibraryForeign { path, symbol: symbol.to_owned() });
        }
        let broken = |code| {
            let reason = format!("it makes no instance of the driver, error {code}");
            ReadError::LibraryBroken { path: path.clone(), reason }
        };
        let handle = api.new_handle().map_err(broken)?;
        Ok(Self { api, handle, opened: false })
    }

    /// Version of the library; `None` when it does not say.
    pub(super) fn version(&self) -> Option<String> {
        let version = self.api.version.get().ok()?;
        // SAFETY: the function takes nothing and gives a pointer to static text, or null.
        let text = unsafe { version() };
        let mut bytes = Vec::new();
        while !text.is_null() && bytes.len() < VERSION_LIMIT {
            // SAFETY: the text ends with NUL, and no byte behind a NUL is read.
            let byte = unsafe { text.add(bytes.len()).cast::<u8>().read() };
            if byte == 0 {
                break;
            }
            bytes.push(byte);
        }
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Gives the driver its settings and connects. The result of the call decides: what the
    /// driver says of its own state afterwards is no proof of a connection.
    ///
    /// # Errors
    /// The driver's.
    pub(super) fn open(&mut self, settings: &Settings) -> Result<(), ReadError> {
        self.apply(settings).map_err(|failure| driver_error("settings", failure))?;
        let opened = self.api.open.get().and_then(|open| self.run(open));
        opened.map_err(|failure| driver_error("open", failure))?;
        self.opened = true;
        Ok(())
    }

    /// Restarts the register.
    ///
    /// # Errors
    /// The driver's.
    pub(super) fn restart(&mut self) -> Result<(), ReadError> {
        let restarted = self.api.reboot.get().and_then(|reboot| self.run(reboot));
        restarted.map_err(|failure| driver_error("device_reboot", failure))
    }

    fn apply(&self, settings: &Settings) -> Result<(), Failure> {
        let Ok(set_settings) = self.api.set_settings.get() else { return self.apply_single(settings) };
        let json = wide(&settings.json());
        // SAFETY: the handle is alive and the text ends with NUL.
        let result = unsafe { set_settings(self.handle, json.as_ptr()) };
        self.check(result)
    }

    fn apply_single(&self, settings: &Settings) -> Result<(), Failure> {
        let set_single = self.api.set_single.get()?;
        for (key, value) in settings.single() {
            let (key, value) = (wide(key), wide(&value));
            // SAFETY: the handle is alive and both texts end with NUL.
            unsafe { set_single(self.handle, key.as_ptr(), value.as_ptr()) };
        }
        self.run(self.api.apply_single.get()?)
    }

    fn run(&self, function: unsafe extern "C" fn(Handle) -> c_int) -> Result<(), Failure> {
        // SAFETY: the handle is alive, and the function takes nothing else.
        let result = unsafe { function(self.handle) };
        self.check(result)
    }

    fn check(&self, result: c_int) -> Result<(), Failure> {
        if result == 0 { Ok(()) } else { Err(self.last_error()) }
    }

    fn last_error(&self) -> Failure {
        let code = self.api.error_code.get().map(|error_code| {
            // SAFETY: the handle is alive.
            unsafe { error_code(self.handle) }
        });
        let text = self.api.error_description.get().map(|description| {
            text::read(|buffer| {
                // SAFETY: the handle is alive and the size is that of the buffer.
                unsafe { description(self.handle, buffer.as_mut_ptr(), length(buffer)) }
            })
        });
        let code = code.ok().filter(|&code| code != 0).unwrap_or(-1);
        let text = text.unwrap_or_default().chars().take(DESCRIPTION_LIMIT).collect();
        Failure::Refused { code, text }
    }
}

impl Drop for Fptr {
    fn drop(&mut self) {
        if self.opened
            && let Ok(close) = self.api.close.get()
        {
            // SAFETY: the handle is alive until the next call.
            unsafe { close(self.handle) };
        }
        if let Ok(destroy) = self.api.destroy.get() {
            // SAFETY: the handle is alive and nobody uses it afterwards.
            unsafe { destroy(&raw mut self.handle) };
        }
    }
}

impl Driver for Fptr {
    fn set_int(&mut self, param: u32, value: u32) -> Result<(), Failure> {
        let set_int = self.api.set_int.get()?;
        // SAFETY: the handle is alive.
        unsafe { set_int(self.handle, id(param), value) };
        Ok(())
    }

    fn set_text(&mut self, param: u32, value: &str) -> Result<(), Failure> {
        let set_text = self.api.set_text.get()?;
        let value = wide(value);
        // SAFETY: the handle is alive and the text ends with NUL.
        unsafe { set_text(self.handle, id(param), value.as_ptr()) };
        Ok(())
    }

    fn set_time(&mut self, param: u32, value: NaiveDateTime) -> Result<(), Failure> {
        let set_time = self.api.set_time.get()?;
        let [month, day, hour, minute, second] =
            [value.month(), value.day(), value.hour(), value.minute(), value.second()].map(id);
        // SAFETY: the handle is alive.
        unsafe { set_time(self.handle, id(param), value.year(), month, day, hour, minute, second) };
        Ok(())
    }

    fn call(&mut self, call: Call) -> Result<(), Failure> {
        let slot = match call {
            Call::Query => &self.api.query,
            Call::FnQuery => &self.api.fn_query,
            Call::BeginRecords => &self.api.begin_records,
            Call::NextRecord => &self.api.next_record,
            Call::EndRecords => &self.api.end_records,
        };
        self.run(slot.get()?)
    }

    fn int(&mut self, param: u32) -> Result<u32, Failure> {
        let int = self.api.int.get()?;
        // SAFETY: the handle is alive.
        Ok(unsafe { int(self.handle, id(param)) })
    }

    fn flag(&mut self, param: u32) -> Result<bool, Failure> {
        let flag = self.api.flag.get()?;
        // SAFETY: the handle is alive.
        Ok(unsafe { flag(self.handle, id(param)) } != 0)
    }

    fn text(&mut self, param: u32) -> Result<String, Failure> {
        let get = self.api.text.get()?;
        Ok(text::read(|buffer| {
            // SAFETY: the handle is alive and the size is that of the buffer.
            unsafe { get(self.handle, id(param), buffer.as_mut_ptr(), length(buffer)) }
        }))
    }

    fn time(&mut self, param: u32) -> Result<RawTime, Failure> {
        let time = self.api.time.get()?;
        let mut raw = RawTime::default();
        let RawTime { year, month, day, hour, minute, second } = &mut raw;
        // SAFETY: the handle is alive and each pointer is to a number of our own.
        unsafe { time(self.handle, id(param), year, month, day, hour, minute, second) };
        Ok(raw)
    }
}

/// A small number in the type that the library wants; ours are far below its limit.
fn id(number: u32) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}

fn length(buffer: &[Wide]) -> c_int {
    c_int::try_from(buffer.len()).unwrap_or(c_int::MAX)
}

fn driver_error(during: &str, failure: Failure) -> ReadError {
    let (code, text) = match failure {
        Failure::Refused { code, text } => (code, text),
        Failure::Missing(symbol) => (-1, format!("the driver has no {symbol}")),
    };
    ReadError::Driver { during: during.to_owned(), code, text }
}

#[cfg(windows)]
fn load_library(path: &Path) -> Result<libloading::Library, ReadError> {
    const MODULE_NOT_FOUND: i32 = 126;
    match load_with_own_folder(path) {
        Err(error) if error.raw_os_error() == Some(MODULE_NOT_FOUND) => {
            let runtime = path.with_file_name("msvcp140.dll");
            if let Ok(runtime) = load_with_own_folder(&runtime) {
                mem::forget(runtime);
            }
            load_with_own_folder(path)
        }
        result => result,
    }
    .map_err(|error| load_error(path, &error))
}

/// Loads so that the library's own folder is searched for what it needs. This flag, unlike the
/// newer ones, is understood by every Windows 7.
#[cfg(windows)]
fn load_with_own_folder(path: &Path) -> io::Result<libloading::Library> {
    use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library};
    // SAFETY: running the library's start-up code is what this process was started for.
    let loaded = unsafe { Library::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) };
    loaded.map(libloading::Library::from).map_err(|_| io::Error::last_os_error())
}

#[cfg(windows)]
fn load_error(path: &Path, error: &io::Error) -> ReadError {
    let (path, reason) = (path.to_owned(), error.to_string());
    match error.raw_os_error() {
        // Not found: module, procedure; wrong side-by-side configuration.
        Some(126 | 127 | 14001) => ReadError::LibraryDependency { path, reason },
        // Bad image: the header was right, so it is damaged further down, or something that it
        // needs is of another width.
        _ => ReadError::LibraryBroken { path, reason },
    }
}

#[cfg(not(windows))]
fn load_library(path: &Path) -> Result<libloading::Library, ReadError> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: running the library's start-up code is what this process was started for.
    let loaded = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    loaded.map(libloading::Library::from).map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let path = path.to_owned();
        // The loader names the file that is at fault first.
        if reason.starts_with(&*path.to_string_lossy()) && !reason.contains("undefined symbol") {
            ReadError::LibraryBroken { path, reason }
        } else {
            ReadError::LibraryDependency { path, reason }
        }
    })
}

/// Takes the standard streams for ourselves: a library that closes standard output does not
/// close ours, and standard input it does not see at all.
///
/// On Windows a read that waits on a pipe blocks everybody who as much as asks for the type of
/// that pipe's handle, and the start-up code of many libraries does so with the standard ones:
/// loading one while we wait for our parent would hang for ever.
///
/// # Errors
/// When there are no such streams.
#[cfg(windows)]
pub(super) fn claim_streams() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    use windows_sys::Win32::System::Console::{STD_INPUT_HANDLE, SetStdHandle};
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    // SAFETY: no handle is closed; who asks for standard input from now on is told "none".
    unsafe { SetStdHandle(STD_INPUT_HANDLE, ptr::null_mut()) };
    Ok((input.into(), output.into()))
}

/// Takes the standard streams for ourselves: a library that closes them does not close ours.
///
/// # Errors
/// When there are no such streams.
#[cfg(not(windows))]
pub(super) fn claim_streams() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((input.into(), output.into()))
}

/// Ends the process at once. Nothing is cleaned up and no code of the library runs: it may hang
/// there, holding what a tidy exit would wait for.
pub(super) fn end_process(code: u8) -> ! {
    #[cfg(windows)]
    {
        use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
        // SAFETY: the handle means this very process and needs no closing.
        unsafe { TerminateProcess(GetCurrentProcess(), u32::from(code)) };
        std::process::abort()
    }
    #[cfg(not(windows))]
    {
        unsafe extern "C" {
            fn _exit(code: c_int) -> !;
        }
        // SAFETY: the function takes any number and does not return.
        unsafe { _exit(c_int::from(code)) }
    }
}
