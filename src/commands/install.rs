//! `install`: has Windows call getad by itself, from a folder that only administrators may change.

mod defender;
mod folders;

use std::path::PathBuf;

use chrono::{NaiveDateTime, TimeDelta, Timelike};
use clap::Args;
use serde_json::{Value, json};

use self::folders::Folder;
pub use self::folders::Safety;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::schedule as text;
use crate::schedule::tasks::{self, BOOT, INTERVAL, TaskError};
use crate::schedule::xml::{self, Program};
use crate::schedule::{REBOOT_FILE, REBOOT_FILE_NAME, compare};
use crate::state::file;

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
struct Plan {
    name: &'static str,
    xml: String,
}

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It was not there before.
    Registered,
    /// It was there, and different.
    Updated,
    /// It was there as it should be.
    Unchanged,
}

impl Registration {
    fn key(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Registers the tasks, then sees to the folder that they run from.
///
/// # Errors
/// When the configuration cannot be used or another getad holds the lock.
pub fn run(args: &InstallArgs, context: &Context) -> anyhow::Result<Exit> {
    let plans = plans(context)?;
    if args.dry_run {
        show(&plans, context);
        return Ok(Exit::Done);
    }
    let outcomes: Vec<_> = plans.iter().map(|plan| (plan.name, register(plan))).collect();
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(done) => tell(name, done, context),
            Err(error) => complain(name, error, context),
        }
        if outcome.as_ref().is_err_and(TaskError::concerns_all) {
            break;
        }
    }
    let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let tasks: Vec<Value> = outcomes.iter().map(|(name, outcome)| entry(name, outcome, context)).collect();
    if done == 0 {
        context.output.document(&json!({ "ok": false, "tasks": tasks }));
        return Ok(Exit::Failed);
    }
    let reboot_file = write_reboot_file(context)?;
    let folders = folders::secure(context, args.keep_acl);
    let defender = args.defender_exclusion.then(|| defender::exclude(context));
    let failed = outcomes.len() - done + folders.iter().filter(|folder| is_open(folder)).count();
    context.output.document(&json!({ "ok": failed == 0, "tasks": tasks,
        "folders": folders.iter().map(Folder::document).collect::<Vec<_>>(),
        "reboot_file": reboot_file, "defender_exclusion": defender }));
    Ok(Exit::of_parts(done, failed))
}

fn is_open(folder: &Folder) -> bool {
    matches!(folder.safety, Safety::Failed { .. })
}

fn plans(context: &Context) -> anyhow::Result<Vec<Plan>> {
    let hours = context.service()?.validation_fn.interval;
    if !(1..=xml::MOST_HOURS).contains(&hours) {
        context.output.warning(&text::odd_interval(hours, context.output.lang));
    }
    let program = Program { executable: executable(context), home: context.home.path().to_owned() };
    Ok(vec![
        Plan { name: BOOT, xml: xml::boot(&program) },
        Plan { name: INTERVAL, xml: xml::interval(&program, hours, next_hour(context.now())) },
    ])
}

/// This executable without detours in its path.
fn executable(context: &Context) -> PathBuf {
    std::path::absolute(&context.executable).unwrap_or_else(|_| context.executable.clone())
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

fn tell(name: &str, done: &Registered, context: &Context) {
    let output = &context.output;
    log::info!("task {name} {}", done.how.key());
    output.text(&text::task_line(name, done.how, output.lang));
    if let Some(element) = &done.difference {
        log::warn!("task {name} reads back differently: {element}");
        output.warning(&text::reads_back_differently(name, element, output.lang));
    }
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
    let _lock = context.lock()?;
    file::write(&path, REBOOT_FILE)?;
    log::info!("{} written", path.display());
    context.output.text(&crate::render::config::init_line(&path, true, context.output.lang));
    Ok(true)
}
