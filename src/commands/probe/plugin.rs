//! The plugin for Shtrih registers: a program of somebody else's that writes records of its own.
//!
//! It runs when the other registers have been read, as it looks at every port, and whatever it
//! starts has the same time as itself: a batch file may start the real program, an update of the
//! plugin the new one.

mod keep;

use std::path::Path;
use std::time::{Duration, Instant};

use super::store::Store;
use crate::config::service::Plugin;
use crate::context::Context;
use crate::host::program::{self, Ended, command};
use crate::host::{folder_is_writable_by_others, runs_as_system};
use crate::kkt::error::milliseconds;
use crate::render::probe::plugin::{PluginEnd, PluginRun};
use keep::Kept;

/// Seconds that the plugin has.
const LIMIT: u32 = 90;
/// Most lines of its output that are logged.
const LINES: usize = 1000;

/// Runs the plugin, then makes its records ours too.
pub fn run(rules: &Plugin, store: &mut Store<'_>, context: &Context) -> PluginRun {
    let program = context.home.join(rules.exe_name.trim());
    let mut run = PluginRun {
        program,
        end: PluginEnd::Absent,
        duration_ms: 0,
        serials: Vec::new(),
        unusable: Vec::new(),
        troubles: Vec::new(),
    };
    if !run.program.is_file() {
        log::info!("plugin: there is no {}", run.program.display());
        return run;
    }
    warn_of_writers(&run.program);
    run.troubles.extend(store.tell_the_plugin());
    let kept = Kept::now(context);
    context.progress.running(&rules.exe_name);
    let clock = Instant::now();
    run.end = execute(&run.program, Duration::from_secs(rules.timeout.unwrap_or(LIMIT).into()), context);
    run.duration_ms = milliseconds(clock.elapsed());
    context.progress.clear();
    log::info!("plugin: {} {:?}, {} ms", run.program.display(), run.end, run.duration_ms);
    run.troubles.extend(kept.restore(context));
    store.adopt(&kept.records, &mut run);
    run
}

fn execute(path: &Path, limit: Duration, context: &Context) -> PluginEnd {
    let mut command = command(path, &[]);
    command.current_dir(context.home.path());
    match program::run_with_all_it_starts(command, limit) {
        Ok(ended) => {
            log_output(&ended);
            end(&ended, limit)
        }
        Err(error) => PluginEnd::NotStarted(error.to_string()),
    }
}

/// What it left running until the limit does not spoil what it did itself.
fn end(ended: &Ended, limit: Duration) -> PluginEnd {
    match ended.code {
        Some(0) => {
            if ended.overdue {
                log::warn!("plugin: what it left running was ended after {} s", limit.as_secs());
            }
            PluginEnd::Done
        }
        None if ended.overdue => PluginEnd::Overdue(limit),
        code => PluginEnd::Failed(code),
    }
}

fn log_output(ended: &Ended) {
    let mut lines = ended.stdout.lines().chain(ended.stderr.lines()).filter(|line| !line.trim().is_empty());
    lines.by_ref().take(LINES).for_each(|line| log::info!("plugin: {}", line.trim_end()));
    let more = lines.count();
    if more > 0 {
        log::info!("plugin: and {more} lines more");
    }
}

/// The configuration may name a file elsewhere, and whoever can write there becomes SYSTEM.
fn warn_of_writers(program: &Path) {
    if let Some(folder) = program.parent()
        && runs_as_system()
        && folder_is_writable_by_others(folder)
    {
        log::warn!("ordinary users may write to {}, and the plugin there runs as SYSTEM", folder.display());
    }
}
