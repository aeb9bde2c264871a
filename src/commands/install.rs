//! `install`: has Windows call getad by itself, from a folder that only administrators may change.

mod defender;
mod folders;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use clap::Args;
use serde_json::{Value, json};

use self::folders::Folder;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::schedule as text;
use crate::render::schedule::outcome::Registration;
use crate::schedule::tasks::{self, BOOT, INTERVAL, REBOOT, TaskError};
use crate::schedule::xml;
use crate::schedule::{REBOOT_FILE, REBOOT_FILE_NAME, compare};
use crate::state::reboot::Reboot;
use crate::state::{StateError, file};

use super::restart;

/// Arguments of `install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// Print the tasks, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Have Microsoft Defender leave the folder alone
    #[arg(long)]
    defender_exclusion: bool,
    /// Do not change who may write to the folder
    #[arg(long)]
    keep_acl: bool,
}

/// A task that is to be registered.
pub struct Plan {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub xml: String,
    /// When it restarts the computer, if that is what it does.
    at: Option<NaiveDateTime>,
}

/// Closes the folder that the tasks run from, then registers them.
///
/// # Errors
/// When the configuration or the state cannot be used or another getad holds the lock.
pub fn run(args: &InstallArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.dry_run {
        show(&plans(context, &restart::load(context, false)?)?, context);
        return Ok(Exit::Done);
    }
    // The configuration is looked at before the rights: a mistake in it is found by anybody.
    context.service()?;
    if let Err(error) = tasks::may_change() {
        complain("", &error, context);
        return Ok(fail(&[], context));
    }
    let _lock = context.lock()?;
    let mut reboot = restart::load(context, true)?;
    let plans = plans(context, &reboot)?;
    let reboot_file = write_reboot_file(context)?;
    let folders = folders::secure(context, args.keep_acl);
    if !folders.iter().all(Folder::may_be_run_from) {
        log::error!("no task is registered: what they would run may be changed by ordinary users");
        context.output.error(&text::open_folder(context.output.lang));
        return Ok(fail(&folders, context));
    }
    let outcomes: Vec<_> = plans.iter().map(|plan| (plan, register(plan))).collect();
    outcomes.iter().for_each(|(plan, outcome)| tell(plan.name, outcome, context));
    note_restart(&mut reboot, &outcomes, context)?;
    let defender = args.defender_exclusion.then(|| defender::exclude(context));
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count();
    let tasks: Vec<Value> =
        outcomes.iter().map(|(plan, outcome)| entry(plan.name, outcome, context)).collect();
    context.output.document(&json!({ "ok": failed == 0, "tasks": tasks, "folders": documents(&folders),
        "reboot_file": reboot_file, "defender_exclusion": defender }));
    Ok(Exit::of_parts(outcomes.len() - failed, failed))
}

/// Nothing is registered.
fn fail(folders: &[Folder], context: &Context) -> Exit {
    context.output.document(&json!({ "ok": false, "tasks": [], "folders": documents(folders) }));
    Exit::Failed
}

fn documents(folders: &[Folder]) -> Vec<Value> {
    folders.iter().map(Folder::document).collect()
}

/// The two tasks that come again and again; and that of a restart that is pending, so that it
/// runs this executable from now on.
///
/// # Errors
/// When the configuration cannot be used.
pub fn plans(context: &Context, reboot: &Reboot) -> anyhow::Result<Vec<Plan>> {
    let rules = context.service()?.validation_fn;
    let hours = rules.interval;
    if !(1..=xml::MOST_HOURS).contains(&hours) {
        context.output.warning(&text::odd_interval(hours, context.output.lang));
    }
    let (program, now) = (restart::program(context), context.now());
    let mut plans = vec![
        Plan { name: BOOT, xml: xml::boot(&program), at: None },
        Plan { name: INTERVAL, xml: xml::interval(&program, hours, next_hour(now)), at: None },
    ];
    if reboot.is_pending() && !restart::is_at_hand(reboot, now) {
        let planned = reboot.planned().filter(|at| *at > now);
        let at = planned.unwrap_or_else(|| restart::planned(rules.target_time, context.zoned_now()));
        plans.push(Plan { name: REBOOT, xml: xml::reboot(&program, at), at: Some(at) });
    }
    Ok(plans)
}

