//! `update`: starts the user's updater, which may replace this program: so it is left to itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;

use super::own_program::is_fit;
use super::restart;
use crate::context::Context;
use crate::exit::Exit;
use crate::host::process;
use crate::kkt::error::milliseconds;
use crate::render::update::{Report, UpdateError, Why};

/// Pause between looks at an updater that runs.
const PAUSE: Duration = Duration::from_millis(500);

/// Seconds that an updater usually has.
const WAIT: u64 = 600;

/// Arguments of `update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// How long to wait for an updater that runs already
    #[arg(long, value_name = "SECONDS", default_value_t = WAIT, value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: u64,
}

impl Default for UpdateArgs {
    fn default() -> Self {
        Self { wait: WAIT }
    }
}

/// Starts the updater, unless there is none or a restart is pending: the new FN is to be read by a
/// program that stays as it is until then.
///
/// # Errors
/// When the configuration or the state cannot be used, the updater cannot be started, or another
/// one runs for longer than is waited for.
pub fn run(args: &UpdateArgs, context: &Context) -> anyhow::Result<Exit> {
    let clock = Instant::now();
    let updater = updater(context)?;
    let mut report = Report::new(&updater);
    if !updater.is_file() {
        return Ok(conclude(report.because(Why::Absent), context));
    }
    if restart::load(context, false)?.is_pending() {
        return Ok(conclude(report.because(Why::RebootPending), context));
    }
    wait_for_end(&updater, Duration::from_secs(args.wait), context)?;
    report.waited_ms = milliseconds(clock.elapsed());

    // Two of us must not both find that none runs.
    let _lock = context.lock()?;
    if restart::load(context, false)?.is_pending() {
        return Ok(conclude(report.because(Why::RebootPending), context));
    }
    if process::is_running(&updater) {
        return Ok(conclude(report.because(Why::Running), context));
    }
    report.process = Some(start(updater)?);
    Ok(conclude(&report, context))
}

/// Place of the updater.
fn updater(context: &Context) -> anyhow::Result<PathBuf> {
    let name = context.service()?.service.updater_name;
    let name = name.trim();
    if !is_fit(name) {
        return Err(UpdateError::Name { name: name.to_owned() }.into());
    }
    Ok(context.home.join("updater").join(name))
}

fn wait_for_end(updater: &Path, limit: Duration, context: &Context) -> Result<(), UpdateError> {
    if !process::is_running(updater) {
        return Ok(());
    }
    log::info!("update: {} runs already, waiting", updater.display());
    context.progress.waiting_for_updater();
    let started = Instant::now();
    let mut runs = true;
    while runs && started.elapsed() < limit {
        sleep(PAUSE.min(limit.saturating_sub(started.elapsed())));
        runs = process::is_running(updater);
    }
    context.progress.clear();
    if runs {
        return Err(UpdateError::Running { path: updater.to_owned(), seconds: limit.as_secs() });
    }
    Ok(())
}

fn start(updater: PathBuf) -> Result<u32, UpdateError> {
    let mut command = Command::new(&updater);
    command.current_dir(updater.parent().unwrap_or(Path::new(".")));
    process::start_detached(command).map_err(|source| UpdateError::Start { path: updater, source })
}

/// Shows the report and tells the exit code.
fn conclude(report: &Report, context: &Context) -> Exit {
    log::info!("update: {report}");
    context.output.document(report);
    context.output.text(&report.text(context.output.lang));
    if report.process.is_some() { Exit::Done } else { Exit::Nothing }
}
