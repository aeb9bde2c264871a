//! Processes by the kernel's own list, families by the process group.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::host::process::Process;

/// Programs that run scripts.
pub const INTERPRETERS: [&str; 5] = ["sh", "dash", "bash", "busybox", "python3"];

/// The group of a process; who leaves it is not seen any more.
#[derive(Debug)]
pub struct Members(Option<Pid>);

impl Members {
    /// The group that a process leads.
    pub fn of(child: &Child) -> Self {
        Self(i32::try_from(child.id()).ok().and_then(Pid::from_raw))
    }

    /// True while anybody is in it.
    pub fn live(&mut self) -> bool {
        // Once nobody is left, the number may become that of others.
        self.0 = self.0.filter(|&group| test_kill_process_group(group).is_ok());
        self.0.is_some()
    }

    /// Ends all of them.
    pub fn kill(&mut self) {
        if let Some(Err(error)) = self.0.take().map(|group| kill_process_group(group, Signal::KILL)) {
            log::debug!("process group: {error}");
        }
    }
}

/// Makes a process the first of a group of its own.
pub fn apart(command: &mut Command) {
    command.process_group(0);
}

/// Starts a process in a group of its own, so that no key on our terminal reaches it.
pub fn spawn_detached(command: &mut Command) -> io::Result<Child> {
    command.process_group(0).spawn()
}

/// All processes that have a program; those that have ended and wait to be noticed have none.
pub fn processes() -> Vec<Process> {
    let Ok(folders) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = folders.flatten().filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    let process = |id| {
        let line = command_line(id)?;
        let program = line.split('\0').next()?;
        let name = program.rsplit('/').next().unwrap_or(program).to_owned();
        Some(Process { id, name })
    };
    ids.filter_map(process).collect()
}

/// The file that a process runs.
pub fn image(id: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{id}/exe")).ok()
}

/// What a process was started with.
pub fn command_line(id: u32) -> Option<String> {
    let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    Some(String::from_utf8_lossy(&line).into_owned()).filter(|line| !line.is_empty())
}