/// Checks begin at the next full hour and repeat from there.
fn next_hour(now: NaiveDateTime) -> NaiveDateTime {
    let next = now.checked_add_signed(TimeDelta::hours(1)).unwrap_or(now);
    next.with_minute(0).and_then(|next| next.with_second(0)).unwrap_or(next)
}

fn show(plans: &[Plan], context: &Context) {
    for plan in plans {
        context.output.text(&format!("{}:\n{}", plan.name, plan.xml));
    }
    let tasks: Vec<Value> = plans.iter().map(|plan| json!({ "task": plan.name, "xml": plan.xml })).collect();
    context.output.document(&json!({ "ok": true, "tasks": tasks }));
}

/// A task that is registered.
struct Registered {
    how: Registration,
    /// The element that reads back otherwise, if one does.
    difference: Option<String>,
}

/// A task that is there as it should be is left alone, so that a repetition goes on as it was.
fn register(plan: &Plan) -> Result<Registered, TaskError> {
    let before = tasks::read(plan.name)?;
    if before.as_ref().is_some_and(|before| compare::same(&plan.xml, before)) {
        return Ok(Registered { how: Registration::Unchanged, difference: None });
    }
    tasks::register(plan.name, &plan.xml)?;
    let after = tasks::read(plan.name)?.unwrap_or_default();
    let difference = compare::difference(&plan.xml, &after);
    if difference.is_some() {
        log::debug!("{} reads back as {after}", plan.name);
    }
    let how = if before.is_some() { Registration::Updated } else { Registration::Registered };
    Ok(Registered { how, difference })
}

fn tell(name: &str, outcome: &Result<Registered, TaskError>, context: &Context) {
    let output = &context.output;
    let done = match outcome {
        Ok(done) => done,
        Err(error) => return complain(name, error, context),
    };
    log::info!("task {name} {}", done.how.key());
    output.text(&text::task_line(name, done.how, output.lang));
    if let Some(element) = &done.difference {
        log::warn!("task {name} reads back differently: {element}");
        output.warning(&text::reads_back_differently(name, element, output.lang));
    }
}

/// The task of a restart is there now, for the time that the state has from now on.
fn note_restart(
    reboot: &mut Reboot,
    outcomes: &[(&Plan, Result<Registered, TaskError>)],
    context: &Context,
) -> Result<(), StateError> {
    let registered = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
    let Some(at) = registered.into_iter().find_map(|(plan, _)| plan.at) else { return Ok(()) };
    reboot.plan(at, true);
    reboot.save(&context.home)
}

/// Says why a task was not registered or removed.
pub fn complain(name: &str, error: &TaskError, context: &Context) {
    let output = &context.output;
    let name = Some(name).filter(|_| !error.concerns_all());
    log::error!("{}: {error}", name.unwrap_or("tasks"));
    output.error(&text::task_message(name, error, output.lang));
}

fn entry(name: &str, outcome: &Result<Registered, TaskError>, context: &Context) -> Value {
    let state = outcome.as_ref().map_or("failed", |done| done.how.key());
    let difference = outcome.as_ref().ok().and_then(|done| done.difference.as_deref());
    let error = outcome.as_ref().err().map(|error| text::task_message(None, error, context.output.lang).what);
    json!({ "task": name, "state": state, "difference": difference, "error": error })
}

/// The shipped file restarts the computer; one of the user's own stays as it is.
fn write_reboot_file(context: &Context) -> anyhow::Result<bool> {
    let name = context.service()?.service.reboot_file;
    let path = context.home.resource(REBOOT_FILE_NAME);
    if name != REBOOT_FILE_NAME || path.exists() {
        return Ok(false);
    }
    file::write(&path, REBOOT_FILE)?;
    log::info!("{} written", path.display());
    context.output.text(&crate::render::config::init_line(&path, true, context.output.lang));
    Ok(true)
}
