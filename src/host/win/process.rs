//! Processes, and jobs that hold a process together with all that it starts.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::ptr;

use windows_sys::Wdk::System::Threading::{NtQueryInformationProcess, ProcessCommandLineInformation};
use windows_sys::Win32::Foundation::{
    FILETIME, HANDLE, HANDLE_FLAG_INHERIT, INVALID_HANDLE_VALUE, SetHandleInformation, UNICODE_STRING,
};
use windows_sys::Win32::System::Console::{
    GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectBasicAccountingInformation, JobObjectExtendedLimitInformation, QueryInformationJobObject,
    SetInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, GetProcessTimes, OpenProcess,
    PROCESS_NAME_WIN32, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_TERMINATE, QueryFullProcessImageNameW,
    TerminateProcess,
};

use super::narrow;
use crate::host::process::Process;

/// What runs batch files.
pub const INTERPRETERS: [&str; 1] = ["cmd.exe"];

/// Longest path that Windows has, in units.
const PATH_LIMIT: usize = 32_768;
/// Exit code of a process that was ended by us.
const KILLED: u32 = 1;

/// Starts a process that neither the end of our console nor that of our job ends. Before Windows 8
/// the Task Scheduler keeps what it starts in a job that may not allow to leave it.
pub fn spawn_detached(command: &mut Command) -> io::Result<Child> {
    keep_streams();
    let apart = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP;
    match command.creation_flags(apart | CREATE_BREAKAWAY_FROM_JOB).spawn() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            log::debug!("within our job: {error}");
            command.creation_flags(apart).spawn()
        }
        outcome => outcome,
    }
}

/// Whoever started us waits for the end of our output: a process that outlives us must not hold it
/// open.
fn keep_streams() {
    for stream in [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
        // SAFETY: the call takes a number and hands out a handle that stays with the process.
        let handle = unsafe { GetStdHandle(stream) };
        // SAFETY: the call takes a handle and flags; for no handle it only says so.
        unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) };
    }
}

/// A process and all that it starts.
#[derive(Debug)]
pub struct Members {
    job: Option<OwnedHandle>,
    root: u32,
}

impl Members {
    /// Starts a process without a console window.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        let child = command.creation_flags(CREATE_NO_WINDOW).spawn()?;
        let members = Self::of(&child);
        Ok((child, members))
    }

    /// A job for a process that was started just now. Without one (before Windows 8 a process that
    /// is in a job already takes no other) they are told by who started whom.
    fn of(child: &Child) -> Self {
        let job = job().and_then(|job| {
            // SAFETY: both handles are open and outlive the call.
            let done = unsafe { AssignProcessToJobObject(job.as_raw_handle(), child.as_raw_handle()) };
            succeeded(done).map(|()| job)
        });
        let job = job.inspect_err(|error| log::debug!("process {} gets no job: {error}", child.id())).ok();
        Self { job, root: child.id() }
    }

    /// True while any of them runs.
    pub fn live(&mut self) -> bool {
        match &self.job {
            Some(job) => active(job).is_none_or(|count| count > 0),
            None => !descendants(self.root).is_empty(),
        }
    }

    /// Ends all of them.
    pub fn kill(&mut self) {
        match &self.job {
            // SAFETY: the handle is open and outlives the call.
            Some(job) => unsafe {
                TerminateJobObject(job.as_raw_handle(), KILLED);
            },
            None => descendants(self.root).into_iter().for_each(terminate),
        }
    }
}

/// A job that ends its processes when the last handle to it is closed: at the latest when we end.
fn job() -> io::Result<OwnedHandle> {
    // SAFETY: a job needs neither attributes nor a name.
    let job = owned(unsafe { CreateJobObjectW(ptr::null(), ptr::null()) })?;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    // SAFETY: the structure is the one that belongs to the class, has the size that the call is
    // told, and outlives it.
    let done = unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            (&raw const limits).cast(),
            size_of_val(&limits) as u32,
        )
    };
    succeeded(done).map(|()| job)
}

/// How many processes of a job run.
fn active(job: &OwnedHandle) -> Option<u32> {
    let mut counts = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
    // SAFETY: the structure is the one that belongs to the class, has the size that the call is
    // told, and outlives it.
    let done = unsafe {
        QueryInformationJobObject(
            job.as_raw_handle(),
            JobObjectBasicAccountingInformation,
            (&raw mut counts).cast(),
            size_of_val(&counts) as u32,
            ptr::null_mut(),
        )
    };
    succeeded(done).ok().map(|()| counts.ActiveProcesses)
}

/// Processes that descend from another, which may have ended. Numbers are used again: who is older
/// than its parent is not its child.
fn descendants(root: u32) -> Vec<u32> {
    let all = snapshot();
    let (mut family, mut next) = (vec![root], 0);
    while let Some(&parent) = family.get(next) {
        next += 1;
        let born = created(parent);
        let is_child = |entry: &&PROCESSENTRY32W| {
            entry.th32ParentProcessID == parent && created(entry.th32ProcessID) >= born
        };
        let children: Vec<u32> = all.iter().filter(is_child).map(|entry| entry.th32ProcessID).collect();
        family.extend(children.into_iter().filter(|child| !family.contains(child)).collect::<Vec<_>>());
    }
    family.into_iter().skip(1).collect()
}

