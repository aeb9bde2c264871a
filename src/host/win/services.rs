//! The service control manager.

use std::io;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{
    ERROR_MORE_DATA, ERROR_SERVICE_CANNOT_ACCEPT_CTRL, ERROR_SERVICE_DOES_NOT_EXIST,
    ERROR_SERVICE_MARKED_FOR_DELETE, ERROR_SERVICE_NOT_ACTIVE, WIN32_ERROR,
};
use windows_sys::Win32::Storage::FileSystem::DELETE;
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, ControlService, DeleteService, ENUM_SERVICE_STATUSW, EnumServicesStatusW,
    OpenSCManagerW, OpenServiceW, QUERY_SERVICE_CONFIGW, QueryServiceConfigW, QueryServiceStatus, SC_HANDLE,
    SC_MANAGER_CONNECT, SC_MANAGER_ENUMERATE_SERVICE, SERVICE_CONTROL_STOP, SERVICE_QUERY_CONFIG,
    SERVICE_QUERY_STATUS, SERVICE_STATE_ALL, SERVICE_STATUS, SERVICE_STOP, SERVICE_STOPPED, SERVICE_WIN32,
};

use super::super::services::{Service, ServiceError};
use super::wide;

/// Most bytes of a list of services or of a service's configuration; Windows itself allows less.
const BUFFER_LIMIT: u32 = 1024 * 1024;
/// Pause between looks whether a service has stopped.
const PAUSE: Duration = Duration::from_millis(100);

/// Services that are installed; drivers are none.
pub fn services() -> Result<Vec<Service>, ServiceError> {
    let manager = manager(SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE)?;
    let mut names = manager.names()?;
    for service in &mut names {
        service.command = manager
            .open(&service.name, SERVICE_QUERY_CONFIG)
            .and_then(|open| open.command())
            .inspect_err(|error| log::debug!("service {}: {error}", service.name))
            .unwrap_or_default();
    }
    Ok(names)
}

/// Stops and deletes a service. It is not deleted while it runs: it would go on until the computer
/// is restarted.
pub fn remove_service(name: &str, limit: Duration) -> Result<(), ServiceError> {
    let manager = manager(SC_MANAGER_CONNECT)?;
    let open = match manager.open(name, SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE) {
        Err(error) if is(&error, ERROR_SERVICE_DOES_NOT_EXIST) => return Ok(()),
        open => open?,
    };
    open.stop(limit)?;
    match open.delete() {
        Err(error) if !is(&error, ERROR_SERVICE_MARKED_FOR_DELETE) => Err(error.into()),
        _ => Ok(()),
    }
}

/// The manager of services, or a service; closed when dropped.
struct Handle(SC_HANDLE);

fn manager(access: u32) -> Result<Handle, ServiceError> {
    // SAFETY: null stands for this computer and for the database of services that is active.
    let handle = unsafe { OpenSCManagerW(null(), null(), access) };
    Ok(Handle::checked(handle)?)
}

impl Handle {
    fn checked(handle: SC_HANDLE) -> io::Result<Self> {
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }

    fn open(&self, name: &str, access: u32) -> io::Result<Self> {
        let name = wide(name);
        // SAFETY: the manager is open, `name` ends with a terminator and outlives the call.
        let handle = unsafe { OpenServiceW(self.0, name.as_ptr(), access) };
        Self::checked(handle)
    }

    fn names(&self) -> io::Result<Vec<Service>> {
        let (mut services, mut resume) = (Vec::new(), 0);
        let mut buffer = vec![ENUM_SERVICE_STATUSW::default(); 256];
        loop {
            let (mut lacking, mut count) = (0, 0);
            // SAFETY: the manager is open for listing; `buffer` has room for the bytes that the
            // call is told of; it and the three results outlive the call.
            let done = unsafe {
                let size = size_of_val(buffer.as_slice()) as u32;
                let (buffer, lacking, count) = (buffer.as_mut_ptr(), &raw mut lacking, &raw mut count);
                let (kinds, states, resume) = (SERVICE_WIN32, SERVICE_STATE_ALL, &raw mut resume);
                EnumServicesStatusW(self.0, kinds, states, buffer, size, lacking, count, resume)
            };
            let error = io::Error::last_os_error();
            if done == 0 && !is(&error, ERROR_MORE_DATA) {
                return Err(error);
            }
            services.extend(buffer.iter().take(count as usize).map(service));
            if done != 0 {
                return Ok(services);
            }
            let more = (lacking as usize).div_ceil(size_of::<ENUM_SERVICE_STATUSW>());
            if count == 0 && (more <= buffer.len() || lacking > BUFFER_LIMIT) {
                return Err(error);
            }
            buffer.resize(buffer.len().max(more), ENUM_SERVICE_STATUSW::default());
        }
    }

