//! `schedule-reboot`: a pending restart gets a task of its own for a time when nobody sells.

mod file;

use chrono::NaiveTime;
use clap::Args;

use crate::config::lenient::TargetTime;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::config::unclear_time;
use crate::render::restart::{Action, Report, shown};
use crate::schedule::tasks::{self, TaskError};
use crate::schedule::xml;
use crate::state::reboot::{End, Reboot};

use super::restart;

/// Arguments of `schedule-reboot`.
#[derive(Debug, Args)]
pub struct ScheduleRebootArgs {
    /// Restart even if nothing is pending
    #[arg(long)]
    force: bool,
    /// Time of the day [default: target_time of service.json]
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day, conflicts_with = "now")]
    at: Option<NaiveTime>,
    /// As soon as possible
    #[arg(long)]
    now: bool,
    /// Call the restart off
    #[arg(long, conflicts_with_all = ["force", "at", "now", "dry_run", "run_pending"])]
    cancel: bool,
    /// Print the task, register nothing
    #[arg(long)]
    dry_run: bool,
    /// Run the restart file if it is still wanted; what the task calls
    #[arg(long, conflicts_with_all = ["force", "at", "now", "dry_run"])]
    run_pending: bool,
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|error| error.to_string())
}

/// Plans, does or calls off a pending restart.
///
/// # Errors
/// When the configuration or the state cannot be used, the task cannot be registered or the
/// restart file cannot be run; the restart then stays pending.
pub fn run(args: &ScheduleRebootArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.run_pending {
        return run_pending(context);
    }
    if args.cancel {
        return cancel(context);
    }
    schedule(args, context)
}

fn schedule(args: &ScheduleRebootArgs, context: &Context) -> anyhow::Result<Exit> {
    let target = match (args.at, args.now) {
        (Some(time), _) => TargetTime::At(time),
        (None, true) => TargetTime::AtOnce,
        (None, false) => context.service()?.validation_fn.target_time,
    };
    let _lock = if args.dry_run { None } else { Some(context.lock()?) };
    let mut reboot = restart::load(context, !args.dry_run)?;
    if args.force && !reboot.is_pending() {
        reboot.request(context.now());
    }
    if !reboot.is_pending() {
        return Ok(conclude(&report(&reboot, Action::None), context, Exit::Nothing));
    }
    if !(args.force || args.now || args.dry_run || args.at.is_some())
        && restart::is_at_hand(&reboot, context.now())
    {
        return Ok(conclude(&report(&reboot, Action::None), context, Exit::Done));
    }
    if target == TargetTime::Unclear {
        let warning = unclear_time(context.output.lang);
        log::warn!("{}", warning.what);
        context.output.warning(&warning);
    }
    let at = restart::planned(target, context.zoned_now());
    let xml = xml::reboot(&restart::program(context), at);
    if args.dry_run {
        let planned = Report { at: Some(shown(at)), xml: Some(xml), ..report(&reboot, Action::None) };
        return Ok(conclude(&planned, context, Exit::Done));
    }
    tasks::register(tasks::REBOOT, &xml)?;
    reboot.plan(at, true);
    reboot.save(&context.home)?;
    log::info!("schedule-reboot: {} for {at}", tasks::REBOOT);
    Ok(conclude(&report(&reboot, Action::Scheduled), context, Exit::Done))
}

/// What a task says that is called off must stay off: the mismatch is remembered, so the next
/// check does not bring the restart back.
fn cancel(context: &Context) -> anyhow::Result<Exit> {
    let _lock = context.lock()?;
    let mut reboot = restart::load(context, true)?;
    let had_task = match tasks::remove(tasks::REBOOT) {
        Ok(removed) => removed,
        // Where there are no tasks, there is none to remove.
        Err(TaskError::NotWindows) => false,
        Err(error) => return Err(error.into()),
    };
    let was_pending = reboot.is_pending();
    if was_pending {
        reboot.close(End::Cancelled, context.now());
        reboot.save(&context.home)?;
    }
    if !(was_pending || had_task) {
        return Ok(conclude(&report(&reboot, Action::None), context, Exit::Nothing));
    }
    log::info!("schedule-reboot: cancelled");
    Ok(conclude(&report(&reboot, Action::Cancelled), context, Exit::Done))
}

/// What the task calls. It is noted as done before the file runs, as that may not let us live to
/// tell; and the lock is free by then, as the file may call us.
fn run_pending(context: &Context) -> anyhow::Result<Exit> {
    let name = context.service()?.service.reboot_file;
    let lock = context.lock()?;
    let mut reboot = restart::load(context, true)?;
    if !reboot.is_pending() {
        return Ok(conclude(&report(&reboot, Action::None), context, Exit::Nothing));
    }
    if restart::is_late(&reboot, context.now()) {
        log::warn!("schedule-reboot: planned for {}, too late", reboot.at.as_deref().unwrap_or("?"));
        let late = Report { late: true, ..report(&reboot, Action::None) };
        return Ok(conclude(&late, context, Exit::Nothing));
    }
    let path = file::path(&context.home, &name)?;
    let pending = reboot.clone();
    reboot.close(End::Ran, context.now());
    reboot.save(&context.home)?;
    drop(lock);
    log::info!("schedule-reboot: running {}", path.display());
    let exit_code = match file::run(&path, &context.home) {
        Ok(code) => code,
        Err(error) => {
            pending.save(&context.home)?;
            return Err(error.into());
        }
    };
    log::info!("schedule-reboot: {} ended with {exit_code:?}", path.display());
    let ran = Report { exit_code, ..report(&reboot, Action::Ran) };
    Ok(conclude(&ran, context, if exit_code == Some(0) { Exit::Done } else { Exit::Failed }))
}

fn report(reboot: &Reboot, action: Action) -> Report {
    let pending = reboot.is_pending();
    Report {
        pending,
        reason: reboot.reason(),
        at: reboot.at.clone().filter(|_| pending),
        task: (pending && reboot.scheduled).then_some(tasks::REBOOT),
        action,
        registers: reboot.registers.clone(),
        exit_code: None,
        xml: None,
        late: false,
    }
}

/// Shows the report.
fn conclude(report: &Report, context: &Context, exit: Exit) -> Exit {
    context.output.document(report);
    context.output.text(&report.text(context.output.lang));
    exit
}