/// When a process began; `None` when it is gone or not told.
fn created(id: u32) -> Option<u64> {
    let process = open(id, PROCESS_QUERY_LIMITED_INFORMATION).ok()?;
    let mut times = [FILETIME::default(); 4];
    let [created, exited, kernel, user] = &mut times;
    // SAFETY: the handle is open, and it and the four results outlive the call.
    let done = unsafe { GetProcessTimes(process.as_raw_handle(), created, exited, kernel, user) };
    succeeded(done).ok()?;
    Some(u64::from(created.dwHighDateTime) << 32 | u64::from(created.dwLowDateTime))
}

fn terminate(id: u32) {
    let ended = open(id, PROCESS_TERMINATE).and_then(|process| {
        // SAFETY: the handle is open and outlives the call.
        succeeded(unsafe { TerminateProcess(process.as_raw_handle(), KILLED) })
    });
    if let Err(error) = ended {
        log::debug!("process {id}: {error}");
    }
}

/// All processes.
pub fn processes() -> Vec<Process> {
    let process =
        |entry: &PROCESSENTRY32W| Process { id: entry.th32ProcessID, name: narrow(&entry.szExeFile) };
    snapshot().iter().map(process).collect()
}

fn snapshot() -> Vec<PROCESSENTRY32W> {
    // SAFETY: the call takes flags and a number that they make meaningless.
    let list = match owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) }) {
        Ok(list) => list,
        Err(error) => {
            log::warn!("processes: {error}");
            return Vec::new();
        }
    };
    let mut entry =
        PROCESSENTRY32W { dwSize: size_of::<PROCESSENTRY32W>() as u32, ..PROCESSENTRY32W::default() };
    let mut entries = Vec::new();
    // SAFETY: the handle is open, the entry says its size, and both outlive the call.
    let mut found = unsafe { Process32FirstW(list.as_raw_handle(), &raw mut entry) };
    while found != 0 {
        entries.push(entry);
        // SAFETY: the handle is open, the entry says its size, and both outlive the call.
        found = unsafe { Process32NextW(list.as_raw_handle(), &raw mut entry) };
    }
    entries
}

/// The file that a process runs.
pub fn image(id: u32) -> Option<PathBuf> {
    let process = open(id, PROCESS_QUERY_LIMITED_INFORMATION).ok()?;
    let mut path = vec![0_u16; PATH_LIMIT];
    let mut len = path.len() as u32;
    // SAFETY: the handle is open, `path` has room for the `len` units that the call is told of, and
    // all of them outlive it.
    let done = unsafe {
        QueryFullProcessImageNameW(
            process.as_raw_handle(),
            PROCESS_NAME_WIN32,
            path.as_mut_ptr(),
            &raw mut len,
        )
    };
    succeeded(done).ok()?;
    Some(PathBuf::from(narrow(&path)))
}

/// What a process was started with. Before Windows 8.1 that is not told.
pub fn command_line(id: u32) -> Option<String> {
    let process = open(id, PROCESS_QUERY_LIMITED_INFORMATION).ok()?;
    // Words, for the result begins with a structure that wants to be aligned.
    let mut buffer = vec![0_usize; PATH_LIMIT];
    let size = size_of_val(buffer.as_slice());
    // SAFETY: the handle is open, `buffer` has the size that the call is told, and both outlive it.
    let status = unsafe {
        NtQueryInformationProcess(
            process.as_raw_handle(),
            ProcessCommandLineInformation,
            buffer.as_mut_ptr().cast(),
            size as u32,
            ptr::null_mut(),
        )
    };
    if status < 0 {
        log::debug!("command line of process {id}: {status:#x}");
        return None;
    }
    text_within(&buffer)
}

/// The text of a result that begins with where in itself the text stands.
fn text_within(buffer: &[usize]) -> Option<String> {
    // SAFETY: the buffer is aligned for the structure, larger than it, and has no forbidden values.
    let text = unsafe { ptr::read(buffer.as_ptr().cast::<UNICODE_STRING>()) };
    let start = (text.Buffer as usize).checked_sub(buffer.as_ptr() as usize)?;
    let units = usize::from(text.Length) / size_of::<u16>();
    let fits = start.checked_add(usize::from(text.Length))? <= size_of_val(buffer);
    if !fits || !start.is_multiple_of(align_of::<u16>()) {
        return None;
    }
    // SAFETY: so many units stand there, inside the buffer, as was just made sure.
    let units = unsafe { std::slice::from_raw_parts(buffer.as_ptr().byte_add(start).cast::<u16>(), units) };
    Some(narrow(units))
}

fn open(id: u32, rights: u32) -> io::Result<OwnedHandle> {
    // SAFETY: the call takes numbers and hands out a handle or none.
    owned(unsafe { OpenProcess(rights, 0, id) })
}

/// Takes a handle that a call has made, or its error.
fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a call has just made the handle for us, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

fn succeeded(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