    fn command(&self) -> io::Result<String> {
        let mut buffer = vec![QUERY_SERVICE_CONFIGW::default(); 16];
        loop {
            let (mut lacking, size) = (0, size_of_val(buffer.as_slice()) as u32);
            // SAFETY: the service is open for this; `buffer` has room for the `size` bytes that
            // the call is told of; it and `lacking` outlive the call.
            let done = unsafe { QueryServiceConfigW(self.0, buffer.as_mut_ptr(), size, &raw mut lacking) };
            if done != 0 {
                // SAFETY: the call succeeded, so the first element is filled in and its texts
                // stand in the rest of `buffer`, with terminators.
                return Ok(unsafe {
                    text(buffer.first().map_or(null_mut(), |config| config.lpBinaryPathName))
                });
            }
            let error = io::Error::last_os_error();
            if lacking <= size || lacking > BUFFER_LIMIT {
                return Err(error);
            }
            let more = (lacking as usize).div_ceil(size_of::<QUERY_SERVICE_CONFIGW>());
            buffer.resize(more, QUERY_SERVICE_CONFIGW::default());
        }
    }

    /// One that cannot be told to stop right now, as it is about to start or to stop, is told again.
    fn stop(&self, limit: Duration) -> Result<(), ServiceError> {
        let deadline = Instant::now() + limit;
        let mut told = false;
        while self.state()? != SERVICE_STOPPED {
            if Instant::now() >= deadline {
                return Err(ServiceError::StillRunning(limit));
            }
            if !told {
                told = self.tell_to_stop()?;
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// True when it took notice.
    fn tell_to_stop(&self) -> io::Result<bool> {
        let mut status = SERVICE_STATUS::default();
        // SAFETY: the service is open for this, and `status` outlives the call.
        let done = unsafe { ControlService(self.0, SERVICE_CONTROL_STOP, &raw mut status) };
        let error = io::Error::last_os_error();
        match done {
            0 if is(&error, ERROR_SERVICE_NOT_ACTIVE) => Ok(true),
            0 if is(&error, ERROR_SERVICE_CANNOT_ACCEPT_CTRL) => Ok(false),
            0 => Err(error),
            _ => Ok(true),
        }
    }

    fn state(&self) -> io::Result<u32> {
        let mut status = SERVICE_STATUS::default();
        // SAFETY: the service is open for this, and `status` outlives the call.
        let done = unsafe { QueryServiceStatus(self.0, &raw mut status) };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(status.dwCurrentState) }
    }

    fn delete(&self) -> io::Result<()> {
        // SAFETY: the service is open for this.
        let done = unsafe { DeleteService(self.0) };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was opened by a call that succeeded and is closed once.
        unsafe { CloseServiceHandle(self.0) };
    }
}

/// An entry of the list, while the buffer that its texts stand in is alive.
fn service(entry: &ENUM_SERVICE_STATUSW) -> Service {
    // SAFETY: the call that filled the entry has put both texts with terminators beside it.
    let (name, title) = unsafe { (text(entry.lpServiceName), text(entry.lpDisplayName)) };
    Service { name, title, command: String::new() }
}

/// # Safety
/// `units` is null or stands for units up to a terminator.
unsafe fn text(units: *const u16) -> String {
    if units.is_null() {
        return String::new();
    }
    let len = (0..).take_while(|&index| {
        // SAFETY: all before the terminator, and it, may be read.
        unsafe { *units.add(index) != 0 }
    });
    let len = len.count();
    // SAFETY: as many units were just read.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(units, len) })
}

fn is(error: &io::Error, code: WIN32_ERROR) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}
