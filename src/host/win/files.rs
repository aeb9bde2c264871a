//! Version resources of files, and the room on their disks.

use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Storage::FileSystem::{
    GetDiskFreeSpaceExW, GetFileVersionInfoSizeW, GetFileVersionInfoW, VS_FIXEDFILEINFO, VerQueryValueW,
};

use super::wide;

/// Upper and lower half of the file version in the version resource.
pub fn file_version(path: &Path) -> Option<(u32, u32)> {
    let resource = version_resource(path)?;
    let root = wide("\\");
    let mut fixed = ptr::null_mut();
    let mut len = 0;
    // SAFETY: `resource` was filled by the call that makes it, `root` ends with a terminator,
    // and all of them outlive the call.
    let done =
        unsafe { VerQueryValueW(resource.as_ptr().cast(), root.as_ptr(), &raw mut fixed, &raw mut len) };
    if done == 0 || fixed.is_null() || (len as usize) < size_of::<VS_FIXEDFILEINFO>() {
        return None;
    }
    // SAFETY: the call succeeded and says that a whole structure stands there, inside `resource`;
    // its alignment is not promised.
    let fixed = unsafe { ptr::read_unaligned(fixed.cast::<VS_FIXEDFILEINFO>()) };
    (fixed.dwSignature == SIGNATURE).then_some((fixed.dwFileVersionMS, fixed.dwFileVersionLS))
}

const SIGNATURE: u32 = 0xFEEF_04BD;

/// Largest resource that is read, in bytes; usual ones have about a thousand.
const RESOURCE_LIMIT: u32 = 1024 * 1024;

fn version_resource(path: &Path) -> Option<Vec<u8>> {
    let path = wide(path);
    // SAFETY: `path` ends with a terminator; the other result is not wanted.
    let len = unsafe { GetFileVersionInfoSizeW(path.as_ptr(), ptr::null_mut()) };
    if len == 0 || len > RESOURCE_LIMIT {
        return None;
    }
    let mut resource = vec![0_u8; len as usize];
    // SAFETY: `path` ends with a terminator and `resource` has room for the `len` bytes that the
    // call is told of.
    let done = unsafe { GetFileVersionInfoW(path.as_ptr(), 0, len, resource.as_mut_ptr().cast()) };
    (done != 0).then_some(resource)
}

/// Bytes that this user may still write to the disk of a folder.
pub fn free_space(folder: &Path) -> io::Result<u64> {
    let folder = wide(folder);
    let mut free = 0;
    // SAFETY: `folder` ends with a terminator, it and `free` outlive the call; the other results are
    // not wanted.
    let done =
        unsafe { GetDiskFreeSpaceExW(folder.as_ptr(), &raw mut free, ptr::null_mut(), ptr::null_mut()) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(free) }
}
