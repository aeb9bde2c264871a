//! Processes by the kernel's own list, families by the process group.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::host::process::Process;

/// Programs that run scripts.
pub const INTERPRETERS: [&str; 5] = ["sh", "dash", "bash", "busybox", "python3"];

/// The groups that end with us.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// The group of a process; who leaves it is not seen any more.
#[derive(Debug)]
pub struct Members(Option<Pid>);

impl Members {
    /// Starts a process as the first of a group of its own. Keys on our terminal do not reach that
    /// group, so what ends us is made to end it too.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        end_groups_with_us();
        let mut groups = groups();
        let child = command.process_group(0).spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        groups.extend(group);
        Ok((child, Self(group)))
    }

    /// True while anybody is in it.
    pub fn live(&mut self) -> bool {
        if self.0.is_some_and(|group| test_kill_process_group(group).is_err()) {
            self.forget();
        }
        self.0.is_some()
    }

    /// Ends all of them.
    pub fn kill(&mut self) {
        if let Some(group) = self.forget() {
            kill(group);
        }
    }

    /// Once nobody is left, the number may become that of others.
    fn forget(&mut self) -> Option<Pid> {
        let group = self.0.take()?;
        groups().retain(|other| *other != group);
        Some(group)
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.forget();
    }
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(group: Pid) {
    if let Err(error) = kill_process_group(group, Signal::KILL) {
        log::debug!("process group: {error}");
    }
}

/// A thread, once, that waits for what would end us: Ctrl+C, a closed terminal, a shutdown.
fn end_groups_with_us() {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        let watching = Signals::new([SIGINT, SIGTERM, SIGHUP])
            .and_then(|signals| thread::Builder::new().spawn(move || end_with_us(signals)));
        if let Err(error) = watching {
            log::debug!("signals: {error}");
        }
    });
}

/// Holds the list until the end: nobody starts another group any more.
fn end_with_us(mut signals: Signals) {
    for signal in signals.forever() {
        let groups = groups();
        groups.iter().copied().for_each(kill);
        if let Err(error) = emulate_default_handler(signal) {
            log::debug!("signal {signal}: {error}");
        }
    }
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
